//! DISCONNECT from a Client (section 3.14).

use mqttspec_codec::{Disconnect, ReasonCode};

use super::{broker::Broker, event::ConnectionId, protocol_error::ProtocolError};

impl Broker {
    pub(super) fn handle_disconnect(
        &mut self,
        from: ConnectionId,
        packet: &Disconnect<'_>,
    ) -> Result<(), ProtocolError> {
        let longest = self.config.session_expiry_maximum;
        let Some((link, session, _)) = self.parts(from) else { return Ok(()) };
        if let Some(expiry_interval) = packet.properties.session_expiry_interval() {
            // v5 section 3.14.2.2.2: not a valid DISCONNECT, so the Will stays in force
            if link.asked_expiry_interval == 0 && expiry_interval > 0 {
                return Err(ProtocolError::new(ReasonCode::ProtocolError));
            }
            // a Session that was granted none does not survive its connection, whatever is asked now
            if session.expiry_interval > 0 {
                session.expiry_interval = expiry_interval.min(longest);
            }
        }
        // v5 [MQTT-3.14.4-3] [MQTT-3.1.2-10], v3.1.1 [MQTT-3.14.4-3] [MQTT-3.1.2-10]; v5 section 3.14.2.1: any other
        // Reason Code leaves the Will in force
        if packet.reason_code == ReasonCode::NORMAL_DISCONNECTION {
            session.will = None;
        }
        // v5 section 3.14.4, v3.1.1 section 3.14.4
        self.hang_up(from);
        Ok(())
    }
}
