//! PUBACK from a Client (section 3.4).

use mqttspec_codec::{Puback, QoS, ReasonCode};

use super::{broker::Broker, event::ConnectionId, protocol_error::ProtocolError};

impl Broker {
    /// Any Reason Code ends the delivery, and the message is not given to another Client: v5 [MQTT-4.4.0-2]
    /// [MQTT-4.8.2-6]. A PUBACK that matches no message is ignored.
    ///
    /// # Errors
    /// The message is at QoS 2: v5 [MQTT-3.3.4-1], v3.1.1 [MQTT-3.3.4-1].
    pub(super) fn handle_puback(&mut self, from: ConnectionId, puback: &Puback<'_>) -> Result<(), ProtocolError> {
        let Some((_, session, _)) = self.parts(from) else { return Ok(()) };
        let Some((_, queued)) = session.queue.find(puback.packet_id) else { return Ok(()) };
        if queued.qos != QoS::AtLeastOnce {
            return Err(ProtocolError::because(ReasonCode::ProtocolError, "PUBACK for a message at QoS 2"));
        }
        self.finish(from, puback.packet_id);
        Ok(())
    }
}
