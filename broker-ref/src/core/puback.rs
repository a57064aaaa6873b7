//! PUBACK from a Client (section 3.4).

use mqttspec_codec::{Puback, QoS};

use super::{broker::Broker, event::ConnectionId, protocol_error::ProtocolError, record::EntryState};

impl Broker {
    /// Any Reason Code ends the delivery, and the message is not given to another Client: v5 [MQTT-4.4.0-2]
    /// [MQTT-4.8.2-6]. A PUBACK that matches no message is ignored.
    pub(super) fn handle_puback(&mut self, from: ConnectionId, puback: &Puback<'_>) -> Result<(), ProtocolError> {
        let Some((_, session, _)) = self.parts(from) else { return Ok(()) };
        if let Some((_, queued)) = session.queue.find(puback.packet_id)
            && queued.qos == QoS::AtLeastOnce
            && queued.state == EntryState::Sent(puback.packet_id)
        {
            self.finish(from, puback.packet_id);
        }
        Ok(())
    }
}
