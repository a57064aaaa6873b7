//! Examples for PUBACK, PUBREC, PUBREL and PUBCOMP.

use super::Example;
use mqttspec::conduct::Rule;

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: Rule::PubackOrder,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 1, packet_id: 2}\n< PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            > PUBACK: {packet_id: 1}\n> PUBACK: {packet_id: 2}",
        keeps: "< PUBLISH: {topic: t, qos: 1, packet_id: 2}\n< PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            > PUBACK: {packet_id: 2}\n> PUBACK: {packet_id: 1}",
    },
    Example {
        rule: Rule::PubrecOrder,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 2, packet_id: 2}\n< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n\
            > PUBREC: {packet_id: 1}\n> PUBREC: {packet_id: 2}",
        keeps: "< PUBLISH: {topic: t, qos: 2, packet_id: 2}\n< PUBLISH: {topic: t, qos: 1, packet_id: 1}\n\
            > PUBACK: {packet_id: 1}\n> PUBREC: {packet_id: 2}",
    },
    Example {
        rule: Rule::PubrelOrder,
        versions: "v3.1.1 v5",
        breaks: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBLISH: {topic: t, qos: 2, packet_id: 2}\n\
            < PUBREC: {packet_id: 2}\n< PUBREC: {packet_id: 1}\n> PUBREL: {packet_id: 1}\n> PUBREL: {packet_id: 2}",
        keeps: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBLISH: {topic: t, qos: 2, packet_id: 2}\n\
            < PUBREC: {packet_id: 2}\n< PUBREC: {packet_id: 1}\n> PUBREL: {packet_id: 2}\n> PUBREL: {packet_id: 1}",
    },
    Example {
        rule: Rule::AnswersNothing,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 1, packet_id: 1}\n> PUBACK: {packet_id: 1}\n> PUBACK: {packet_id: 1}",
        // a repeat gets an answer of its own
        keeps: "< PUBLISH: {topic: t, qos: 1, packet_id: 1}\n> PUBACK: {packet_id: 1}\n\
            < PUBLISH: {topic: t, qos: 1, packet_id: 1, dup: true}\n> PUBACK: {packet_id: 1}",
    },
    Example {
        rule: Rule::AnswersNothing,
        versions: "v3.1.1 v5",
        breaks: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBREL: {packet_id: 1}",
        // a PUBREC out of the blue may be answered
        keeps: "< PUBREC: {packet_id: 9}\n> PUBREL: {packet_id: 9}",
    },
    Example {
        rule: Rule::AnswersNothing,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBREC: {packet_id: 1}\n> PUBCOMP: {packet_id: 1}",
        keeps: "< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBREC: {packet_id: 1}\n< PUBREL: {packet_id: 1}\n\
            > PUBCOMP: {packet_id: 1}",
    },
    Example {
        rule: Rule::WrongAnswer,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBACK: {packet_id: 1}",
        keeps: "< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBREC: {packet_id: 1}",
    },
    Example {
        rule: Rule::AnswerDue,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 1, packet_id: 1}\n> DISCONNECT",
        keeps: "< PUBLISH: {topic: t, qos: 1, packet_id: 1}\ndrop",
    },
    Example {
        rule: Rule::PubrelDue,
        versions: "v3.1.1 v5",
        breaks: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< PUBREC: {packet_id: 1}\n> DISCONNECT",
        keeps: "> PUBLISH: {topic: t, qos: 2, packet_id: 1}\n< PUBREC: {packet_id: 1}\n< PUBREC: {packet_id: 1}\n\
            > PUBREL: {packet_id: 1}\n> DISCONNECT",
    },
    Example {
        rule: Rule::PubcompDue,
        versions: "v3.1.1 v5",
        breaks: "< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBREC: {packet_id: 1}\n< PUBREL: {packet_id: 1}\n\
            > DISCONNECT",
        keeps: "< PUBLISH: {topic: t, qos: 2, packet_id: 1}\n> PUBREC: {packet_id: 1}\n> DISCONNECT",
    },
];
