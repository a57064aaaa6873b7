//! Which row of the table a wrong field belongs to.

use mqttspec_codec::PacketType;

use super::{
    Cell,
    cause::{Packet, View, Wanted},
    delivery,
};
use crate::{
    judge::{
        expect::matching,
        state::traffic::{Subscribed, Will},
    },
    packet::{Fields, Value},
    vector::script::Matcher,
};

/// The row of the field that explains the others; `None` if the table has none.
pub(super) fn cell(view: View<'_>, packet: &Packet<'_>) -> Option<Cell> {
    use PacketType as P;
    if packet.packet_type == P::Publish && packet.misfits.iter().any(|misfit| misfit.field == "payload") {
        match delivery::instead_of(view, packet) {
            delivery::Instead::Same => {}
            delivery::Instead::Another(cell) => return cell,
        }
    }
    let field = packet.misfits.first()?.field;
    match packet.packet_type {
        P::Publish => publish(view, packet, field),
        P::Connack => connack(view, packet, field),
        P::Suback => suback(view, packet),
        P::Unsuback => unsuback(view, packet),
        P::Puback | P::Pubrec
            if field == "reason_code" && is_refused(packet) && is_used_by_the_server(view, packet) =>
        {
            Some(Cell::IdentifiersMixed)
        }
        P::Puback | P::Pubrec | P::Pubrel | P::Pubcomp => acknowledgement(packet, field),
        P::Auth if field == "reason_code" => Some(Cell::AuthCode),
        P::Auth if field == "authentication_method" => Some(Cell::OtherMethod),
        _ => None,
    }
}

fn publish(view: View<'_>, packet: &Packet<'_>, field: &str) -> Option<Cell> {
    let (topic, payload) = (text(packet.fields, "topic"), bytes(packet.fields, "payload"));
    let sent_will = view.case.traffic.will(topic, Some(payload));
    let is_will = sent_will.is_some();
    let has_will = view.case.traffic.will(topic, None).is_some();
    let will = |of_a_will, of_others| Some(if is_will { of_a_will } else { of_others });
    match field {
        "topic" => delivery::other_topic(view, packet),
        _ if delivery::is_stored_unasked(view, packet.fields) => Some(Cell::StoredUnasked),
        "qos" if was_replaced(view, topic) => Some(Cell::NotReplaced),
        "qos" => match active(view, topic).count() {
            0 | 1 => Some(Cell::Qos),
            _ => Some(Cell::QosOfOverlapping),
        },
        "retain" => retain(view, packet, topic, sent_will),
        "dup" => {
            Some(if packet.fields.get("dup") == Some(&Value::Bool(true)) { Cell::DupTheFirstTime } else { Cell::NoDup })
        }
        "packet_id" => Some(Cell::OtherPacketIdentifier),
        "payload_format_indicator" => will(Cell::WillProperties, Cell::PayloadFormat),
        "content_type" => will(Cell::WillProperties, Cell::ContentType),
        "response_topic" => will(Cell::WillProperties, Cell::ResponseTopic),
        "correlation_data" => will(Cell::WillProperties, Cell::CorrelationData),
        "user_properties" => match same_pairs(view, packet) {
            true => will(Cell::WillPropertyOrder, Cell::UserPropertyOrder),
            false => will(Cell::WillProperties, Cell::UserProperties),
        },
        "message_expiry_interval" => {
            let published = view.case.traffic.last_published(Some(topic), Some(payload));
            match published.is_some_and(|published| published.expires) || is_will {
                true => will(Cell::WillExpiry, Cell::Expiry),
                false => Some(Cell::ExpiryMadeUp),
            }
        }
        "subscription_identifiers" if was_replaced(view, topic) => Some(Cell::NotReplaced),
        "subscription_identifiers" => Some(identifiers(packet)),
        // the Will Message is what the Client asked to be published
        "payload" if view.case.traffic.last_published(Some(topic), None).is_none() && has_will => Some(Cell::NoWill),
        "payload" => Some(Cell::OtherPayload),
        _ => None,
    }
}

/// The Subscriptions that a message with this topic may be for.
fn active<'a>(view: View<'a>, topic: &'a str) -> impl Iterator<Item = &'a Subscribed> {
    let matching = view.case.traffic.matching(view.identity, topic);
    matching.filter(|subscribed| subscribed.removed.is_none() && !subscribed.replaced)
}

