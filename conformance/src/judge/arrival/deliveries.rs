//! Checks deliveries from the Server: Topic Filters, Packet Identifiers, Receive Maximum, Topic Aliases.

use mqttspec_codec::{Packet, PacketType, Publish, Pubrel, QoS, TopicFilter, TopicName, Version};

use super::{
    always_on::{Disposition, Violation},
    answers,
};
use crate::{
    judge::{
        Cell,
        state::{
            Case,
            connection::Connection,
            session::{Delivery, Session},
            traffic::Delivered,
        },
    },
    vector::script::Name,
};

/// Checks a PUBLISH.
pub(crate) fn publish(case: &mut Case, who: &Name, publish: &Publish<'_>) -> Result<Disposition, Violation> {
    let (grace, serial) = (case.grace(), case.number());
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "packets arrive only on known connections");
        return Ok(Disposition::Ignored);
    };
    let Some(topic) = resolve_alias(connection, publish)? else { return Ok(Disposition::Unread(None)) };
    let of_another_case = case.setup.levels.is_of_another_case(&topic);
    // a leading wildcard that matches `$` brings the topics of others to a case without a prefix; the cases that cite the
    // statement find it, each on its own topic
    let unmentioned = case.mentioned.as_ref().is_some_and(|mentioned| !mentioned.contains(who, &topic, &case.names));
    let not_about_it = case.cites.iter().all(|cited| cited.id != NO_DOLLAR);
    let session = connection.identity.as_ref().and_then(|identity| case.sessions.get_mut(identity));
    if let Some(session) = session {
        let moment = Moment { now: case.now, grace, serial };
        if of_another_case && !was_asked_for(session, &topic) {
            // it is tracked, so that its PUBREL is answered
            let _ = delivery(connection, session, publish, &moment);
            return Ok(Disposition::Stray(topic));
        }
        let of_others = unmentioned && is_kept_out_by_dollar(session, &topic);
        if of_others && not_about_it {
            let _ = delivery(connection, session, publish, &moment);
            return Ok(Disposition::Unsolicited);
        }
        let clear = !connection.unclear && !session.unclear;
        if clear && !was_asked_for(session, &topic) {
            let what = format!(
                "PUBLISH on topic {topic}, which matches no Topic Filter that this Client Identifier subscribed to"
            );
            let cell = match case.traffic.has_lost_its_topic(&topic, publish.payload) {
                true if !of_others => Cell::OtherTopic,
                _ => Cell::TopicNotAskedFor,
            };
            return Err(Violation::new(what, cell));
        }
        match delivery(connection, session, publish, &moment)? {
            Disposition::Unread(_) => {}
            repeat => return Ok(repeat),
        }
    }
    if let Some(to) = case.connections.get(who).and_then(|connection| connection.identity.clone()) {
        let packet_id = publish.delivery.packet_id().map(|id| id.number());
        let delivered =
            Delivered { to, topic: topic.clone(), payload: publish.payload.to_vec(), packet_id, refused: false };
        case.traffic.delivered.push(delivered);
    }
    let own = case.mentioned.as_ref().is_none_or(|mentioned| mentioned.contains(who, &topic, &case.names));
    Ok(if own { Disposition::Unread(Some(topic)) } else { Disposition::Unsolicited })
}

/// The Topic Name of a PUBLISH that belongs to another case.
pub(crate) fn stray(case: &Case, packet: &Packet<'_>) -> Option<String> {
    let Packet::Publish(Publish { topic: Some(topic), .. }) = packet else { return None };
    case.setup.levels.is_of_another_case(topic.as_str()).then(|| topic.as_str().to_owned())
}

/// The Topic Name of a malformed PUBLISH, as far as it is text, if that belongs to another case. A case with `no_prefix`
/// may have asked for it.
pub(crate) fn malformed_stray(case: &Case, bytes: &[u8]) -> Option<String> {
    let [first, rest @ ..] = bytes else { return None };
    if first >> 4 != PacketType::Publish.number() || case.mentioned.is_some() {
        return None;
    }
    // behind the Remaining Length, whose last byte has no continuation bit
    let length = rest.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    let [high, low, string @ ..] = rest.get(length + 1..)? else { return None };
    let topic = string.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
    let topic = String::from_utf8_lossy(topic).into_owned();
    case.setup.levels.is_of_another_case(&topic).then_some(topic)
}

/// The Topic Name, resolved from the Topic Alias if the packet has only that.
fn resolve_alias(connection: &mut Connection, publish: &Publish<'_>) -> Result<Option<String>, Violation> {
    let written = publish.topic.map(|topic| topic.as_str().to_owned());
    let Some(alias) = publish.properties.topic_alias().map(|alias| alias.number()) else { return Ok(written) };
    let most = connection.offer.topic_alias_maximum;
    if alias > most {
        let what = format!("Topic Alias {alias} to a Client whose Topic Alias Maximum is {most}");
        // v5 [MQTT-3.1.2-27]: no aliases are allowed if the maximum is absent or 0
        let cell = if most == 0 { Cell::AliasUnasked } else { Cell::AliasTooHigh };
        return Err(Violation::new(what, cell));
    }
    match written {
        Some(topic) => {
            connection.aliases.insert(alias, topic.clone());
            Ok(Some(topic))
        }
        None => match connection.aliases.get(&alias) {
            Some(topic) => Ok(Some(topic.clone())),
            None => {
                let what = format!(
                    "Topic Alias {alias} without a Topic Name, although the alias was not set on this connection"
                );
                Err(Violation::new(what, Cell::AliasUnset))
            }
        },
    }
}

