//! PUBCOMP from a Client (section 3.7).

use mqttspec_codec::Pubcomp;

use super::{broker::Broker, event::ConnectionId, protocol_error::ProtocolError, record::EntryState};

impl Broker {
    /// The delivery is over: v5 [MQTT-4.3.3-5], v3.1.1 [MQTT-4.3.3-1]. A PUBCOMP that matches no message is
    /// ignored.
    pub(super) fn handle_pubcomp(&mut self, from: ConnectionId, pubcomp: &Pubcomp<'_>) -> Result<(), ProtocolError> {
        let Some((_, session, _)) = self.parts(from) else { return Ok(()) };
        if let Some((_, queued)) = session.queue.find(pubcomp.packet_id)
            && queued.state == EntryState::Released(pubcomp.packet_id)
        {
            self.finish(from, pubcomp.packet_id);
        }
        Ok(())
    }
}
