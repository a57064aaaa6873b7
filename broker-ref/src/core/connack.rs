//! CONNACK: what the broker announces (v5 section 3.2.2.3), and refusals.

use std::num::NonZeroU16;

use mqttspec_codec::{Connack, Packet, Properties, Property, QoS, ReasonCode, Utf8String, Version};

use super::{
    broker::{Broker, ConnectionId, Release},
    config::Config,
};

/// What only this connection's CONNACK says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Welcome<'a> {
    pub(super) session_present: bool,
    /// In seconds, where it is not what the Client asked for.
    pub(super) session_expiry_interval: Option<u32>,
    pub(super) assigned_client_id: Option<&'a str>,
}

impl Broker {
    /// Accepts a CONNECT; false if the Client cannot take the CONNACK.
    pub(super) fn welcome(&mut self, to: ConnectionId, version: Version, welcome: Welcome<'_>) -> bool {
        let properties = match version.has_properties() {
            true => announcements(&self.config, welcome),
            false => Vec::new(),
        };
        let connack = Connack {
            session_present: welcome.session_present,
            // v5 [MQTT-3.1.4-5], v3.1.1 [MQTT-3.1.4-4]
            reason_code: ReasonCode::Success,
            properties: Properties::from(properties.as_slice()),
        };
        self.connections.send(to, &Packet::from(connack), Release::AfterPersist)
    }

    /// Refuses a CONNECT: with a CONNACK where the version has a code for the reason, and closes.
    pub(super) fn refuse(&mut self, to: ConnectionId, version: Version, reason_code: ReasonCode, reason: Option<&str>) {
        let reason = reason.and_then(|text| Utf8String::new(text).ok()).map(Property::ReasonString);
        // v5 [MQTT-3.2.2-6], v3.1.1 [MQTT-3.2.2-4]
        let connack = Connack { session_present: false, reason_code, properties: Properties::from(reason.as_slice()) };
        // v3.1.1 [MQTT-3.2.2-6]: a code that v3.1.1 has not cannot be encoded, so nothing is sent
        self.connections.send_as(to, &Packet::from(connack), version, u32::MAX, Release::Now);
        // v5 [MQTT-3.2.2-7], v3.1.1 [MQTT-3.2.2-5]
        self.connections.close(to);
    }
}

fn announcements<'a>(config: &Config, welcome: Welcome<'a>) -> Vec<Property<'a>> {
    let assigned = welcome.assigned_client_id.and_then(|client_id| Utf8String::new(client_id).ok());
    let unavailable = |available: bool, property: fn(bool) -> Property<'a>| (!available).then(|| property(false));
    let all = [
        welcome.session_expiry_interval.map(Property::SessionExpiryInterval),
        (config.receive_maximum != NonZeroU16::MAX).then_some(Property::ReceiveMaximum(config.receive_maximum)),
        // v5 [MQTT-3.2.2-9]
        (config.maximum_qos != QoS::ExactlyOnce).then_some(Property::MaximumQos(config.maximum_qos)),
        unavailable(config.retain_available, Property::RetainAvailable),
        (config.maximum_packet_size < Config::NO_MAXIMUM_PACKET_SIZE)
            .then_some(Property::MaximumPacketSize(config.maximum_packet_size)),
        // v5 [MQTT-3.2.2-16]
        assigned.map(Property::AssignedClientIdentifier),
        (config.topic_alias_maximum > 0).then_some(Property::TopicAliasMaximum(config.topic_alias_maximum)),
        unavailable(config.wildcard_subscription_available, Property::WildcardSubscriptionAvailable),
        unavailable(config.subscription_identifier_available, Property::SubscriptionIdentifierAvailable),
        unavailable(config.shared_subscription_available, Property::SharedSubscriptionAvailable),
        config.server_keep_alive.map(Property::ServerKeepAlive),
    ];
    all.into_iter().flatten().collect()
}
