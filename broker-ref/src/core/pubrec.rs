//! PUBREC from a Client (section 3.5).

use mqttspec_codec::{Pubrec, Pubrel, QoS, ReasonCode, Version};

use super::{
    broker::Broker,
    deliver::release_of,
    event::{ConnectionId, Release},
    protocol_error::ProtocolError,
    record::EntryState,
};

impl Broker {
    /// The Client has the message. A PUBREC that matches no message is answered with a PUBREL that reports it.
    ///
    /// # Errors
    /// The message is at QoS 1: v5 [MQTT-3.3.4-1], v3.1.1 [MQTT-3.3.4-1].
    pub(super) fn handle_pubrec(&mut self, from: ConnectionId, pubrec: &Pubrec<'_>) -> Result<(), ProtocolError> {
        let packet_id = pubrec.packet_id;
        let Some((link, session, journal)) = self.parts(from) else { return Ok(()) };
        let known = session.queue.find(packet_id).map(|(place, queued)| (place, queued.qos, queued.state));
        let Some((place, qos, state)) = known else {
            let pubrel = match link.version {
                // v5 section 3.6.2.1
                Version::V5 => Pubrel::with_reason(packet_id, ReasonCode::PacketIdentifierNotFound),
                Version::V3_1 | Version::V3_1_1 => Pubrel::success(packet_id),
            };
            if !pubrec.reason_code.is_failure() {
                self.answer(from, pubrel, Release::Now);
            }
            return Ok(());
        };
        if qos != QoS::ExactlyOnce {
            return Err(ProtocolError::because(ReasonCode::ProtocolError, "PUBREC for a message at QoS 1"));
        }
        // v5 [MQTT-4.4.0-2] [MQTT-4.8.2-6]
        if pubrec.reason_code.is_failure() {
            self.finish(from, packet_id);
            return Ok(());
        }
        let release = release_of(session);
        if let EntryState::Sent(_) = state
            && let Some(queued) = session.queue.released(place, packet_id)
        {
            journal.put_entry(session.id, place, queued.entry());
        }
        link.outstanding.insert(packet_id);
        // v5 [MQTT-4.3.3-4], v3.1.1 [MQTT-4.3.3-1]
        self.answer(from, Pubrel::success(packet_id), release);
        Ok(())
    }
}