fn was_asked_for(session: &Session, topic: &str) -> bool {
    let Ok(topic) = TopicName::new(topic) else { return false };
    session.filters.iter().any(|filter| TopicFilter::new(filter).is_ok_and(|filter| filter.matches(topic)))
}

/// Whether a filter would match if the topic did not begin with `$`.
fn is_kept_out_by_dollar(session: &Session, topic: &str) -> bool {
    let other = topic.strip_prefix('$').map(|rest| format!("_{rest}"));
    other.is_some_and(|other| !was_asked_for(session, topic) && was_asked_for(session, &other))
}

/// A leading wildcard does not match a topic that begins with `$`, in both versions.
const NO_DOLLAR: &str = "MQTT-4.7.2-1";

/// When a packet was received.
struct Moment {
    now: std::time::Duration,
    /// How long a repeat may cross the acknowledgement.
    grace: std::time::Duration,
    serial: u64,
}

/// Tracks Packet Identifiers and the Client's Receive Maximum.
fn delivery(
    connection: &Connection,
    session: &mut Session,
    publish: &Publish<'_>,
    moment: &Moment,
) -> Result<Disposition, Violation> {
    let Some(packet_id) = publish.delivery.packet_id().map(|id| id.number()) else {
        return Ok(Disposition::Unread(None));
    };
    let &Moment { now, grace, serial } = moment;
    let (qos, dup, version) = (publish.delivery.qos(), publish.delivery.dup(), connection.version);
    if let Some(known) = session.deliveries.get_mut(&packet_id).filter(|known| known.on == connection.number) {
        // acknowledged a moment ago; a repeat may have crossed the acknowledgement
        let crossed = known.done.is_some_and(|done| now <= done.saturating_add(grace));
        if version != Version::V5 && dup && known.qos == qos && (known.done.is_none() || crossed) {
            if known.done.is_none() && !known.received {
                return Ok(Disposition::Ignored);
            }
            known.serial = serial;
            return Ok(Disposition::Again(packet_id));
        }
        if known.done.is_none() {
            return Err(match dup {
                true => Violation::new(
                    format!("PUBLISH with Packet Identifier {packet_id} sent again on the same connection"),
                    Cell::SentAgain,
                ),
                false => Violation::new(
                    format!("PUBLISH with Packet Identifier {packet_id}, which is in use"),
                    Cell::PacketIdentifierInUse,
                ),
            });
        }
    }
    let open = session
        .deliveries
        .iter()
        .filter(|(id, other)| **id != packet_id && other.on == connection.number && other.done.is_none());
    let (open, most) = (open.count().saturating_add(1), connection.offer.receive_maximum.unwrap_or(u16::MAX));
    if version == Version::V5 && open > usize::from(most) {
        let what = format!("{open} unacknowledged deliveries to a Client whose Receive Maximum is {most}");
        return Err(Violation::new(what, Cell::ReceiveMaximum));
    }
    let on = connection.number;
    let delivery =
        Delivery { qos, on, received: false, released_on: None, done: None, automatic: false, serial, due: None };
    session.deliveries.insert(packet_id, delivery);
    Ok(Disposition::Unread(None))
}

/// Checks that a PUBREL answers a PUBREC of this connection, or of an earlier one of the same Session.
pub(crate) fn pubrel(case: &mut Case, who: &Name, pubrel: &Pubrel<'_>) -> Result<Disposition, Violation> {
    let packet_id = pubrel.packet_id.number();
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "packets arrive only on known connections");
        return Ok(Disposition::Ignored);
    };
    let (number, version, unclear) = (connection.number, connection.version, connection.unclear);
    let outstanding = answers::settle(connection, PacketType::Pubrel, packet_id);
    let delivery = case.session_of(who).and_then(|session| session.deliveries.get_mut(&packet_id));
    let delivery = delivery.filter(|delivery| delivery.qos == QoS::ExactlyOnce && delivery.received);
    let Some(delivery) = delivery else {
        if outstanding || unclear {
            return Ok(Disposition::Unread(None));
        }
        let what = format!("PUBREL with Packet Identifier {packet_id}, which answers no PUBREC");
        return Err(Violation::new(what, Cell::AnswersNothing));
    };
    let again = delivery.released_on.replace(number) == Some(number);
    if again && !outstanding && !unclear {
        if version == Version::V5 {
            let what = format!("PUBREL with Packet Identifier {packet_id} sent again on the same connection");
            return Err(Violation::new(what, Cell::SentAgain));
        }
        // a repeat is answered if the first one was
        return Ok(match delivery.done {
            Some(_) => Disposition::Answer(PacketType::Pubcomp, packet_id),
            None => Disposition::Ignored,
        });
    }
    Ok(match delivery.automatic && !pubrel.reason_code.is_failure() {
        true => Disposition::Answer(PacketType::Pubcomp, packet_id),
        false => Disposition::Unread(None),
    })
}
