//! Sends bytes to the broker: records them, splits them, and passes them to the player.

use std::{borrow::Cow, collections::BTreeSet};

use mqttspec_codec::{PacketType, QoS};

use super::sent;
use crate::{
    judge::{Command, Direction, FenceBy, NOBODYS_FILTER, accusation::cause::Illegal, describe, state::Case},
    packet::{Fields, Value, fields},
    vector::script::{Framing, Name},
};

/// Who wrote bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A step that names a packet.
    Step,
    /// A step in hex.
    Hex,
    /// The suite itself.
    Suite,
}

impl Case {
    /// Sends the packets of one write. If the connection has ended, it sends nothing, which is not an error.
    pub(crate) fn transmit(&mut self, who: &Name, packets: &[Vec<u8>], origin: Origin) {
        let automatic = origin == Origin::Suite;
        let Some(connection) = self.connections.get(who).filter(|connection| connection.is_open()) else { return };
        let (version, number) = (connection.version, connection.number);
        let mut illegal = None;
        for packet in packets {
            let shown = self.without_password(packet);
            let text = describe::packet(&shown, version);
            match origin {
                Origin::Hex => self.record_raw(who, text, &shown),
                Origin::Step | Origin::Suite => self.record(who, Direction::Sent, text, &shown, automatic),
            }
            illegal = illegal.or(sent::note(self, who, packet));
        }
        if !automatic {
            self.note_illegal(who, illegal);
        }
        let Some(connection) = self.connections.get_mut(who) else {
            debug_assert!(false, "the connection is known");
            return;
        };
        connection.last_sent = self.now;
        if self.framing == Framing::Joined && !automatic {
            connection.joined.extend(packets.iter().flatten());
            return;
        }
        let pieces = pieces(self.framing, packets);
        if !pieces.is_empty() {
            self.commands.push_back(Command::Send { connection: number, pieces });
        }
    }

    /// Records whether what the case has just sent is legal.
    pub(crate) fn note_illegal(&mut self, who: &Name, illegal: Option<Illegal>) {
        self.last_illegal = illegal;
        if let Some(connection) = self.connections.get_mut(who) {
            connection.illegal = illegal;
        }
    }

