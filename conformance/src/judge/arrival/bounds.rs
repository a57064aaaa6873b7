//! How much a case takes from the broker. Without these bounds, a broker that sends without end would use up memory and
//! time. A broker that reaches one has failed the case, unless the packets may be those of other clients.

use mqttspec_codec::{DecodeErrorKind, PacketType};

use super::Frame;
use crate::{
    judge::{Accusation, Direction, Observed, Verdict, describe, failure, state::Case},
    packet::LARGEST_PACKET,
    vector::script::Name,
};

impl Case {
    /// The verdict on a frame that is too large to be read; `None` if it is not.
    pub(crate) fn too_large(&mut self, who: &Name, frame: &Frame) -> Option<Verdict> {
        let Err((error, start)) = frame else { return None };
        if error.kind != DecodeErrorKind::PacketTooLarge {
            return None;
        }
        let packet_type = error.packet_type.map_or("a packet", PacketType::name);
        let text = format!("the start of {packet_type}, which is larger than {LARGEST_PACKET} bytes");
        self.record(who, Direction::Received, text.clone(), start, false);
        if self.mentioned.is_some() && error.packet_type == Some(PacketType::Publish) {
            return Some(Verdict::Skip(format!("{who} received {text}, from another client of the broker").into()));
        }
        // v5 [MQTT-3.1.2-24]: larger than what the Client allows
        let offer = self.connections.get(who).and_then(|connection| connection.offer.maximum_packet_size);
        let statement = offer.filter(|allowed| *allowed < LARGEST_PACKET).map(|_| "MQTT-3.1.2-24");
        let observed = failure::seen(who, text, start.clone());
        let what = format!("{who} received a packet that is larger than anything the case asks for");
        Some(Verdict::Fail(Box::new(failure::always_on(self, what, statement, Some(observed)))))
    }

    /// The verdict if the broker has sent more than a case takes, otherwise `None`.
    pub(crate) fn overrun(&self, who: &Name) -> Option<Verdict> {
        if self.received >= MOST_PACKETS {
            let most = describe::thousands(MOST_PACKETS);
            return Some(match self.mentioned {
                Some(_) => Verdict::Skip(format!("other clients of the broker sent {most} packets to {who}").into()),
                None => self.failed(format!("the broker sent {most} packets in one case"), None),
            });
        }
        let unread = || self.connections.values().flat_map(|connection| &connection.unread);
        let weight = unread().fold(0_usize, |sum, unread| sum.saturating_add(unread.weight));
        if unread().count() < MOST_UNREAD && weight < HEAVIEST_UNREAD {
            return None;
        }
        let last = self.connections.get(who)?.unread.last()?;
        let most = describe::thousands(unread().count());
        let what =
            format!("the broker sent {most} packets that no step of the case asks for, the last of them to {who}");
        Some(self.failed(what, Some(failure::observed(self, who, last))))
    }

    /// No statement forbids it by itself, so it is a matter of what the case is about.
    fn failed(&self, what: String, observed: Option<Observed>) -> Verdict {
        Verdict::Fail(Box::new(failure::accused(what, Accusation::own(self.own_statements()), observed)))
    }
}

/// A broker with busy clients of its own sends that many to a case that subscribes to `#`.
const MOST_PACKETS: usize = 100_000;
/// No step expects so many at once; the most that arrive in one read are 1100 retained messages. Each is compared with
/// what the case waits for whenever another arrives.
const MOST_UNREAD: usize = 2000;
/// In bytes of memory.
const HEAVIEST_UNREAD: usize = 2 * 1024 * 1024;
