//! PUBCOMP from a Client (section 3.7).

use mqttspec_codec::{Pubcomp, ReasonCode};

use super::{broker::Broker, event::ConnectionId, protocol_error::ProtocolError, record::EntryState};

impl Broker {
    /// The delivery is over: v5 [MQTT-4.3.3-5], v3.1.1 [MQTT-4.3.3-1]. A PUBCOMP that matches no message is
    /// ignored.
    ///
    /// # Errors
    /// The message has not got so far: no PUBREL was sent for it. v5 [MQTT-3.3.4-1] [MQTT-4.3.3-5], v3.1.1
    /// [MQTT-3.3.4-1] [MQTT-4.3.3-1].
    pub(super) fn handle_pubcomp(&mut self, from: ConnectionId, pubcomp: &Pubcomp<'_>) -> Result<(), ProtocolError> {
        let Some((_, session, _)) = self.parts(from) else { return Ok(()) };
        let Some((_, queued)) = session.queue.find(pubcomp.packet_id) else { return Ok(()) };
        if queued.state != EntryState::Released(pubcomp.packet_id) {
            return Err(ProtocolError::because(ReasonCode::ProtocolError, "PUBCOMP without a PUBREL before it"));
        }
        self.finish(from, pubcomp.packet_id);
        Ok(())
    }
}