    /// The packet for reports, with asterisks in place of the run's own password at the end of a CONNECT.
    fn without_password<'a>(&self, packet: &'a [u8]) -> Cow<'a, [u8]> {
        let password = self.setup.password.as_deref().unwrap_or_default();
        let is_connect = packet.first().is_some_and(|first| first >> 4 == 1);
        match packet.strip_suffix(password) {
            Some(rest) if is_connect => [rest, &b"*".repeat(password.len())].concat().into(),
            _ => packet.into(),
        }
    }

    /// Writes the joined sends of all clients except `except`.
    pub(crate) fn flush(&mut self, except: Option<&Name>) {
        let mut flushed = false;
        for (who, connection) in &mut self.connections {
            if except == Some(who) || connection.joined.is_empty() {
                continue;
            }
            let piece = std::mem::take(&mut connection.joined);
            connection.last_sent = self.now;
            flushed = true;
            self.commands.push_back(Command::Send { connection: connection.number, pieces: vec![piece] });
        }
        if flushed {
            self.act();
        }
    }

    /// Sends an automatic PINGREQ, or what stands in for it, and returns its number.
    pub(crate) fn ping(&mut self, who: &Name) -> u64 {
        let number = self.number();
        self.flush(None);
        match self.setup.fence_by {
            FenceBy::Ping => {
                self.transmit(who, &[vec![0xC0, 0]], Origin::Suite);
                if let Some(last) = self.connections.get_mut(who).and_then(|connection| connection.pings.back_mut()) {
                    *last = Some(number);
                }
            }
            FenceBy::Unsubscribe => self.unsubscribe_nothing(who, number),
            FenceBy::Time => {
                let now = self.now;
                if let Some(connection) = self.connections.get_mut(who) {
                    connection.answered.insert(number, now);
                    // so that it is not due again at once
                    connection.last_sent = now;
                }
            }
        }
        number
    }

    /// Sends UNSUBSCRIBE with a Topic Filter that no client subscribes to.
    fn unsubscribe_nothing(&mut self, who: &Name, number: u64) {
        let Some(version) = self.connections.get(who).map(|connection| connection.version) else { return };
        let packet_id = self.free_packet_id(who);
        let filters = Value::List(vec![Value::text(NOBODYS_FILTER)]);
        let fields = Fields::from([("packet_id", Value::Number(packet_id.into())), ("filters", filters)]);
        if let Ok(bytes) = fields::write(PacketType::Unsubscribe, &fields, version) {
            self.transmit(who, &[bytes], Origin::Suite);
            self.connections.get_mut(who).map(|connection| connection.unsubscribes.insert(packet_id, number));
        }
    }

    /// Acknowledges a PUBLISH in full: with PUBACK, or with PUBREC and, after PUBREL, PUBCOMP. The first of them waits until
    /// no step can acknowledge an earlier PUBLISH any more.
    pub(crate) fn acknowledge(&mut self, who: &Name, publish: &Fields, automatic: bool) {
        let Some(packet_id) = packet_id(publish) else { return };
        if let Some(delivery) = self.session_of(who).and_then(|session| session.deliveries.get_mut(&packet_id)) {
            delivery.automatic = true;
            delivery.due = Some(automatic);
            return self.acknowledge_due(who);
        }
        let answer = match publish.get("qos").and_then(Value::as_number) {
            Some(1) => PacketType::Puback,
            Some(2) => PacketType::Pubrec,
            _ => return,
        };
        self.answer(who, answer, packet_id, automatic);
    }

    /// Acknowledges a PUBLISH that the Server has repeated, after it was acknowledged.
    pub(crate) fn acknowledge_again(&mut self, who: &Name, packet_id: u16) {
        if let Some(delivery) = self.session_of(who).and_then(|session| session.deliveries.get_mut(&packet_id)) {
            delivery.due = Some(true);
        }
        self.acknowledge_due(who);
    }

    /// Sends the acknowledgements that are due and wait for no other, in the order of receipt: v5 and v3.1.1
    /// [MQTT-4.6.0-2] [MQTT-4.6.0-3].
    pub(crate) fn acknowledge_due(&mut self, who: &Name) {
        while let Some((answer, packet_id, automatic)) = self.next_due(who) {
            self.answer(who, answer, packet_id, automatic);
        }
    }

    /// Sends every acknowledgement that is owed on this connection, in the order of receipt.
    pub(crate) fn acknowledge_all(&mut self, who: &Name) {
        let Some(number) = self.connections.get(who).map(|connection| connection.number) else { return };
        let Some(session) = self.session_of(who) else { return };
        let owed = session.deliveries.iter().filter(|(_, delivery)| delivery.on == number && delivery.done.is_none());
        let mut owed: Vec<(u64, PacketType, u16)> = owed
            .filter_map(|(&packet_id, delivery)| {
                let answer = match (delivery.qos, delivery.received) {
                    (QoS::AtLeastOnce, _) => PacketType::Puback,
                    (_, false) => PacketType::Pubrec,
                    (_, true) => (delivery.released_on == Some(number)).then_some(PacketType::Pubcomp)?,
                };
                Some((delivery.serial, answer, packet_id))
            })
            .collect();
        owed.sort_unstable();
        for (_, answer, packet_id) in owed {
            self.answer(who, answer, packet_id, true);
        }
        let recorded = self.connections.get(who).map(|connection| connection.recorded.clone()).unwrap_or_default();
        for packet_id in recorded {
            self.answer(who, PacketType::Pubrel, packet_id, true);
        }
    }

    fn next_due(&mut self, who: &Name) -> Option<(PacketType, u16, bool)> {
        let connection = self.connections.get(who)?;
        let number = connection.number;
        let unread = connection.unread.iter().filter(|unread| !unread.acknowledged);
        let unread: BTreeSet<u16> = unread
            .filter_map(|unread| match &unread.packet {
                Some((PacketType::Publish, fields)) => packet_id(fields),
                _ => None,
            })
            .collect();
        let session = self.session_of(who)?;
        let here = || session.deliveries.iter().filter(|(_, delivery)| delivery.on == number);
        let waits = |qos: QoS, serial: u64| {
            here().any(|(id, other)| unread.contains(id) && other.qos == qos && other.serial < serial)
        };
        let due = here().filter(|(_, delivery)| delivery.due.is_some() && !waits(delivery.qos, delivery.serial));
        let (&packet_id, _) = due.min_by_key(|(_, delivery)| delivery.serial)?;
        let delivery = session.deliveries.get_mut(&packet_id)?;
        let automatic = delivery.due.take()?;
        let answer = if delivery.qos == QoS::AtLeastOnce { PacketType::Puback } else { PacketType::Pubrec };
        Some((answer, packet_id, automatic))
    }

    /// Sends an acknowledgement of success.
    pub(crate) fn answer(&mut self, who: &Name, packet_type: PacketType, packet_id: u16, automatic: bool) {
        let Some(version) = self.connections.get(who).map(|connection| connection.version) else {
            debug_assert!(false, "acknowledgements are for known connections");
            return;
        };
        let fields = Fields::from([("packet_id", Value::Number(packet_id.into()))]);
        if let Ok(bytes) = fields::write(packet_type, &fields, version) {
            let origin = if automatic { Origin::Suite } else { Origin::Step };
            self.transmit(who, &[bytes], origin);
            self.flush_one(who);
        }
    }

    fn flush_one(&mut self, who: &Name) {
        let Some(connection) = self.connections.get_mut(who) else {
            debug_assert!(false, "the connection is known");
            return;
        };
        let piece = std::mem::take(&mut connection.joined);
        if !piece.is_empty() {
            self.commands.push_back(Command::Send { connection: connection.number, pieces: vec![piece] });
        }
    }
}

fn packet_id(fields: &Fields) -> Option<u16> {
    u16::try_from(fields.get("packet_id")?.as_number()?).ok()
}

/// Splits the packets of one write into pieces; none is empty.
fn pieces(framing: Framing, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let whole: Vec<u8> = packets.concat();
    let mut pieces: Vec<Vec<u8>> = match framing {
        Framing::Packet | Framing::Joined => vec![whole],
        Framing::Bytes => whole.chunks(1).map(<[u8]>::to_vec).collect(),
        Framing::Cut(at) => packets.iter().flat_map(|packet| cut(packet, at)).collect(),
    };
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn cut(packet: &[u8], at: usize) -> Vec<Vec<u8>> {
    match packet.split_at_checked(at) {
        Some((head, rest)) => vec![head.to_vec(), rest.to_vec()],
        None => vec![packet.to_vec()],
    }
}
