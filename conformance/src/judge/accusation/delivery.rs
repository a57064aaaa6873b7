//! Which row of the table a packet belongs to that did not come, or a message that should not have come.

use mqttspec_codec::{PacketType, RetainHandling};

use super::{
    Cell,
    cause::{Packet, View, Wanted},
    field::{bytes, text, written},
};
use crate::{
    judge::state::traffic::Published,
    packet::{Fields, Value},
    vector::script::Matcher,
};

/// The row of a packet that did not come; `None` if the table has none.
pub(super) fn absent(view: View<'_>, packet_type: PacketType, wanted: &[Wanted]) -> Option<Cell> {
    use PacketType as P;
    Some(match packet_type {
        P::Connack => Cell::NoConnack,
        P::Publish => message(view, wanted),
        P::Puback => Cell::NoPuback,
        P::Pubrec => Cell::NoPubrec,
        // one that is owed from before was not sent again
        P::Pubrel if view.case.traffic.resumed(view.identity).is_some() => Cell::NotResent,
        P::Pubrel => Cell::NoPubrel,
        P::Pubcomp => Cell::NoPubcomp,
        P::Suback => Cell::NoSuback,
        P::Unsuback => Cell::NoUnsuback,
        P::Pingresp => Cell::NoPingresp,
        // it was accepted without the method that it asked for
        P::Auth if view.is_accepted() => Cell::OtherMethod,
        _ => return None,
    })
}

/// What kind of delivery was expected.
fn message(view: View<'_>, wanted: &[Wanted]) -> Cell {
    let traffic = &view.case.traffic;
    let value = |name: &str| match written(wanted, name)? {
        Matcher::Is(term) => view.case.names.resolve(term).ok(),
        _ => None,
    };
    let (topic, payload) = (value("topic"), value("payload"));
    let topic = topic.as_ref().and_then(Value::as_bytes).and_then(|topic| std::str::from_utf8(topic).ok());
    let payload = payload.as_ref().and_then(Value::as_bytes);
    if value("dup") == Some(Value::Bool(true)) {
        return Cell::NotResent;
    }
    let published = traffic.last_published(topic, payload);
    if published.is_none()
        && let Some(will) = topic.and_then(|topic| traffic.will(topic, payload))
    {
        // as for any other retained message
        let as_retained = will.retain && value("retain") == Some(Value::Bool(true));
        return if as_retained { Cell::NoRetained } else { Cell::NoWill };
    }
    published.map_or(Cell::NoMessage, |published| of(view, published))
}

/// What kind of delivery this message would have been.
fn of(view: View<'_>, published: &Published) -> Cell {
    let traffic = &view.case.traffic;
    if traffic.resumed(view.identity).is_some_and(|resumed| resumed > published.at) {
        return Cell::NotStored;
    }
    let subscribed = traffic.matching(view.identity, &published.topic).last();
    match subscribed {
        Some(subscribed) if subscribed.is_shared() => Cell::NoShared,
        Some(subscribed) if published.retain && subscribed.at > published.at => {
            let has_left = view
                .case
                .connections
                .values()
                .any(|connection| connection.identity.as_deref() == Some(&*published.by) && !connection.is_open());
            if has_left { Cell::RetainedGone } else { Cell::NoRetained }
        }
        _ if published.dup && published.qos == 1 && is_first(view, published) => Cell::DupTakenForRepeat,
        Some(subscribed) if subscribed.place > 0 => Cell::FilterLost,
        _ => Cell::NoMessage,
    }
}

/// Whether the case has not published the same message before.
fn is_first(view: View<'_>, published: &Published) -> bool {
    let same = |other: &&Published| other.topic == published.topic && other.payload == published.payload;
    view.case.traffic.published.iter().filter(same).count() == 1
}

/// Whether a message comes as a retained one, though nothing on its topic was published with RETAIN 1.
pub(super) fn is_stored_unasked(view: View<'_>, fields: &Fields) -> bool {
    let (topic, traffic) = (text(fields, "topic"), &view.case.traffic);
    let retain = fields.get("retain") == Some(&Value::Bool(true));
    let mut published = traffic.published.iter().filter(|published| published.topic == topic).peekable();
    let last = traffic.matching(view.identity, topic).last();
    retain
        && traffic.will(topic, None).is_none()
        && published.peek().is_some()
        && published.all(|published| !published.retain && last.is_some_and(|last| published.at < last.at))
}

/// Whether a PUBLISH with another payload is another message of the case.
pub(super) enum Instead {
    /// It is not, so its payload is wrong.
    Same,
    /// It is, with what that means, if it is known.
    Another(Option<Cell>),
}

