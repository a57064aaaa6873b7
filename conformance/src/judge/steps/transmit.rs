//! Sends bytes to the broker: records them, splits them, and passes them to the player.

use std::borrow::Cow;

use mqttspec_codec::PacketType;

use super::sent;
use crate::{
    judge::{Command, Direction, FenceBy, describe, state::Case},
    packet::{Fields, Value, fields},
    vector::script::{Framing, Name},
};

impl Case {
    /// Sends the packets of one write. If the connection has ended, it sends nothing, which is not an error.
    pub(crate) fn transmit(&mut self, who: &Name, packets: &[Vec<u8>], automatic: bool) {
        let Some(connection) = self.connections.get(who).filter(|connection| connection.is_open()) else { return };
        let (version, number) = (connection.version, connection.number);
        for packet in packets {
            let shown = self.without_password(packet);
            let text = describe::packet(&shown, version);
            self.record(who, Direction::Sent, text, &shown, automatic);
            sent::note(self, who, packet);
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
                self.transmit(who, &[vec![0xC0, 0]], true);
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
            self.transmit(who, &[bytes], true);
            self.connections.get_mut(who).map(|connection| connection.unsubscribes.insert(packet_id, number));
        }
    }

    /// Acknowledges a PUBLISH in full: with PUBACK, or with PUBREC and, after PUBREL, PUBCOMP.
    pub(crate) fn acknowledge(&mut self, who: &Name, publish: &Fields, automatic: bool) {
        let number = |name| publish.get(name).and_then(Value::as_number);
        let Some(packet_id) = number("packet_id").and_then(|id| u16::try_from(id).ok()) else { return };
        let answer = match number("qos") {
            Some(1) => PacketType::Puback,
            Some(2) => PacketType::Pubrec,
            _ => return,
        };
        if let Some(delivery) = self.session_of(who).and_then(|session| session.deliveries.get_mut(&packet_id)) {
            delivery.automatic = true;
        }
        self.answer(who, answer, packet_id, automatic);
    }

    /// Sends an acknowledgement of success.
    pub(crate) fn answer(&mut self, who: &Name, packet_type: PacketType, packet_id: u16, automatic: bool) {
        let Some(version) = self.connections.get(who).map(|connection| connection.version) else {
            debug_assert!(false, "acknowledgements are for known connections");
            return;
        };
        let fields = Fields::from([("packet_id", Value::Number(packet_id.into()))]);
        if let Ok(bytes) = fields::write(packet_type, &fields, version) {
            self.transmit(who, &[bytes], automatic);
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

const NOBODYS_FILTER: &str = "mqttspec/nobody";

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
