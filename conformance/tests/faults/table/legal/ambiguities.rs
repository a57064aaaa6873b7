//! What MQTT 3.1.1 and 5.0 leave open, and how the tests know that the suite accepts each choice.

/// How the choices of an ambiguity are covered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Covered {
    /// By the reference broker, which makes one choice, and these stand-ins, which make the others.
    By(&'static [&'static str]),
    /// By no stand-in, and why.
    Not(&'static str),
}

use Covered::{By, Not};

/// The ambiguities: the sections, what is left open, and the stand-ins.
pub(crate) const AMBIGUITIES: &[(&str, &str, Covered)] = &[
    ("v5 3.3.4, v3.1.1 3.3.5", "overlapping subscriptions: one copy or one for each", By(&["a-copy-for-each"])),
    (
        "v5 3.3.1.3, v3.1.1 3.8.4",
        "retained messages before or after SUBACK, once or for each subscription",
        By(&["retained-before-suback", "retained-late", "retained-looked-up-twice", "a-copy-for-each"]),
    ),
    (
        "v5 4.6, v3.1.1 4.6",
        "order across topics and QoS levels, and of acknowledgements to a publisher",
        By(&["mixes-topics", "mixes-qos", "acknowledges-in-any-order"]),
    ),
    ("v5 3.8.3.1, v3.1.1 4.5", "delivery to the publisher itself", Not("it is required; only a switch suppresses it")),
    ("v5 3.8.4, v3.1.1 3.8.4", "a lower grant than asked for", By(&["qos-0-only", "qos-1-at-most"])),
    ("v5 3.3.1.3, v3.1.1 3.3.1.3", "a retained message of QoS 0 kept or discarded", By(&["retains-no-qos-0"])),
    ("v5 4.1, v3.1.1 3.1.2.4", "QoS 0 kept for an absent Client or not", By(&["keeps-qos-0"])),
    ("v5 4.3.3, v3.1.1 4.3.3", "a QoS 2 message handed on at PUBLISH or at PUBREL", By(&["delivers-on-pubrel"])),
    ("v5 3.8.4, v3.1.1 3.8.4", "two copies from QoS 1 to a grant of QoS 0", By(&["qos-1-to-0-twice"])),
    (
        "v5 4.4, v3.1.1 4.4",
        "sending again on a live connection before v5",
        By(&["repeats-before-v5", "pubrel-repeated", "pubrel-repeated-later"]),
    ),
    (
        "v5 3.3.1.1, v3.1.1 3.3.1.1",
        "a QoS 2 PUBLISH repeated on one connection; no case sends DUP at QoS 0",
        By(&["repeated-qos-2-in-use", "repeated-qos-2-closed"]),
    ),
    ("v5 3.3.2.3.3", "the Message Expiry Interval, to the second", By(&["counts-a-second-more"])),
    ("v3.1.1 3.10.4", "messages after UNSUBACK that were under way", By(&["unsubscribes-late", "delivers-late"])),
    (
        "v5 3.8.4, v3.1.1 3.8.4",
        "one filter twice in a SUBSCRIBE",
        Not("the last is in force; the case accepts any copy"),
    ),
    (
        "v5 3.1.4, v3.1.1 3.1.4",
        "an error in CONNECT: a CONNACK or a bare close",
        By(&["refuses-without-a-word", "closes-without-a-word"]),
    ),
    (
        "v5 3.1.2.2, v3.1.1 3.1.2.2",
        "the answer to an unknown Protocol Level",
        By(&["unknown-level-closed", "unknown-level-in-v5"]),
    ),
    ("v5 3.1.3.1, v3.1.1 3.1.3.1", "an empty Client Identifier", By(&["assigns-no-identifier", "plain-identifiers"])),
    ("v5 3.1.3.1, v3.1.1 3.1.3.1", "Client Identifiers beyond what must be allowed", By(&["plain-identifiers"])),
    (
        "v5 3.1.4, v3.1.1 3.1.4",
        "the code for wrong credentials",
        By(&["refuses-with-another-code", "refuses-without-a-word"]),
    ),
    (
        "v5 3.1.4, v3.1.1 3.1.4",
        "take-over: the order of CONNACK and the old end, and the DISCONNECT",
        By(&["closes-after-a-moment", "notices-errors-late", "closes-without-a-word"]),
    ),
    (
        "v5 3.1.2.11.2, v3.1.1 3.1.2.4",
        "how long a Session is kept",
        By(&["sessions-end-by-a-timer", "sessions-end-by-a-slow-timer", "short-sessions", "keeps-no-sessions"]),
    ),
    (
        "v5 3.1.2.10, v3.1.1 3.1.2.10",
        "a connection ended before its Keep Alive, or with Keep Alive 0",
        By(&["ends-silence", "imposes-keep-alive-on-0", "refuses-keep-alive-0", "server-keep-alive-5"]),
    ),
    ("v5 3.1.2.5, v3.1.1 3.1.2.5", "when a Will Message is published", By(&["wills-late", "delivers-late"])),
    (
        "v5 3.1.2.5, 3.1.3.2.2",
        "a Clean Start before the Will Delay has passed",
        By(&["clean-start-drops-delayed-will"]),
    ),
    ("v5 3.1.4, v3.1.1 3.1.4", "how long to wait for CONNECT", By(&["waits-a-little-for-connect"])),
    ("v5 3.1.4, v3.1.1 3.1.4", "packets right behind CONNECT", By(&["thinks-about-connect"])),
    ("v5 4.13", "Malformed Packet, Protocol Error or another failure", By(&["confuses-errors", "unspecific"])),
    ("v5 4.13", "an end without DISCONNECT", By(&["closes-without-a-word"])),
    (
        "v5 4.7.1, v3.1.1 4.7.1",
        "an invalid Topic Filter: refused in SUBACK or closed",
        By(&["refuses-invalid-filters", "closes-on-invalid-filters"]),
    ),
    ("v5 3.3.2.1", "a PUBLISH with wildcards in its topic", By(&["wildcard-topics-ignored"])),
    (
        "v5 3.4.2.1, v3.1.1 3.3.5",
        "a PUBLISH that is not authorized",
        Not("the reference broker refuses it, before v5 silently; the cases accept an end of the connection too"),
    ),
    ("v5 2.2.1", "Packet Identifier 0, or one in use", By(&["zero-identifier-ignored", "repeated-qos-2-in-use"])),
    (
        "v5 4.13.2, v3.1.1 4.3.3",
        "acknowledgements for nothing",
        By(&[
            "unknown-acknowledgement-closed",
            "unknown-pubrec-ignored",
            "unknown-identifier-taken",
            "unknown-pubrel-closed",
        ]),
    ),
    ("v5 2.1.2, v3.1.1 2.2.1", "the code for a packet that only a Server sends", By(&["confuses-errors"])),
    ("v5 2.1.4, v3.1.1 2.2.3", "bytes behind the last field", By(&["pings-with-payload-taken"])),
    ("v5 1.5.4, v3.1.1 1.5.3", "control characters in a string", By(&["control-characters-closed"])),
    ("v5 3.3.2.3.2", "a payload that is not the UTF-8 it claims to be", By(&["checks-payloads"])),
    (
        "v5 3.3.2.3.5",
        "wildcards in a Response Topic",
        By(&["wildcard-topics-ignored", "response-topics-not-looked-at"]),
    ),
    ("v5 3.14.2.1", "a DISCONNECT with a code that only a Server sends", Not("no case sends one")),
    ("v5 3.4.2.1", "No Matching Subscribers said or not", By(&["nobody-listens-unsaid"])),
    ("v5 3.3.2.3.4", "Topic Aliases", By(&["no-topic-aliases", "one-topic-alias", "sets-no-aliases"])),
    (
        "v5 3.8.4",
        "the Subscription Identifiers of a message that is sent again",
        Not("no case changes an identifier while a message is unacknowledged"),
    ),
    (
        "v5 4.9",
        "fewer messages in flight than the Receive Maximum allows",
        By(&["one-in-flight", "two-in-flight", "receive-maximum-1"]),
    ),
    (
        "v5 4.8.2",
        "which member of a Shared Subscription gets a message",
        Not("the reference broker takes turns; the cases accept any member"),
    ),
    (
        "v5 3.2.2.3",
        "features that are not offered",
        By(&["retains-nothing", "no-wildcards", "no-subscription-identifiers", "shares-nothing"]),
    ),
    ("v5 4.12", "enhanced authentication refused by a code or a close", By(&["refuses-without-a-word", "unspecific"])),
    (
        "v5 4.7.2, v3.1.1 4.7.2",
        "topics that begin with $",
        By(&["dollar-refused", "dollar-dropped", "dollar-closed", "floods-sys"]),
    ),
    ("v5 3.2.2.3.6", "the Server's Maximum Packet Size", By(&["packets-of-200-bytes"])),
    ("v5 6, v3.1.1 6", "the WebSocket handshake and frames", Not("a broker in memory has no frames")),
];
