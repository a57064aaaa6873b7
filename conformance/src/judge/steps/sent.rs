//! Records what our own packets ask for. All sent bytes are decoded again, including hex, so that there is only one
//! record.

use mqttspec_codec::{Connect, Packet, PacketType, Publish, QoS, ReasonCode, Subscribe, Version, decode_frame};

use crate::{
    judge::{
        accusation::cause::Illegal,
        state::{
            Case,
            connection::{Connack, Connection, Offer},
            traffic::{Connected, Published, Subscribed, Will},
        },
    },
    vector::script::Name,
};

/// Records bytes that are sent. Returns the error if they are no legal packet.
pub(crate) fn note(case: &mut Case, who: &Name, bytes: &[u8]) -> Option<Illegal> {
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "bytes are sent only on known connections");
        return None;
    };
    let version = connection.version;
    let mut frames: Vec<Vec<u8>> = Vec::new();
    let mut rest = bytes;
    let mut illegal = loop {
        match connection.outgoing.next(&mut rest) {
            Ok(Some(frame)) => frames.push(frame.to_vec()),
            Ok(None) => break None,
            Err(error) => break Some(Illegal::new(error, bytes, version)),
        }
    };
    if illegal.is_some() {
        unframed(case, who);
    }
    for frame in frames {
        match decode_frame(&frame, version) {
            Ok(packet) => note_packet(case, who, &packet),
            Err(error) => {
                illegal.get_or_insert(Illegal::new(error, &frame, version));
                unclear(case, who);
            }
        }
    }
    illegal
}

/// Records that the sent bytes cannot be split into packets.
pub(crate) fn unframed(case: &mut Case, who: &Name) {
    unclear(case, who);
    with(case, who, |connection| connection.unframed = true);
}

/// Records that the sent bytes cannot be decoded, so that any answer is possible.
pub(crate) fn unclear(case: &mut Case, who: &Name) {
    if let Some(session) = case.session_of(who) {
        session.unclear = true;
    }
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "bytes are sent only on known connections");
        return;
    };
    connection.unclear = true;
    if connection.connack == Connack::None
        && let Some(client) = case.clients.get(who)
    {
        case.left_over.session(client.node, &client.client_id);
    }
}

fn note_packet(case: &mut Case, who: &Name, packet: &Packet<'_>) {
    let now = case.now;
    match packet {
        Packet::Connect(connect) => note_connect(case, who, connect),
        Packet::Publish(publish) => note_publish(case, who, publish),
        Packet::Subscribe(subscribe) => {
            expect_answer(case, who, PacketType::Suback, subscribe.packet_id.number());
            note_subscribe(case, who, subscribe);
            if let Some(session) = case.session_of(who) {
                for subscription in subscribe.subscriptions.iter() {
                    let filter = subscription.filter;
                    session.filters.insert(filter.as_str().to_owned());
                    session.filters.extend(filter.shared().map(|(_, filter)| filter.as_str().to_owned()));
                }
            }
        }
        Packet::Unsubscribe(unsubscribe) => {
            expect_answer(case, who, PacketType::Unsuback, unsubscribe.packet_id.number());
            let (at, by) = (case.number(), identity_of(case, who));
            for subscribed in case.traffic.subscribed.iter_mut().filter(|subscribed| subscribed.by == by) {
                if unsubscribe.filters.iter().any(|filter| filter.as_str() == subscribed.filter) {
                    subscribed.removed.get_or_insert(at);
                }
            }
        }
        Packet::Puback(puback) => {
            note_refused(case, who, puback.packet_id.number(), puback.reason_code);
            if let Some(delivery) = delivery_of(case, who, puback.packet_id.number(), QoS::AtLeastOnce) {
                delivery.done = Some(now);
            }
        }
        Packet::Pubrec(pubrec) => {
            note_refused(case, who, pubrec.packet_id.number(), pubrec.reason_code);
            let refused = pubrec.reason_code.is_failure();
            if !refused {
                expect_answer(case, who, PacketType::Pubrel, pubrec.packet_id.number());
            }
            if let Some(delivery) = delivery_of(case, who, pubrec.packet_id.number(), QoS::ExactlyOnce) {
                delivery.received = true;
                // v5 [MQTT-4.3.3-9]
                delivery.done = refused.then_some(now);
            }
        }
        Packet::Pubrel(pubrel) => {
            let packet_id = pubrel.packet_id.number();
            with(case, who, |connection| connection.recorded.retain(|recorded| *recorded != packet_id));
            expect_answer(case, who, PacketType::Pubcomp, packet_id);
        }
        Packet::Pubcomp(pubcomp) => {
            if let Some(delivery) = delivery_of(case, who, pubcomp.packet_id.number(), QoS::ExactlyOnce) {
                delivery.done = Some(now);
            }
        }
        Packet::Pingreq(_) => with(case, who, |connection| connection.pings.push_back(None)),
        Packet::Disconnect(disconnect) => {
            with(case, who, |connection| connection.disconnecting = true);
            // v5 [MQTT-3.14.4-3], v3.1.1 [MQTT-3.14.4-3]
            if disconnect.reason_code == ReasonCode::NORMAL_DISCONNECTION {
                let of = identity_of(case, who);
                let wills = case.traffic.wills.iter_mut().filter(|will| will.of == of);
                wills.for_each(|will| will.removed = true);
            }
            if disconnect.reason_code == ReasonCode::NORMAL_DISCONNECTION
                && disconnect.properties.session_expiry_interval().is_some_and(|seconds| seconds > 0)
            {
                keep_session(case, who);
            }
        }
        _ => {}
    }
}

