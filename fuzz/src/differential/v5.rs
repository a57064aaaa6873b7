//! Our packets of 5.0 as rmqtt-codec has them.

use std::num::{NonZeroU16, NonZeroU32};

use mqttspec_codec::{
    Auth, BinaryData, Connack, Connect, Disconnect, Packet, PacketIdentifier, Properties, Property, Publish, QoS,
    ReasonCode, Subscribe, SubscriptionIdentifier, TopicName, Utf8String, Will,
};
use rmqtt_codec::{types, v5};

/// `None` where it has no such value.
pub(super) fn theirs(packet: &Packet<'_>) -> Option<v5::Packet> {
    // PUBACK and PUBREC, PUBREL and PUBCOMP, SUBACK and UNSUBACK are alike
    macro_rules! acknowledgement {
        ($theirs:ident $packet:ident) => {
            v5::$theirs {
                packet_id: id($packet.packet_id),
                reason_code: code($packet.reason_code)?,
                properties: user_properties(&$packet.properties),
                reason_string: $packet.properties.reason_string().map(text),
            }
        };
    }
    macro_rules! codes {
        ($theirs:ident $packet:ident) => {
            v5::$theirs {
                packet_id: id($packet.packet_id),
                properties: user_properties(&$packet.properties),
                reason_string: $packet.properties.reason_string().map(text),
                status: $packet.reason_codes.iter().map(code).collect::<Option<_>>()?,
            }
        };
    }
    Some(match packet {
        Packet::Connect(packet) => v5::Packet::Connect(Box::new(connect(packet))),
        Packet::Connack(packet) => v5::Packet::ConnectAck(Box::new(connack(packet)?)),
        Packet::Publish(packet) => v5::Packet::Publish(Box::new(publish(packet)?)),
        Packet::Puback(packet) => v5::Packet::PublishAck(acknowledgement!(PublishAck packet)),
        Packet::Pubrec(packet) => v5::Packet::PublishReceived(acknowledgement!(PublishAck packet)),
        Packet::Pubrel(packet) => v5::Packet::PublishRelease(acknowledgement!(PublishAck2 packet)),
        Packet::Pubcomp(packet) => v5::Packet::PublishComplete(acknowledgement!(PublishAck2 packet)),
        Packet::Subscribe(packet) => v5::Packet::Subscribe(subscribe(packet)?),
        Packet::Suback(packet) => v5::Packet::SubscribeAck(codes!(SubscribeAck packet)),
        Packet::Unsubscribe(packet) => v5::Packet::Unsubscribe(v5::Unsubscribe {
            packet_id: id(packet.packet_id),
            user_properties: user_properties(&packet.properties),
            topic_filters: packet.filters.iter().map(|filter| filter.as_str().into()).collect(),
        }),
        Packet::Unsuback(packet) => v5::Packet::UnsubscribeAck(codes!(UnsubscribeAck packet)),
        Packet::Pingreq(_) => v5::Packet::PingRequest,
        Packet::Pingresp(_) => v5::Packet::PingResponse,
        Packet::Disconnect(packet) => v5::Packet::Disconnect(disconnect(packet)?),
        Packet::Auth(packet) => v5::Packet::Auth(auth(packet)?),
    })
}

fn connect(packet: &Connect<'_>) -> v5::Connect {
    let properties = &packet.properties;
    v5::Connect {
        clean_start: packet.clean_start,
        keep_alive: packet.keep_alive,
        session_expiry_interval_secs: properties.session_expiry_interval().unwrap_or(0),
        auth_method: properties.authentication_method().map(text),
        auth_data: properties.authentication_data().map(bytes),
        request_problem_info: properties.request_problem_information().unwrap_or(true),
        request_response_info: properties.request_response_information().unwrap_or(false),
        receive_max: properties.receive_maximum(),
        topic_alias_max: properties.topic_alias_maximum().unwrap_or(0),
        user_properties: user_properties(properties),
        max_packet_size: properties.maximum_packet_size(),
        last_will: packet.will.as_ref().map(will),
        client_id: text(packet.client_id),
        username: packet.user_name.map(text),
        password: packet.password.map(bytes),
        cert: None,
    }
}

fn will(will: &Will<'_>) -> v5::LastWill {
    let properties = &will.properties;
    v5::LastWill {
        qos: qos(will.qos),
        retain: will.retain,
        topic: will.topic.as_str().into(),
        message: bytes(will.payload),
        will_delay_interval_sec: properties.will_delay_interval(),
        correlation_data: properties.correlation_data().map(bytes),
        message_expiry_interval: properties.message_expiry_interval().and_then(NonZeroU32::new),
        content_type: properties.content_type().map(text),
        user_properties: user_properties(properties),
        is_utf8_payload: properties.payload_format_indicator().map(|format| format == 1),
        response_topic: properties.response_topic().map(topic),
    }
}

