//! [`Client`]: a Client that does everything right, and remembers what it saw.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mqttspec_broker::core::ConnectionId;
use mqttspec_codec::{Connack, Packet, PacketIdentifier, QoS, ReasonCode, Version};

use crate::{
    judge::{Scene, Seen},
    ledger::Number,
    line::Line,
    op::CLIENTS,
};

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) version: Version,
    pub(crate) line: Option<ConnectionId>,
    /// CONNACK has come.
    pub(crate) connected: bool,
    /// It does not know what became of its last CONNECT, and has no state that could go with an old Session.
    pub(crate) must_clean: bool,
    /// QoS 1 and 2 messages to the broker that are not finished, in their order.
    pub(crate) outgoing: Vec<Outgoing>,
    /// SUBSCRIBE and UNSUBSCRIBE without answer: the Reason Codes to come, and their step.
    pub(crate) asked: BTreeMap<PacketIdentifier, (Vec<ReasonCode>, usize)>,
    /// What is to be answered: by PUBACK, by PUBREC, by PUBCOMP.
    pub(crate) answers: [VecDeque<(PacketIdentifier, Option<Number>)>; 3],
    /// PUBRECs that have come in this connection, PUBREL not sent.
    pub(crate) releases: VecDeque<PacketIdentifier>,
    pub(crate) seen: Seen,
}

#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) packet_id: PacketIdentifier,
    pub(crate) message: Number,
    pub(crate) qos: QoS,
    pub(crate) stage: Stage,
    /// The last step that the broker made of it.
    pub(crate) step: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Published,
    /// PUBREC has come.
    Received,
    /// PUBREL was sent.
    Released,
}

impl Client {
    pub(crate) fn new(index: usize) -> Self {
        Self {
            version: CLIENTS[index].1,
            line: None,
            connected: false,
            must_clean: false,
            outgoing: Vec::new(),
            asked: BTreeMap::new(),
            answers: Default::default(),
            releases: VecDeque::new(),
            seen: Seen::default(),
        }
    }

    /// The connection is gone, and what belongs to it.
    pub(crate) fn lose(&mut self) {
        self.line = None;
        self.connected = false;
        self.asked.clear();
        self.answers.iter_mut().for_each(VecDeque::clear);
        self.releases.clear();
    }

    /// The broker has crashed, so its steps are counted from the start.
    pub(crate) fn crash(&mut self) {
        self.outgoing.iter_mut().for_each(|outgoing| outgoing.step = 0);
        self.seen.crash();
    }

    /// The Session is gone, and what belongs to it.
    pub(crate) fn forget(&mut self) {
        self.outgoing.clear();
        self.seen.forget();
    }

    /// An identifier that it does not use: the lowest, so that they come again soon.
    pub(crate) fn free_packet_id(&self) -> PacketIdentifier {
        let used: BTreeSet<_> =
            self.outgoing.iter().map(|outgoing| outgoing.packet_id).chain(self.asked.keys().copied()).collect();
        (1..).filter_map(PacketIdentifier::new).find(|packet_id| !used.contains(packet_id)).unwrap()
    }

    /// Takes a packet that came. Gives the step that must be durable for it; 0: none.
    pub(crate) fn receive(&mut self, packet: &Packet<'_>, line: &mut Line, scene: Scene<'_>) -> usize {
        match packet {
            Packet::Connack(connack) => return self.connack(connack, line),
            Packet::Suback(suback) => {
                let (wanted, step) = self.asked.remove(&suback.packet_id).expect("a SUBACK that answers something");
                assert!(suback.reason_codes.iter().eq(wanted), "{suback:?}");
                return step;
            }
            Packet::Unsuback(unsuback) => {
                let (wanted, step) =
                    self.asked.remove(&unsuback.packet_id).expect("an UNSUBACK that answers something");
                assert!(unsuback.reason_codes.iter().eq(wanted), "{unsuback:?}");
                return step;
            }
            Packet::Puback(puback) => {
                assert!(!puback.reason_code.is_failure(), "{puback:?}");
                let at = self.position(puback.packet_id, QoS::AtLeastOnce, &[Stage::Published]);
                return self.outgoing.remove(at).step;
            }
            Packet::Pubrec(pubrec) => {
                assert!(!pubrec.reason_code.is_failure(), "{pubrec:?}");
                let all = [Stage::Published, Stage::Received, Stage::Released];
                let at = self.position(pubrec.packet_id, QoS::ExactlyOnce, &all);
                let outgoing = &mut self.outgoing[at];
                if outgoing.stage == Stage::Published {
                    outgoing.stage = Stage::Received;
                    self.releases.push_back(pubrec.packet_id);
                    return outgoing.step;
                }
            }
            Packet::Pubcomp(pubcomp) => {
                let at = self.position(pubcomp.packet_id, QoS::ExactlyOnce, &[Stage::Released]);
                return self.outgoing.remove(at).step;
            }
            Packet::Publish(publish) => {
                let number = self.seen.publish(publish, line, scene);
                let (kind, packet_id) = match publish.delivery.qos() {
                    QoS::AtMostOnce => return 0,
                    QoS::AtLeastOnce => (0, publish.delivery.packet_id()),
                    QoS::ExactlyOnce => (1, publish.delivery.packet_id()),
                };
                self.answers[kind].push_back((packet_id.unwrap(), number));
            }
            Packet::Pubrel(pubrel) => {
                self.seen.pubrel(pubrel.packet_id);
                self.answers[2].push_back((pubrel.packet_id, None));
            }
            Packet::Pingresp(_) => line.pings = line.pings.checked_sub(1).expect("a PINGRESP that answers something"),
            Packet::Disconnect(_) => assert!(line.dead, "DISCONNECT without reason"),
            other => panic!("{other:?} from a Server"),
        }
        0
    }

    fn connack(&mut self, connack: &Connack<'_>, line: &Line) -> usize {
        assert_eq!(connack.reason_code, ReasonCode::Success);
        let said = line.session_present && line.version != Version::V3_1;
        assert_eq!(connack.session_present, said, "Session Present");
        if !line.session_present {
            self.forget();
        }
        self.connected = true;
        self.must_clean = false;
        line.step
    }

    fn position(&self, packet_id: PacketIdentifier, qos: QoS, stages: &[Stage]) -> usize {
        let matches = |outgoing: &Outgoing| {
            outgoing.packet_id == packet_id && outgoing.qos == qos && stages.contains(&outgoing.stage)
        };
        let found = self.outgoing.iter().position(matches);
        found.unwrap_or_else(|| panic!("an answer to nothing: {packet_id:?}, {qos:?}, unfinished: {:?}", self.outgoing))
    }
}