/// Whether another SUBSCRIBE has replaced a Subscription with the same filter.
fn was_replaced(view: View<'_>, topic: &str) -> bool {
    view.case.traffic.matching(view.identity, topic).any(|subscribed| subscribed.replaced)
}

fn retain(view: View<'_>, packet: &Packet<'_>, topic: &str, will: Option<&Will>) -> Option<Cell> {
    let found = packet.fields.get("retain") == Some(&Value::Bool(true));
    let subscribed = active(view, topic).last();
    let published = view.case.traffic.last_published(Some(topic), None);
    let is_stored = match (published, subscribed) {
        (Some(published), Some(subscribed)) => published.retain && published.at < subscribed.at,
        _ => will.is_some_and(|will| will.retain),
    };
    let is_will = will.is_some();
    Some(match (is_stored, subscribed.is_some_and(|subscribed| subscribed.retain_as_published), found) {
        (_, false, true) if is_will => Cell::WillRetained,
        (true, _, false) if is_will => Cell::WillNotRetained,
        (true, _, false) => Cell::RetainOnStored,
        (_, true, _) => Cell::RetainNotAsPublished,
        (_, false, true) => Cell::RetainOnLive,
        (false, false, false) => Cell::RetainOnStored,
    })
}

/// Whether all pairs that were expected are there, so that only their order is wrong.
fn same_pairs(view: View<'_>, packet: &Packet<'_>) -> bool {
    let Some(Matcher::Within(pairs)) = written(packet.wanted, "user_properties") else { return false };
    let Some(Value::List(found)) = packet.fields.get("user_properties") else { return false };
    pairs.iter().all(|pair| {
        found.iter().any(|found| {
            matching::alone(PacketType::Publish, "user_properties", pair, Some(found), &view.case.names).is_ok()
        })
    })
}

fn identifiers(packet: &Packet<'_>) -> Cell {
    let Some(Value::List(found)) = packet.fields.get("subscription_identifiers") else {
        return Cell::NoSubscriptionIdentifier;
    };
    let wanted = match written(packet.wanted, "subscription_identifiers") {
        Some(Matcher::Unordered(wanted)) => &wanted[..],
        _ => &[],
    };
    let known = found.iter().all(|found| wanted.iter().any(|wanted| crate::judge::matches(wanted, Some(found))));
    if known && found.len() < wanted.len() {
        Cell::SomeSubscriptionIdentifiers
    } else {
        Cell::OtherSubscriptionIdentifier
    }
}

fn connack(view: View<'_>, packet: &Packet<'_>, field: &str) -> Option<Cell> {
    let is_unwanted = written(packet.wanted, field) == Some(&Matcher::Absent);
    match field {
        "session_present" if packet.fields.get(field) != Some(&Value::Bool(true)) => Some(Cell::SessionNotPresent),
        "session_present" => {
            let mut before = view.case.traffic.connected.iter().filter(|connected| connected.by == view.identity);
            let is_clean = before.next_back().is_some_and(|connected| connected.clean_start);
            Some(match (is_clean, before.next_back()) {
                (true, _) => Cell::SessionPresentAfterClean,
                // the Session of an earlier connection
                (false, Some(_)) => Cell::SessionOver,
                (false, None) => Cell::SessionPresentWithoutOne,
            })
        }
        "reason_code" if is_refused(packet) => Some(Cell::NoConnack),
        "assigned_client_identifier" if is_unwanted => Some(Cell::AssignedUnasked),
        "assigned_client_identifier" => Some(Cell::NoAssignedIdentifier),
        "response_information" if is_unwanted => Some(Cell::ResponseInformation),
        "authentication_method" if is_unwanted => Some(Cell::MethodUnasked),
        "authentication_method" => Some(Cell::OtherMethod),
        _ => None,
    }
}

fn acknowledgement(packet: &Packet<'_>, field: &str) -> Option<Cell> {
    match (packet.packet_type, field) {
        (PacketType::Puback, "reason_code") if is_refused(packet) => Some(Cell::NoPuback),
        (PacketType::Pubrec, "reason_code") if is_refused(packet) => Some(Cell::NoPubrec),
        (PacketType::Pubrel, "reason_code") if is_refused(packet) => Some(Cell::NoPubrel),
        (PacketType::Pubcomp, "reason_code") if is_refused(packet) => Some(Cell::NoPubcomp),
        (PacketType::Pubrel, "reason_code") => Some(Cell::UnknownInPubrel),
        (PacketType::Pubcomp, "reason_code") => Some(Cell::UnknownInPubcomp),
        _ => None,
    }
}

