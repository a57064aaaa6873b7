//! Checks that each acknowledgement answers a packet that was sent.

use std::collections::BTreeMap;

use mqttspec_codec::{Packet, PacketType};

use super::always_on::Violation;
use crate::judge::{Cell, state::connection::Connection};

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
    if packet_type == PacketType::Pubrec {
        connection.recorded.retain(|recorded| *recorded != packet_id || !ends_flight);
        if !ends_flight && !connection.recorded.contains(&packet_id) {
            connection.recorded.push(packet_id);
        }
    }
    if settle(connection, packet_type, packet_id) || connection.unclear {
        return Ok(());
    }
    Err(unsettled(connection, packet_type, packet_id))
}

/// The violation of an acknowledgement that answers nothing.
fn unsettled(connection: &Connection, packet_type: PacketType, packet_id: u16) -> Violation {
    use PacketType as P;
    let which = format!("{packet_type} with Packet Identifier {packet_id}");
    let awaits = |other| connection.outstanding.contains_key(&(other, packet_id));
    let again = connection.settled.contains(&(packet_type, packet_id));
    let cell = match packet_type {
        P::Puback | P::Pubrec | P::Pubcomp
            if (awaits(P::Puback) || awaits(P::Pubrec)) && !connection.settled.contains(&(P::Pubrec, packet_id)) =>
        {
            let qos = if awaits(P::Puback) { 1 } else { 2 };
            let what = format!("{which}, although the PUBLISH had QoS {qos}");
            return Violation::new(what, Cell::OtherAcknowledgement);
        }
        P::Puback | P::Pubrec if !again && connection.last_at_qos_0 && connection.outstanding.is_empty() => {
            return Violation::new(format!("{which}, although the PUBLISH had QoS 0"), Cell::OtherAcknowledgement);
        }
        P::Suback if again => Cell::SecondSuback,
        P::Unsuback if again => Cell::SecondUnsuback,
        P::Suback => Cell::SubackAnswersNothing,
        P::Unsuback => Cell::UnsubackAnswersNothing,
        P::Pubcomp => Cell::PubcompAnswersNothing,
        _ => Cell::AnswersNothing,
    };
    match again {
        true => Violation::new(format!("a second {which}"), cell),
        false => Violation::new(format!("{which}, which answers no packet that was sent"), cell),
    }
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
    connection.settled.insert((packet_type, packet_id));
    true
}
