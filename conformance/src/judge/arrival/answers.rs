//! An acknowledgement answers something that was sent.

use std::collections::BTreeMap;

use mqttspec_codec::{Packet, PacketType};

use super::always_on::Violation;
use crate::judge::state::connection::Connection;

/// Checks an acknowledgement of what the Client sent, and takes it off what is owed.
pub(crate) fn check(connection: &mut Connection, packet: &Packet<'_>) -> Result<(), Violation> {
    let (packet_id, ends_flight) = match packet {
        Packet::Puback(puback) => (puback.packet_id, true),
        Packet::Pubrec(pubrec) => (pubrec.packet_id, pubrec.reason_code.is_failure()),
        Packet::Pubcomp(pubcomp) => (pubcomp.packet_id, true),
        Packet::Suback(suback) => (suback.packet_id, false),
        Packet::Unsuback(unsuback) => (unsuback.packet_id, false),
        _ => return Ok(()),
    };
    let (packet_type, packet_id) = (packet.packet_type(), packet_id.number());
    if ends_flight {
        connection.in_flight.remove(&packet_id);
    }
    if settle(connection, packet_type, packet_id) || connection.unclear {
        return Ok(());
    }
    let what = format!("{packet_type} with Packet Identifier {packet_id}, which nothing sent asks for");
    Err(match packet_type {
        PacketType::Suback | PacketType::Unsuback => {
            Violation::new(what, connection.version, "MQTT-2.2.1-6", "MQTT-2.3.1-7")
        }
        // v3.1.1 [MQTT-2.3.1-6] does not name it
        PacketType::Pubcomp => Violation::new(what, connection.version, "MQTT-2.2.1-5", "MQTT-4.3.3-2"),
        _ => Violation::new(what, connection.version, "MQTT-2.2.1-5", "MQTT-2.3.1-6"),
    })
}

/// What a Server may still answer on the next connection of the same Session: all that it owes, and a PUBREC again while
/// the exchange has not ended.
pub(crate) fn still_owed(connection: &Connection) -> BTreeMap<(PacketType, u16), usize> {
    let mut owed = connection.owed.clone();
    for packet_id in &connection.in_flight {
        *owed.entry((PacketType::Pubrec, *packet_id)).or_default() += 1;
    }
    owed
}

/// The Session goes on: what was owed before is owed still.
pub(crate) fn resume(connection: &mut Connection) {
    for (answer, count) in std::mem::take(&mut connection.owed_before) {
        *connection.owed.entry(answer).or_default() += count;
    }
}

/// Takes one answer off what is owed, if there is one.
pub(crate) fn settle(connection: &mut Connection, packet_type: PacketType, packet_id: u16) -> bool {
    let Some(owed) = connection.owed.get_mut(&(packet_type, packet_id)) else { return false };
    *owed = owed.saturating_sub(1);
    if *owed == 0 {
        connection.owed.remove(&(packet_type, packet_id));
    }
    true
}