/// Whether the packet refuses what had to succeed.
fn is_refused(packet: &Packet<'_>) -> bool {
    let found = packet.fields.get("reason_code").and_then(Value::as_number).unwrap_or_default();
    let may_succeed = written(packet.wanted, "reason_code")
        .is_none_or(|matcher| crate::judge::matches(matcher, Some(&Value::Number(0))));
    found >= 0x80 && may_succeed
}

/// Whether the Packet Identifier that is refused is that of a delivery which the Client has not acknowledged.
fn is_used_by_the_server(view: View<'_>, packet: &Packet<'_>) -> bool {
    let Some(id) = packet.fields.get("packet_id").and_then(Value::as_number) else { return false };
    let session = view.case.sessions.get(view.identity);
    let delivery = session.and_then(|session| session.deliveries.get(&u16::try_from(id).ok()?));
    delivery.is_some_and(|delivery| delivery.done.is_none())
}

fn suback(view: View<'_>, packet: &Packet<'_>) -> Option<Cell> {
    match compare(packet)? {
        Codes::Refused if is_used_by_the_server(view, packet) => Some(Cell::IdentifiersMixed),
        Codes::Number => Some(Cell::SubackNumber),
        Codes::Order => Some(Cell::SubackOrder),
        Codes::Refused => Some(Cell::NoSuback),
        Codes::Granted => Some(Cell::SubackGrant),
        Codes::Taken => None,
    }
}

fn unsuback(view: View<'_>, packet: &Packet<'_>) -> Option<Cell> {
    match compare(packet)? {
        Codes::Refused if is_used_by_the_server(view, packet) => Some(Cell::IdentifiersMixed),
        Codes::Number | Codes::Granted => Some(Cell::UnsubackCodes),
        Codes::Order => Some(Cell::UnsubackOrder),
        Codes::Refused => Some(Cell::NoUnsuback),
        Codes::Taken => None,
    }
}

/// How the Reason Codes of SUBACK or UNSUBACK differ.
enum Codes {
    Number,
    Order,
    /// A failure in place of success.
    Refused,
    /// Success in place of a failure.
    Taken,
    /// Another success.
    Granted,
}

fn compare(packet: &Packet<'_>) -> Option<Codes> {
    let Some(Value::List(found)) = packet.fields.get("reason_codes") else { return None };
    let is_failure = |code: &Value| code.as_number().is_some_and(|code| code >= 0x80);
    let wanted = match written(packet.wanted, "reason_codes") {
        Some(Matcher::Items(wanted)) => wanted,
        None => return found.iter().any(is_failure).then_some(Codes::Refused),
        Some(_) => return None,
    };
    if wanted.len() != found.len() {
        return Some(Codes::Number);
    }
    let mut left: Vec<&Value> = found.iter().collect();
    let is_shuffled = wanted.iter().all(|wanted| {
        let place = left.iter().position(|found| crate::judge::matches(wanted, Some(found)));
        place.map(|place| left.remove(place)).is_some()
    });
    if is_shuffled {
        return Some(Codes::Order);
    }
    let (wanted, found) =
        wanted.iter().zip(found).find(|(wanted, found)| !crate::judge::matches(wanted, Some(found)))?;
    let may_succeed = (0..3).any(|code| crate::judge::matches(wanted, Some(&Value::Number(code))));
    Some(match (may_succeed, is_failure(found)) {
        (true, true) => Codes::Refused,
        (false, false) => Codes::Taken,
        _ => Codes::Granted,
    })
}

/// The matcher of a field.
pub(super) fn written<'a>(wanted: &'a [Wanted], field: &str) -> Option<&'a Matcher> {
    wanted.iter().find(|(name, _)| *name == field).map(|(_, matcher)| matcher)
}

/// A text of a packet; empty if it has none.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    std::str::from_utf8(bytes(fields, name)).unwrap_or_default()
}

/// The bytes of a field; empty if the packet has none.
pub(super) fn bytes<'a>(fields: &'a Fields, name: &str) -> &'a [u8] {
    fields.get(name).and_then(Value::as_bytes).unwrap_or_default()
}
