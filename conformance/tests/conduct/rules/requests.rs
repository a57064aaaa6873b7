//! Examples for PUBLISH, SUBSCRIBE and UNSUBSCRIBE.

use super::Example;
use mqttspec::conduct::Rule;

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: Rule::IdentifierInUse,
        versions: "v3.1.1 v5",
        breaks: "> SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: t}]}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}",
        keeps: "> SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: t}]}\n\
            < SUBACK: {packet_id: 1, reason_codes: [granted_qos_0]}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}",
    },
    Example {
        rule: Rule::IdentifierInUse,
        versions: "v3.1.1 v5",
        breaks: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< PUBREC: {packet_id: 1}\n> PUBREL: {packet_id: 1}\n\
            > UNSUBSCRIBE: {packet_id: 1, filters: [t]}",
        keeps: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< PUBREC: {packet_id: 1}\n> PUBREL: {packet_id: 1}\n\
            < PUBCOMP: {packet_id: 1}\n> UNSUBSCRIBE: {packet_id: 1, filters: [t]}",
    },
    Example {
        rule: Rule::FirstWithDup,
        versions: "v3.1.1 v5",
        breaks: "> PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
        keeps: "> PUBLISH: {topic: t, qos: 1, packet_id: 1}",
    },
    Example {
        // the Session that the PUBLISH was of is gone
        rule: Rule::FirstWithDup,
        versions: "v3.1.1",
        breaks: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
        keeps: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}",
    },
    Example {
        rule: Rule::AgainWithoutDup,
        versions: "v3.1.1",
        breaks: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}",
        keeps: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
    },
    Example {
        rule: Rule::AgainWithoutDup,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, session_expiry_interval: 9}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\ndrop\n\
            > CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}",
        keeps: "> CONNECT: {client_id: a, session_expiry_interval: 9}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\ndrop\n\
            > CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
    },
    Example {
        rule: Rule::AgainOnSameConnection,
        versions: "v5",
        breaks: "> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
        keeps: "> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n< PUBACK: {packet_id: 1}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}",
    },
    Example {
        rule: Rule::AgainAfterPubrec,
        versions: "v3.1.1 v5",
        breaks: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< PUBREC: {packet_id: 1}\n\
            > PUBLISH: {topic: t, qos: 2, packet_id: 1, dup: true}",
        keeps: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< PUBREC: {packet_id: 1}\n> PUBREL: {packet_id: 1}",
    },
    Example {
        rule: Rule::NotSentAgain,
        versions: "v3.1.1",
        breaks: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n> DISCONNECT",
        keeps: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n\
            < PUBREC: {packet_id: 1}\ndrop\n> CONNECT: {client_id: a, clean_start: false}\n\
            < CONNACK: {session_present: true}\n> PUBREL: {packet_id: 1}\n> DISCONNECT",
    },
    Example {
        rule: Rule::NotSentAgain,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, session_expiry_interval: 9}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\ndrop\n> CONNECT: {client_id: a, clean_start: false}\n\
            < CONNACK: {session_present: true}\n> DISCONNECT",
        keeps: "> CONNECT: {client_id: a, session_expiry_interval: 9}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\ndrop\n> CONNECT: {client_id: a}\n< CONNACK\n> DISCONNECT",
    },
    Example {
        rule: Rule::AgainOutOfOrder,
        versions: "v3.1.1",
        breaks: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 2}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}\n> PUBLISH: {topic: t, qos: 1, packet_id: 2, dup: true}",
        keeps: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n> PUBLISH: {topic: t, qos: 1, packet_id: 2}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 2, dup: true}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
    },
    Example {
        rule: Rule::AgainOutOfOrder,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, session_expiry_interval: 9}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 2}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}\n> PUBLISH: {topic: t, qos: 1, packet_id: 2, dup: true}",
        keeps: "> CONNECT: {client_id: a, session_expiry_interval: 9}\n< CONNACK\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 2}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            drop\n> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
            > PUBLISH: {topic: t, qos: 1, packet_id: 2, dup: true}\n> PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}",
    },
    Example {
        rule: Rule::IdentifierInPublish,
        versions: "v5",
        breaks: "> PUBLISH: {topic: t, subscription_identifiers: [1]}",
        keeps: "< PUBLISH: {topic: t, subscription_identifiers: [1]}",
    },
];