fn note_connect(case: &mut Case, who: &Name, connect: &Connect<'_>) {
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "bytes are sent only on known connections");
        return;
    };
    connection.connects += 1;
    // a second CONNECT changes nothing
    if connection.identity.is_some() {
        return;
    }
    let properties = &connect.properties;
    connection.offer = Offer {
        receive_maximum: properties.receive_maximum().map(std::num::NonZeroU16::get),
        maximum_packet_size: properties.maximum_packet_size().map(std::num::NonZeroU32::get),
        topic_alias_maximum: properties.topic_alias_maximum().unwrap_or_default(),
        authentication: properties.authentication_method().is_some(),
        keep_alive: connect.keep_alive,
        kept_alive: connection.offer.kept_alive,
    };
    // without a Client Identifier, use a key that no Client Identifier can have
    let identity = match connect.client_id.as_str() {
        "" => format!("\0{}", connection.number.0),
        client_id => client_id.to_owned(),
    };
    connection.identity = Some(identity.clone());
    let unclear = connection.unclear;
    let at = case.number();
    case.traffic.connected.push(Connected { at, by: identity.clone(), clean_start: connect.clean_start });
    case.traffic.wills.extend(connect.will.map(|will| Will {
        of: identity.clone(),
        topic: will.topic.as_str().to_owned(),
        payload: will.payload.as_bytes().to_vec(),
        qos: u64::from(will.qos.number()),
        retain: will.retain,
        removed: false,
    }));
    case.sessions.entry(identity).or_default().unclear |= unclear;
    if let Some(will) = connect.will
        && let Some(mentioned) = &mut case.mentioned
    {
        mentioned.sent(will.topic.as_str());
    }
    if let Some(will) = connect.will.filter(|will| will.retain) {
        case.left_over.retained(will.topic.as_str());
    }
    let lives_on = match connect.version {
        Version::V5 => properties.session_expiry_interval().is_some_and(|seconds| seconds > 0),
        Version::V3_1 | Version::V3_1_1 => !connect.clean_start,
    };
    if lives_on {
        keep_session(case, who);
    }
}

