//! What the Server accepts, as its CONNACK says (v5 section 3.2.2.3), and what of a packet is compared with it.

use std::num::{NonZeroU16, NonZeroU32};

use mqttspec_codec::{Connack, Packet, QoS};

use super::Rule;

/// What a Server accepts. The default is what a CONNACK without properties means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many deliveries may be unacknowledged.
    pub receive_maximum: u16,
    /// The highest QoS of a PUBLISH or Will.
    pub maximum_qos: QoS,
    /// Whether RETAIN may be set.
    pub retain_available: bool,
    /// In bytes; `None` if there is no limit.
    pub maximum_packet_size: Option<u32>,
    /// The highest Topic Alias; 0 if there are none.
    pub topic_alias_maximum: u16,
    /// Whether Topic Filters may have wildcards.
    pub wildcard_subscription_available: bool,
    /// Whether SUBSCRIBE may have a Subscription Identifier.
    pub subscription_identifier_available: bool,
    /// Whether subscriptions may be shared.
    pub shared_subscription_available: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            receive_maximum: u16::MAX,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            maximum_packet_size: None,
            topic_alias_maximum: 0,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
        }
    }
}

impl Limits {
    /// What a CONNACK announces.
    #[must_use]
    pub fn of(connack: &Connack<'_>) -> Self {
        let (said, default) = (&connack.properties, Self::default());
        Self {
            receive_maximum: said.receive_maximum().map_or(default.receive_maximum, NonZeroU16::get),
            maximum_qos: said.maximum_qos().unwrap_or(default.maximum_qos),
            retain_available: said.retain_available().unwrap_or(true),
            maximum_packet_size: said.maximum_packet_size().map(NonZeroU32::get),
            topic_alias_maximum: said.topic_alias_maximum().unwrap_or_default(),
            wildcard_subscription_available: said.wildcard_subscription_available().unwrap_or(true),
            subscription_identifier_available: said.subscription_identifier_available().unwrap_or(true),
            shared_subscription_available: said.shared_subscription_available().unwrap_or(true),
        }
    }
}

/// What a packet demands of the Server.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    name: &'static str,
    len: usize,
    qos: QoS,
    retain: bool,
    topic_alias: u16,
    wildcard: bool,
    subscription_identifier: bool,
    shared: bool,
}

impl Demand {
    /// `len` is the length of the whole packet in bytes.
    pub(super) fn of(packet: &Packet<'_>, len: usize) -> Self {
        let mut demand = Self {
            name: packet.packet_type().name(),
            len,
            qos: QoS::AtMostOnce,
            retain: false,
            topic_alias: 0,
            wildcard: false,
            subscription_identifier: false,
            shared: false,
        };
        match packet {
            Packet::Publish(publish) => {
                demand.qos = publish.delivery.qos();
                demand.retain = publish.retain;
                demand.topic_alias = publish.properties.topic_alias().map_or(0, |alias| alias.number());
            }
            Packet::Subscribe(subscribe) => {
                demand.subscription_identifier = subscribe.properties.subscription_identifier().is_some();
                for subscription in subscribe.subscriptions.iter() {
                    demand.wildcard |= subscription.filter.as_str().contains(['#', '+']);
                    demand.shared |= subscription.filter.shared().is_some();
                }
            }
            _ => {}
        }
        demand
    }

    /// The limits that it exceeds, each with what is wrong.
    pub(super) fn beyond(&self, limits: &Limits) -> Vec<(Rule, String)> {
        let Self { name, len, topic_alias, .. } = self;
        let mut beyond = Vec::new();
        if let Some(most) = limits.maximum_packet_size
            && u32::try_from(*len).is_ok_and(|len| len > most)
        {
            let what = format!("{name} of {len} bytes to a Server whose Maximum Packet Size is {most}");
            beyond.push((Rule::MaximumPacketSize, what));
        }
        if self.qos > limits.maximum_qos {
            let (qos, most) = (self.qos.number(), limits.maximum_qos.number());
            beyond.push((Rule::MaximumQos, format!("{name} with QoS {qos} to a Server whose Maximum QoS is {most}")));
        }
        if self.retain && !limits.retain_available {
            beyond.push((Rule::RetainAvailable, format!("{name} with RETAIN to a Server without retained messages")));
        }
        match limits.topic_alias_maximum {
            most if *topic_alias <= most => {}
            0 => {
                let what = format!("{name} with Topic Alias {topic_alias} to a Server that accepts none");
                beyond.push((Rule::NoTopicAlias, what));
            }
            most => {
                let what = format!("{name} with Topic Alias {topic_alias} to a Server whose maximum is {most}");
                beyond.push((Rule::TopicAliasMaximum, what));
            }
        }
        let features = [
            (self.wildcard && !limits.wildcard_subscription_available, Rule::WildcardSubscription, "wildcards"),
            (
                self.subscription_identifier && !limits.subscription_identifier_available,
                Rule::SubscriptionIdentifier,
                "Subscription Identifiers",
            ),
            (self.shared && !limits.shared_subscription_available, Rule::SharedSubscription, "shared subscriptions"),
        ];
        for (_, rule, feature) in features.into_iter().filter(|(is_beyond, ..)| *is_beyond) {
            beyond.push((rule, format!("{name} with {feature} to a Server that has none")));
        }
        beyond
    }
}
