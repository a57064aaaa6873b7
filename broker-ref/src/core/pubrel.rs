//! PUBREL from a Client (section 3.6).

use mqttspec_codec::{Pubcomp, Pubrel, ReasonCode, Version};

use super::{
    broker::Broker,
    deliver::release_of,
    delta::Delta,
    event::{ConnectionId, Release},
    protocol_error::ProtocolError,
};

impl Broker {
    /// The Client will not send the message again, so its Packet Identifier can be reused. v5 [MQTT-4.3.3-11]
    /// [MQTT-4.3.3-12], v3.1.1 [MQTT-4.3.3-2].
    pub(super) fn handle_pubrel(&mut self, from: ConnectionId, pubrel: &Pubrel<'_>) -> Result<(), ProtocolError> {
        let packet_id = pubrel.packet_id;
        let Some((link, session, journal)) = self.parts(from) else { return Ok(()) };
        link.receiving.remove(&packet_id);
        let (reason_code, release) = match (session.received.remove(&packet_id), link.version) {
            (true, _) => {
                if session.durable {
                    journal.record(Delta::DropReceived(session.id, packet_id));
                }
                (ReasonCode::Success, release_of(session))
            }
            // v5 section 3.7.2.1
            (false, Version::V5) => (ReasonCode::PacketIdentifierNotFound, Release::Now),
            (false, Version::V3_1 | Version::V3_1_1) => (ReasonCode::Success, Release::Now),
        };
        let id = session.id;
        self.sessions.recount(id);
        self.answer(from, Pubcomp::with_reason(packet_id, reason_code), release);
        Ok(())
    }
}
