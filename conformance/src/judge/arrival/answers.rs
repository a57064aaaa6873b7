//! Checks that each acknowledgement answers a packet that was sent.

use std::collections::BTreeMap;

use mqttspec_codec::{Packet, PacketType};

use super::always_on::Violation;
use crate::judge::state::connection::Connection;

/// Checks an acknowledgement of a packet from the Client, and marks that packet as answered.
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
    if packet_type == PacketType::Pubrec && !ends_flight && !connection.recorded.contains(&packet_id) {
        connection.recorded.push(packet_id);
    }
    if settle(connection, packet_type, packet_id) || connection.unclear {
        return Ok(());
    }
    let what = format!("{packet_type} with Packet Identifier {packet_id}, which answers no packet that was sent");
    Err(match packet_type {
        PacketType::Suback | PacketType::Unsuback => {
            Violation::new(what, connection.version, "MQTT-2.2.1-6", "MQTT-2.3.1-7")
        }
        // v3.1.1 [MQTT-2.3.1-6] does not mention it
        PacketType::Pubcomp => Violation::new(what, connection.version, "MQTT-2.2.1-5", "MQTT-4.3.3-2"),
        _ => Violation::new(what, connection.version, "MQTT-2.2.1-5", "MQTT-2.3.1-6"),
    })
}

/// The answers that a Server may still send on the next connection of the same Session: all outstanding ones, and a
/// repeated PUBREC while the exchange has not ended.
pub(crate) fn still_outstanding(connection: &Connection) -> BTreeMap<(PacketType, u16), usize> {
    let mut outstanding = connection.outstanding.clone();
    for packet_id in &connection.in_flight {
        *outstanding.entry((PacketType::Pubrec, *packet_id)).or_default() += 1;
    }
    outstanding
}

/// Resumes the Session: answers that were outstanding before still are.
pub(crate) fn resume(connection: &mut Connection) {
    for (answer, count) in std::mem::take(&mut connection.outstanding_before) {
        *connection.outstanding.entry(answer).or_default() += count;
    }
}

/// Removes one outstanding answer, if there is one.
pub(crate) fn settle(connection: &mut Connection, packet_type: PacketType, packet_id: u16) -> bool {
    let Some(outstanding) = connection.outstanding.get_mut(&(packet_type, packet_id)) else { return false };
    *outstanding = outstanding.saturating_sub(1);
    if *outstanding == 0 {
        connection.outstanding.remove(&(packet_type, packet_id));
    }
    true
}
