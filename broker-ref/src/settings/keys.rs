//! The table of settings.

use super::{
    form::{
        Form::{self, Count, Flag, OneOf, Or, Size, Text, Texts, Time},
        TimeUnit::{Milliseconds, Seconds},
        Value,
    },
    key::{Key, assign, keys, value_of},
};

/// The groups of keys, and the comment above each in a settings file.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("tls", "The certificate for listeners under TLS (wss:// and mqtts://)."),
    ("offer", "Features. CONNACK announces what differs from the standard's defaults."),
    ("limits", "Resource limits. Everything that a peer can make grow has one."),
];

keys! {
    /// Where to listen: ws://host:port/path or mqtt://host:port, under TLS wss:// or mqtts://. Port 0 takes a free one,
    /// which is printed.
    "listen" settings.listen: Texts;
    /// Folder in which Sessions, queued and retained messages are kept: they survive a restart and a crash. Without it
    /// everything is kept in memory.
    "data" settings.data: Or("", Value::Absent, &Text);
    /// File of users, which `mqttspec broker passwd` writes. Without it every client may do everything.
    "users" settings.users: Or("", Value::Absent, &Text);
    /// Where metrics (/metrics, in the form of OpenMetrics) and health (/health) are served over HTTP to everybody who
    /// reaches it, such as http://127.0.0.1:9090. Without it nowhere.
    "metrics" settings.metrics: Or("", Value::Absent, &Text);
    /// What is logged on standard error: auto is info on a terminal and warn elsewhere. -v, -q and MQTTSPEC_LOG override
    /// it.
    "log" settings.log: OneOf(&["auto", "error", "warn", "info", "debug", "trace"]);

    /// File with the certificate chain, the broker's own certificate first (PEM).
    "tls.certificate" settings.tls.certificate: Or("", Value::Absent, &Text);
    /// File with the key of the certificate, without a password (PEM).
    "tls.key" settings.tls.key: Or("", Value::Absent, &Text);

    /// Incomplete QoS 2 messages that a v5 Client may have (v5 section 3.2.2.3.3).
    "offer.receive_maximum" settings.core.receive_maximum: Count(1, 65_535);
    /// Highest Topic Alias that a v5 Client may set; 0 allows none (v5 section 3.2.2.3.8).
    "offer.topic_alias_maximum" settings.core.topic_alias_maximum: Count(0, 65_535);
    /// Topic Aliases that the broker sets for one connection, if its Client allows that many (v5 section 3.1.2.11.5).
    "offer.outgoing_topic_aliases" settings.core.outgoing_topic_aliases: Count(0, 65_535);
    /// Largest packet accepted, with its fixed header (v5 section 3.2.2.3.6). The highest value is the limit of
    /// the standard.
    "offer.maximum_packet_size" settings.core.maximum_packet_size: Size(16, 268_435_460);
    /// Highest QoS accepted and granted (v5 section 3.2.2.3.4).
    "offer.maximum_qos" settings.core.maximum_qos: Count(0, 2);
    /// Whether messages are retained (v5 section 3.2.2.3.5).
    "offer.retain_available" settings.core.retain_available: Flag;
    /// Whether Topic Filters may contain wildcards (v5 section 3.2.2.3.11).
    "offer.wildcard_subscription_available" settings.core.wildcard_subscription_available: Flag;
    /// Whether subscriptions may have an identifier (v5 section 3.2.2.3.12).
    "offer.subscription_identifier_available" settings.core.subscription_identifier_available: Flag;
    /// Whether $share/name/filter is a shared subscription (v5 section 3.2.2.3.13).
    "offer.shared_subscription_available" settings.core.shared_subscription_available: Flag;
    /// Keep Alive that replaces the v5 Client's (v5 section 3.2.2.3.14).
    "offer.server_keep_alive" settings.core.server_keep_alive:
        Or("client", Value::Absent, &Time(Seconds, 0, 65_535));
    /// Longest Session Expiry Interval granted (v5 section 3.2.2.3.2), and to v3.1.1 without Clean Session.
    "offer.session_expiry_maximum" settings.core.session_expiry_maximum:
        Or("never", Value::Number(0xFFFF_FFFF), &Time(Seconds, 0, 0xFFFF_FFFE));
    /// Whether the broker assigns a Client Identifier to a Client that has none (section 3.1.3.1).
    "offer.allow_zero_length_client_id" settings.core.allow_zero_length_client_id: Flag;
    /// Response Information for v5 Clients that ask for it: the prefix of topics for responses, to which the Client
    /// Identifier is appended (v5 section 3.2.2.3.15).
    "offer.response_information" settings.core.response_information: Or("", Value::Absent, &Text);
    /// The server to which all Clients are redirected instead of being served (v5 section 4.11).
    "offer.server_reference" settings.core.server_reference: Or("", Value::Absent, &Text);
    /// Whether the redirection is permanent: 0x9D, Server moved, instead of 0x9C, Use another server.
    "offer.server_moved" settings.core.server_moved: Flag;
    /// Whether v5 Clients get a Reason String that explains a failure (v5 section 4.13).
    "offer.reason_strings" settings.core.reason_strings: Flag;
    /// What of a Client's packets is accepted although the standards allow to refuse it: over_long_integers,
    /// control_characters and non_characters in texts, payload_formats over 1, repeated_properties (Payload Format
    /// Indicator and Message Expiry Interval). It goes out in the form that every receiver takes; texts as they are.
    "offer.tolerate" settings.core.reject: Or("nothing", Value::Absent, &Texts);
    /// Whether Clients may publish on topics that begin with $, which the standard advises against (section 4.7.2).
    "offer.dollar_topics" settings.core.dollar_topics: Flag;
    /// Whether Payloads that are declared to be UTF-8 are checked (v5 section 3.3.2.3.2), and refused with 0x99.
    "offer.payload_format_check" settings.core.payload_format_check: Flag;
    /// How a message is delivered to a Client with several matching subscriptions (v5 section 3.3.4).
    "offer.overlap" settings.core.overlap: OneOf(&["once", "each_subscription"]);
    /// How often the broker publishes its statistics, on topics below $SYS/broker/ that are then reserved for them.
    "offer.sys_interval" settings.core.sys_interval: Or("never", Value::Absent, &Time(Milliseconds, 1000, DAY));
    /// Origins of web pages that may open a WebSocket, such as https://example.com. Clients that are not web pages
    /// send no origin, and are always allowed.
    "offer.allowed_origins" settings.shell.allowed_origins: Or("any", Value::Absent, &Texts);
    /// How many packets the broker puts into one WebSocket frame. The standard allows any number, and some clients
    /// (Paho C 1.3) understand only one.
    "offer.packets_per_frame" settings.shell.packets_per_frame: OneOf(&["one", "many"]);

    /// Sockets at the same time. One more is accepted and closed at once.
    "limits.connections" settings.shell.connections: Count(1, MANY);
    /// Time for the handshakes of TLS and WebSocket.
    "limits.handshake" settings.shell.handshake: TIMEOUT;
    /// Time from the opening of a connection to its CONNACK, including authentication (v5 section 3.1.4).
    "limits.connect_timeout" settings.core.connect_timeout: TIMEOUT;
    /// CONNECTs whose passwords wait to be checked. One more is refused as busy (v5 section 3.2.2.2).
    "limits.password_checks" settings.core.password_checks: Count(1, MANY);
    /// How long a peer may read nothing before its connection is dropped.
    "limits.stalled" settings.shell.stalled: TIMEOUT;
    /// Output that waits for one connection. Above this, QoS 0 messages are dropped and others stay queued; above half
    /// of it, the connection is no longer read.
    "limits.backlog" settings.core.backlog: MEMORY;
    /// QoS 1 and 2 messages sent to one Client and not acknowledged, if its Receive Maximum allows that many.
    "limits.in_flight" settings.core.in_flight: Count(1, 65_535);
    /// QoS 1 and 2 messages that wait in one Session.
    "limits.queued_messages" settings.core.queued_messages: Count(0, MANY);
    /// Bytes of the messages that wait in one Session.
    "limits.queued_bytes" settings.core.queued_bytes: MEMORY;
    /// Bytes of the messages that wait in all Sessions together.
    "limits.total_queued_bytes" settings.core.total_queued_bytes: MEMORY;
    /// What happens to a Session that reaches a limit of its queue, and to the fullest Session at the limit for all: it
    /// ends, which tells its Client that messages are missing, or the new message is dropped silently.
    "limits.queue_full" settings.core.queue_full: OneOf(&["end_session", "drop_newest"]);
    /// Subscriptions of one Session.
    "limits.subscriptions" settings.core.subscriptions: Count(0, MANY);
    /// Bytes of all Topic Filters of one Session.
    "limits.subscription_bytes" settings.core.subscription_bytes: MEMORY;
    /// Subscriptions of all Sessions.
    "limits.total_subscriptions" settings.core.total_subscriptions: Count(0, MANY);
    /// Bytes of all their Topic Filters.
    "limits.total_subscription_bytes" settings.core.total_subscription_bytes: MEMORY;
    /// Sessions, connected or not.
    "limits.sessions" settings.core.sessions: Count(0, MANY);
    /// Retained messages.
    "limits.retained_messages" settings.core.retained_messages: Count(0, MANY);
    /// Bytes of all retained messages.
    "limits.retained_bytes" settings.core.retained_bytes: MEMORY;
    /// Work that is done in one step, before other Clients get their turn, in units of about a hundred instructions.
    "limits.step" settings.core.step: Count(1, MANY);
}

/// In practice no limit.
const MANY: u64 = u32::MAX as u64;
const MEMORY: Form = Size(0, 1 << 40);
const TIMEOUT: Form = Time(Milliseconds, 1, DAY);
/// In milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;
