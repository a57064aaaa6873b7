//! Examples for what the Server accepts.

use super::Example;
use mqttspec::conduct::Rule;

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: Rule::MaximumQos,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {maximum_qos: 1}\n> PUBLISH: {topic: t, qos: 2, packet_id: 1}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {maximum_qos: 1}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}",
    },
    Example {
        // what was sent before CONNACK
        rule: Rule::MaximumQos,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< CONNACK: {maximum_qos: 1}",
        keeps: "> CONNECT: {client_id: a}\n> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< CONNACK",
    },
    Example {
        rule: Rule::RetainAvailable,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {retain_available: false}\n> PUBLISH: {topic: t, retain: true}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK\n> PUBLISH: {topic: t, retain: true}",
    },
    Example {
        rule: Rule::MaximumPacketSize,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {maximum_packet_size: 7}\n> PUBLISH: {topic: t, payload: mm}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {maximum_packet_size: 7}\n> PUBLISH: {topic: t, payload: m}",
    },
    Example {
        rule: Rule::WildcardSubscription,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {wildcard_subscription_available: false}\n\
            > SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: t/+}]}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {wildcard_subscription_available: false}\n\
            > SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: t}]}",
    },
    Example {
        rule: Rule::SubscriptionIdentifier,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {subscription_identifier_available: false}\n\
            > SUBSCRIBE: {packet_id: 1, subscription_identifier: 1, subscriptions: [{filter: t}]}",
        keeps: "> SUBSCRIBE: {packet_id: 1, subscription_identifier: 1, subscriptions: [{filter: t}]}",
    },
    Example {
        rule: Rule::SharedSubscription,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {shared_subscription_available: false}\n\
            > SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: $share/g/t}]}",
        keeps: "> SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: $share/g/t}]}",
    },
    Example {
        rule: Rule::ReceiveMaximum,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {receive_maximum: 1}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\n> PUBLISH: {topic: t, qos: 1, packet_id: 2}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {receive_maximum: 1}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            < PUBACK: {packet_id: 1}\n> PUBLISH: {topic: t, qos: 1, packet_id: 2}\n> PUBLISH: {topic: t}",
    },
    Example {
        rule: Rule::ReceiveMaximum,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {receive_maximum: 1}\n> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n\
            < PUBREC: {packet_id: 1}\n> PUBREL: {packet_id: 1}\n> PUBLISH: {topic: t, qos: 1, packet_id: 2}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {receive_maximum: 1}\n> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n\
            < PUBREC: {packet_id: 1, reason_code: unspecified_error}\n> PUBLISH: {topic: t, qos: 1, packet_id: 2}",
    },
    Example {
        rule: Rule::TopicAliasMaximum,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {topic_alias_maximum: 1}\n> PUBLISH: {topic: t, topic_alias: 2}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {topic_alias_maximum: 1}\n> PUBLISH: {topic: t, topic_alias: 1}",
    },
    Example {
        rule: Rule::NoTopicAlias,
        versions: "v5",
        breaks: "> PUBLISH: {topic: t, topic_alias: 1}",
        keeps: "> PUBLISH: {topic: t}",
    },
    Example {
        rule: Rule::UnknownTopicAlias,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {topic_alias_maximum: 1}\n> PUBLISH: {topic_alias: 1}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK: {topic_alias_maximum: 1}\n> PUBLISH: {topic: t, topic_alias: 1}\n\
            > PUBLISH: {topic_alias: 1}",
    },
];