/// What a PUBLISH says that came in place of one with another payload.
pub(super) fn instead_of(view: View<'_>, packet: &Packet<'_>) -> Instead {
    let traffic = &view.case.traffic;
    let (topic, payload) = (text(packet.fields, "topic"), bytes(packet.fields, "payload"));
    let Some(came) = traffic.last_published(Some(topic), Some(payload)) else {
        let is_will = traffic.will(topic, Some(payload)).is_some();
        return if is_will { Instead::Another(None) } else { Instead::Same };
    };
    if let Some(cell) = unexpected(view, packet.fields) {
        return Instead::Another(Some(cell));
    }
    let awaited = match written(packet.wanted, "payload") {
        Some(Matcher::Is(term)) => view.case.names.resolve(term).ok(),
        _ => None,
    };
    let awaited = awaited.as_ref().and_then(Value::as_bytes);
    let awaited = awaited.and_then(|payload| traffic.last_published(Some(topic), Some(payload)));
    Instead::Another(match awaited {
        Some(awaited) if awaited.at < came.at => {
            let order = Cell::Order.statements(view.version);
            let is_about_order = view.case.cites.iter().any(|cited| order.contains(&cited.id.as_str()));
            Some(if is_about_order { Cell::Order } else { of(view, awaited) })
        }
        _ => None,
    })
}

/// A message with another topic: nobody published it there, or it is another message.
pub(super) fn other_topic(view: View<'_>, packet: &Packet<'_>) -> Option<Cell> {
    let traffic = &view.case.traffic;
    let (topic, payload) = (text(packet.fields, "topic"), bytes(packet.fields, "payload"));
    let is_known =
        traffic.last_published(Some(topic), Some(payload)).is_some() || traffic.will(topic, Some(payload)).is_some();
    (!is_known).then_some(Cell::OtherTopic)
}

/// Why a message should not have come; `None` if that is a matter of the case.
pub(super) fn unexpected(view: View<'_>, fields: &Fields) -> Option<Cell> {
    let traffic = &view.case.traffic;
    let (topic, payload) = (text(fields, "topic"), bytes(fields, "payload"));
    let retain = fields.get("retain") == Some(&Value::Bool(true));
    let qos = fields.get("qos").and_then(Value::as_number).unwrap_or_default();
    let published = traffic.last_published(Some(topic), Some(payload));
    let matching: Vec<_> = traffic.matching(view.identity, topic).collect();
    let active = matching.iter().filter(|subscribed| subscribed.removed.is_none()).count();
    let came = traffic.times_come(view.identity, topic, payload);
    if published.is_none()
        && let Some(will) = traffic.will(topic, Some(payload))
    {
        return match will.removed {
            true => Some(Cell::WillAfterDisconnect),
            // a second copy for another Subscription is legal, and so is one that is sent again
            false if active <= 1 && qos != 1 && !retain && came > traffic.times_willed(topic, payload) => {
                Some(Cell::WillTwice)
            }
            false => (qos > will.qos).then_some(Cell::Qos),
        };
    }
    if traffic.has_lost_its_topic(topic, payload) {
        return Some(Cell::OtherTopic);
    }
    let last = matching.last()?;
    if traffic.was_refused(view.identity, topic, payload) {
        return Some(Cell::RefusedSentAgain);
    }
    if is_stored_unasked(view, fields) {
        return Some(Cell::StoredUnasked);
    }
    if retain && payload.is_empty() && published.is_some_and(|published| published.at < last.at) {
        return Some(Cell::EmptyRetained);
    }
    if retain && published.is_some_and(|published| published.retain && published.at < last.at) {
        let published = published?;
        let is_cleared = |later: &&Published| later.topic == topic && later.retain && later.payload.is_empty();
        let cleared = traffic.published.iter().rev().find(is_cleared).is_some_and(|later| later.at > published.at);
        let before = matching.iter().filter(|other| other.filter == last.filter && other.removed.is_none()).count();
        return match last.retain_handling {
            _ if last.is_shared() => Some(Cell::RetainedForShared),
            _ if cleared => Some(Cell::RetainedThoughCleared),
            RetainHandling::DoNotSend => Some(Cell::RetainedThoughUnwanted),
            RetainHandling::SendIfNew if before > 1 => Some(Cell::RetainedThoughKnown),
            _ if published.expires => Some(Cell::Expired),
            // once for each SUBSCRIBE
            _ if qos == 0 && came > matching.len() => Some(Cell::TwiceAtMostOnce),
            _ => None,
        };
    }
    if last.no_local && published.is_some_and(|published| published.by == view.identity) {
        return Some(Cell::NoLocal);
    }
    if let Some(published) = published
        && matching.iter().all(|subscribed| subscribed.removed.is_some_and(|removed| removed < published.at))
    {
        return Some(Cell::Unsubscribed);
    }
    let started =
        traffic.connected.iter().rev().find(|connected| connected.by == view.identity && connected.clean_start);
    if started.is_some_and(|started| matching.iter().all(|subscribed| subscribed.at < started.at)) {
        return Some(Cell::SessionOver);
    }
    let plain = matching.iter().filter(|subscribed| subscribed.removed.is_none() && !subscribed.is_shared());
    if active > 0 && plain.clone().count() == 0 {
        return Some(Cell::SeveralShared);
    }
    let replaced = matching.iter().any(|subscribed| subscribed.replaced);
    if replaced && plain.filter(|subscribed| !subscribed.replaced).count() == 1 {
        return Some(Cell::NotReplaced);
    }
    let published = published?;
    if qos > published.qos {
        return Some(Cell::Qos);
    }
    if active <= 1 && came > 1 {
        return match qos {
            0 => Some(Cell::TwiceAtMostOnce),
            2 => Some(Cell::TwiceExactlyOnce),
            _ => None,
        };
    }
    published.expires.then_some(Cell::Expired)
}
