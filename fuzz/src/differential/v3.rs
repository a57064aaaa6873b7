//! Our packets of 3.1.1 as rmqtt-codec has them.

use mqttspec_codec::{Connect, Packet, Publish, QoS, ReasonCode, TopicName};
use rmqtt_codec::{
    types,
    v3::{self, SubscribeReturnCode},
};

use super::v5::{id, qos, text};

/// `None` where it has no such packet or no such value.
pub(super) fn theirs(packet: &Packet<'_>) -> Option<v3::Packet> {
    Some(match packet {
        Packet::Connect(packet) => v3::Packet::Connect(Box::new(connect(packet))),
        Packet::Connack(packet) => v3::Packet::ConnectAck(v3::ConnectAck {
            return_code: packet.reason_code.return_code()?.try_into().ok()?,
            session_present: packet.session_present,
        }),
        Packet::Publish(packet) => v3::Packet::Publish(Box::new(publish(packet))),
        Packet::Puback(packet) => v3::Packet::PublishAck { packet_id: id(packet.packet_id) },
        Packet::Pubrec(packet) => v3::Packet::PublishReceived { packet_id: id(packet.packet_id) },
        Packet::Pubrel(packet) => v3::Packet::PublishRelease { packet_id: id(packet.packet_id) },
        Packet::Pubcomp(packet) => v3::Packet::PublishComplete { packet_id: id(packet.packet_id) },
        Packet::Subscribe(packet) => v3::Packet::Subscribe {
            packet_id: id(packet.packet_id),
            topic_filters: packet
                .subscriptions
                .iter()
                .map(|subscription| (subscription.filter.as_str().into(), qos(subscription.options.qos)))
                .collect(),
        },
        Packet::Suback(packet) => v3::Packet::SubscribeAck {
            packet_id: id(packet.packet_id),
            status: packet.reason_codes.iter().map(granted).collect(),
        },
        Packet::Unsubscribe(packet) => v3::Packet::Unsubscribe {
            packet_id: id(packet.packet_id),
            topic_filters: packet.filters.iter().map(|filter| filter.as_str().into()).collect(),
        },
        Packet::Unsuback(packet) => v3::Packet::UnsubscribeAck { packet_id: id(packet.packet_id) },
        Packet::Pingreq(_) => v3::Packet::PingRequest,
        Packet::Pingresp(_) => v3::Packet::PingResponse,
        Packet::Disconnect(_) => v3::Packet::Disconnect,
        Packet::Auth(_) => return None,
    })
}

fn connect(packet: &Connect<'_>) -> v3::Connect {
    v3::Connect {
        protocol: types::Protocol(packet.version.level()),
        clean_session: packet.clean_start,
        keep_alive: packet.keep_alive,
        last_will: packet.will.as_ref().map(|will| v3::LastWill {
            qos: qos(will.qos),
            retain: will.retain,
            topic: will.topic.as_str().into(),
            message: will.payload.as_bytes().to_vec().into(),
        }),
        client_id: text(packet.client_id),
        username: packet.user_name.map(text),
        password: packet.password.map(|password| password.as_bytes().to_vec().into()),
        cert: None,
    }
}

/// PUBLISH without properties: both versions share it.
pub(super) fn publish(packet: &Publish<'_>) -> types::Publish {
    types::Publish {
        dup: packet.delivery.dup(),
        retain: packet.retain,
        qos: qos(packet.delivery.qos()),
        topic: packet.topic.map_or("", TopicName::as_str).into(),
        packet_id: packet.delivery.packet_id().map(id),
        payload: packet.payload.to_vec().into(),
        properties: None,
    }
}

fn granted(code: ReasonCode) -> SubscribeReturnCode {
    QoS::from_number(code.number())
        .map_or(SubscribeReturnCode::Failure, |granted| SubscribeReturnCode::Success(qos(granted)))
}