fn note_publish(case: &mut Case, who: &Name, publish: &Publish<'_>) {
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "bytes are sent only on known connections");
        return;
    };
    let alias = publish.properties.topic_alias().map(|alias| alias.number());
    let written = publish.topic.map(|topic| topic.as_str().to_owned());
    if let (Some(alias), Some(topic)) = (alias, &written) {
        connection.own_aliases.insert(alias, topic.clone());
    }
    let topic = written.or_else(|| alias.and_then(|alias| connection.own_aliases.get(&alias).cloned()));
    connection.last_at_qos_0 = publish.delivery.qos() == QoS::AtMostOnce;
    if let Some(packet_id) = publish.delivery.packet_id() {
        connection.in_flight.insert(packet_id.number());
    }
    if let Some(topic) = topic {
        let (at, by) = (case.number(), identity_of(case, who));
        case.traffic.published.push(Published {
            at,
            by,
            topic: topic.clone(),
            payload: publish.payload.to_vec(),
            qos: u64::from(publish.delivery.qos().number()),
            dup: publish.delivery.dup(),
            retain: publish.retain,
            expires: publish.properties.message_expiry_interval().is_some(),
        });
        if publish.retain {
            case.left_over.retained(&topic);
        }
        if let Some(mentioned) = &mut case.mentioned {
            mentioned.sent(&topic);
        }
    }
    let answer = match publish.delivery.qos() {
        QoS::AtMostOnce => return,
        QoS::AtLeastOnce => PacketType::Puback,
        QoS::ExactlyOnce => PacketType::Pubrec,
    };
    if let Some(packet_id) = publish.delivery.packet_id() {
        expect_answer(case, who, answer, packet_id.number());
    }
}

fn note_subscribe(case: &mut Case, who: &Name, subscribe: &Subscribe<'_>) {
    let (at, by) = (case.number(), identity_of(case, who));
    for (place, subscription) in subscribe.subscriptions.iter().enumerate() {
        for earlier in case.traffic.subscribed.iter_mut().filter(|earlier| earlier.by == by) {
            earlier.replaced |= earlier.filter == subscription.filter.as_str();
        }
        let options = subscription.options;
        case.traffic.subscribed.push(Subscribed {
            at,
            by: by.clone(),
            filter: subscription.filter.as_str().to_owned(),
            place,
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            retain_handling: options.retain_handling,
            removed: None,
            replaced: false,
        });
    }
}

fn note_refused(case: &mut Case, who: &Name, packet_id: u16, code: ReasonCode) {
    let to = identity_of(case, who);
    let delivered = case.traffic.delivered.iter_mut().rev();
    if let Some(last) = delivered.into_iter().find(|last| last.to == to && last.packet_id == Some(packet_id)) {
        last.refused |= code.is_failure();
    }
}

/// The Client Identifier of a client; empty before its CONNECT.
fn identity_of(case: &Case, who: &Name) -> String {
    case.connections.get(who).and_then(|connection| connection.identity.clone()).unwrap_or_default()
}

/// Records that the Session may outlive this connection.
pub(crate) fn keep_session(case: &mut Case, who: &Name) {
    let node = case.clients.get(who).map_or(1, |client| client.node);
    let identity = case.connections.get(who).and_then(|connection| connection.identity.clone());
    if let Some(identity) = identity.filter(|identity| !identity.starts_with('\0')) {
        case.left_over.session(node, &identity);
    }
}

fn expect_answer(case: &mut Case, who: &Name, answer: PacketType, packet_id: u16) {
    with(case, who, |connection| {
        let outstanding = connection.outstanding.entry((answer, packet_id)).or_default();
        *outstanding = outstanding.saturating_add(1);
    });
}

fn with(case: &mut Case, who: &Name, change: impl FnOnce(&mut Connection)) {
    if let Some(connection) = case.connections.get_mut(who) {
        change(connection);
    }
}

fn delivery_of<'a>(
    case: &'a mut Case,
    who: &Name,
    id: u16,
    qos: QoS,
) -> Option<&'a mut crate::judge::state::session::Delivery> {
    case.session_of(who)?.deliveries.get_mut(&id).filter(|delivery| delivery.qos == qos)
}