fn connack(packet: &Connack<'_>) -> Option<v5::ConnectAck> {
    let properties = &packet.properties;
    Some(v5::ConnectAck {
        session_present: packet.session_present,
        reason_code: code(packet.reason_code)?,
        session_expiry_interval_secs: properties.session_expiry_interval(),
        receive_max: properties.receive_maximum().unwrap_or(NonZeroU16::MAX),
        max_qos: properties.maximum_qos().map_or(types::QoS::ExactlyOnce, qos),
        max_packet_size: properties.maximum_packet_size().map(Into::into),
        assigned_client_id: properties.assigned_client_identifier().map(text),
        topic_alias_max: properties.topic_alias_maximum().unwrap_or(0),
        retain_available: properties.retain_available().unwrap_or(true),
        wildcard_subscription_available: properties.wildcard_subscription_available().unwrap_or(true),
        subscription_identifiers_available: properties.subscription_identifier_available().unwrap_or(true),
        shared_subscription_available: properties.shared_subscription_available().unwrap_or(true),
        server_keepalive_sec: properties.server_keep_alive(),
        response_info: properties.response_information().map(text),
        server_reference: properties.server_reference().map(text),
        auth_method: properties.authentication_method().map(text),
        auth_data: properties.authentication_data().map(bytes),
        reason_string: properties.reason_string().map(text),
        user_properties: user_properties(properties),
    })
}

fn publish(packet: &Publish<'_>) -> Option<types::Publish> {
    let properties = &packet.properties;
    let subscription_ids = properties.iter().filter_map(|property| match property {
        Property::SubscriptionIdentifier(identifier) => Some(identifier.number().try_into().ok()),
        _ => None,
    });
    let properties = v5::PublishProperties {
        topic_alias: properties.topic_alias().map(|alias| alias.number().try_into()).transpose().ok()?,
        correlation_data: properties.correlation_data().map(bytes),
        message_expiry_interval: properties.message_expiry_interval().and_then(NonZeroU32::new),
        content_type: properties.content_type().map(text),
        user_properties: user_properties(properties),
        is_utf8_payload: properties.payload_format_indicator() == Some(1),
        response_topic: properties.response_topic().map(topic),
        subscription_ids: subscription_ids.collect::<Option<_>>()?,
    };
    Some(types::Publish { properties: Some(properties), ..super::v3::publish(packet) })
}

fn subscribe(packet: &Subscribe<'_>) -> Option<v5::Subscribe> {
    let identifier = packet.properties.subscription_identifier().map(SubscriptionIdentifier::number);
    let topic_filters = packet.subscriptions.iter().map(|subscription| {
        let options = subscription.options;
        let options = v5::SubscriptionOptions {
            qos: qos(options.qos),
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            retain_handling: (options.retain_handling as u8).try_into().ok()?,
        };
        Some((subscription.filter.as_str().into(), options))
    });
    Some(v5::Subscribe {
        packet_id: id(packet.packet_id),
        id: identifier.map(TryInto::try_into).transpose().ok()?,
        user_properties: user_properties(&packet.properties),
        topic_filters: topic_filters.collect::<Option<_>>()?,
    })
}

fn disconnect(packet: &Disconnect<'_>) -> Option<v5::Disconnect> {
    let properties = &packet.properties;
    Some(v5::Disconnect {
        reason_code: code(packet.reason_code)?,
        session_expiry_interval_secs: properties.session_expiry_interval(),
        server_reference: properties.server_reference().map(text),
        reason_string: properties.reason_string().map(text),
        user_properties: user_properties(properties),
    })
}

fn auth(packet: &Auth<'_>) -> Option<v5::Auth> {
    let properties = &packet.properties;
    Some(v5::Auth {
        reason_code: code(packet.reason_code)?,
        auth_method: properties.authentication_method().map(text),
        auth_data: properties.authentication_data().map(bytes),
        reason_string: properties.reason_string().map(text),
        user_properties: user_properties(properties),
    })
}

fn user_properties(properties: &Properties<'_>) -> v5::UserProperties {
    let pairs = properties.iter().filter_map(|property| match property {
        Property::UserProperty(pair) => Some((text(pair.name), text(pair.value))),
        _ => None,
    });
    pairs.collect()
}

fn code<T: TryFrom<u8>>(code: ReasonCode) -> Option<T> {
    code.number().try_into().ok()
}

pub(super) fn id(packet_id: PacketIdentifier) -> NonZeroU16 {
    NonZeroU16::new(packet_id.number()).unwrap_or(NonZeroU16::MIN)
}

pub(super) fn qos(qos: QoS) -> types::QoS {
    match qos {
        QoS::AtMostOnce => types::QoS::AtMostOnce,
        QoS::AtLeastOnce => types::QoS::AtLeastOnce,
        QoS::ExactlyOnce => types::QoS::ExactlyOnce,
    }
}

pub(super) fn text<T: for<'t> From<&'t str>>(text: Utf8String<'_>) -> T {
    text.as_str().into()
}

fn topic<T: for<'t> From<&'t str>>(topic: TopicName<'_>) -> T {
    topic.as_str().into()
}

pub(super) fn bytes<T: From<Vec<u8>>>(data: BinaryData<'_>) -> T {
    data.as_bytes().to_vec().into()
}
