//! The table of settings.

use super::{
    form::{
        Form::{self, Count, Flag, OneOf, Or, Size, Text, Texts, Time},
        TimeUnit::{Milliseconds, Seconds},
        Value,
    },
    key::{Key, assign, keys, value_of},
};

/// The groups of keys, and what stands above them in a settings file.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("tls", "Who the broker is, for listeners under TLS (wss:// and mqtts://)."),
    ("offer", "What the broker offers. CONNACK announces what is not the standard's default."),
    ("limits", "Where the broker stops. Everything that a peer can make grow has its limit here."),
];

keys! {
    /// Where to listen: ws://host:port/path or mqtt://host:port, under TLS wss:// or mqtts://. Port 0 takes a free one,
    /// which is printed.
    "listen" settings.listen: Texts;
    /// Folder in which Sessions, queued and retained messages are kept: they survive a restart and a crash. Without it
    /// everything is in memory.
    "data" settings.data: Or("", Value::Absent, &Text);
    /// File of users, which `mqttspec broker passwd` writes. Without one everybody may do everything.
    "users" settings.users: Or("", Value::Absent, &Text);

    /// File with the certificate chain, the broker's own certificate first (PEM).
    "tls.certificate" settings.tls.certificate: Or("", Value::Absent, &Text);
    /// File with the key of the certificate, without a password (PEM).
    "tls.key" settings.tls.key: Or("", Value::Absent, &Text);

    /// QoS 2 messages that a v5 Client may have unfinished (v5 section 3.2.2.3.3).
    "offer.receive_maximum" settings.core.receive_maximum: Count(1, 65_535);
    /// Highest Topic Alias a v5 Client may set; 0: none (v5 section 3.2.2.3.8).
    "offer.topic_alias_maximum" settings.core.topic_alias_maximum: Count(0, 65_535);
    /// Topic Aliases the broker sets for one connection, if its Client allows as many (v5 section 3.1.2.11.5).
    "offer.outgoing_topic_aliases" settings.core.outgoing_topic_aliases: Count(0, 65_535);
    /// Largest packet accepted, with its fixed header (v5 section 3.2.2.3.6). The highest is no limit of our own.
    "offer.maximum_packet_size" settings.core.maximum_packet_size: Size(16, 268_435_460);
    /// Highest QoS accepted and granted (v5 section 3.2.2.3.4).
    "offer.maximum_qos" settings.core.maximum_qos: Count(0, 2);
    /// Whether messages are retained (v5 section 3.2.2.3.5).
    "offer.retain_available" settings.core.retain_available: Flag;
    /// Whether Topic Filters may hold wildcards (v5 section 3.2.2.3.11).
    "offer.wildcard_subscription_available" settings.core.wildcard_subscription_available: Flag;
    /// Whether subscriptions may have an identifier (v5 section 3.2.2.3.12).
    "offer.subscription_identifier_available" settings.core.subscription_identifier_available: Flag;
    /// Whether $share/name/filter is a shared subscription (v5 section 3.2.2.3.13).
    "offer.shared_subscription_available" settings.core.shared_subscription_available: Flag;
    /// Keep Alive in place of the v5 Client's own (v5 section 3.2.2.3.14).
    "offer.server_keep_alive" settings.core.server_keep_alive:
        Or("client", Value::Absent, &Time(Seconds, 0, 65_535));
    /// Longest Session Expiry Interval granted (v5 section 3.2.2.3.2), and to v3.1.1 without Clean Session.
    "offer.session_expiry_maximum" settings.core.session_expiry_maximum:
        Or("never", Value::Number(0xFFFF_FFFF), &Time(Seconds, 0, 0xFFFF_FFFE));
    /// Whether a Client may leave its Client Identifier to the broker (section 3.1.3.1).
    "offer.allow_zero_length_client_id" settings.core.allow_zero_length_client_id: Flag;
    /// What a v5 Client that asks for Response Information gets, its Client Identifier appended: the beginning of topics
    /// for answers to it (v5 section 3.2.2.3.15).
    "offer.response_information" settings.core.response_information: Or("", Value::Absent, &Text);
    /// Where all Clients are sent instead of being served (v5 section 4.11).
    "offer.server_reference" settings.core.server_reference: Or("", Value::Absent, &Text);
    /// Whether they are sent there for good: 0x9D, Server moved, instead of 0x9C, Use another server.
    "offer.server_moved" settings.core.server_moved: Flag;
    /// Whether failures are explained to v5 Clients in a Reason String (v5 section 4.13).
    "offer.reason_strings" settings.core.reason_strings: Flag;
    /// Whether Payloads that say that they are UTF-8 must be (v5 section 3.3.2.3.2): otherwise 0x99.
    "offer.payload_format_check" settings.core.payload_format_check: Flag;
    /// How a message reaches a Client several of whose subscriptions match (v5 section 3.3.4).
    "offer.overlap" settings.core.overlap: OneOf(&["once", "each_subscription"]);
    /// How often the broker says how it stands, on topics below $SYS/broker/, which then are its own.
    "offer.sys_interval" settings.core.sys_interval: Or("never", Value::Absent, &Time(Milliseconds, 1000, DAY));
    /// Origins of web pages that may open a WebSocket, such as https://example.com. Clients that are no web pages name
    /// none, and are let in.
    "offer.allowed_origins" settings.shell.allowed_origins: Or("any", Value::Absent, &Texts);

    /// Sockets at the same time. One more is accepted and closed at once.
    "limits.connections" settings.shell.connections: Count(1, MANY);
    /// From the accepted socket to the end of the handshakes of TLS and WebSocket.
    "limits.handshake" settings.shell.handshake: TIMEOUT;
    /// From the opening of a connection to its CONNACK, the proof of who it is included (v5 section 3.1.4).
    "limits.connect_timeout" settings.core.connect_timeout: TIMEOUT;
    /// CONNECTs that wait for their passwords to be checked. One more is refused as busy (v5 section 3.2.2.2).
    "limits.password_checks" settings.core.password_checks: Count(1, MANY);
    /// How long a peer may take nothing of what is sent to it before it is dropped.
    "limits.stalled" settings.shell.stalled: TIMEOUT;
    /// Output that waits for one connection: over it QoS 0 messages are dropped and others stay queued; over half of it
    /// no more is read from that connection.
    "limits.backlog" settings.core.backlog: MEMORY;
    /// QoS 1 and 2 messages sent to one Client and not finished, if its Receive Maximum allows as many.
    "limits.in_flight" settings.core.in_flight: Count(1, 65_535);
    /// QoS 1 and 2 messages that wait in one Session.
    "limits.queued_messages" settings.core.queued_messages: Count(0, MANY);
    /// Bytes of the messages that wait in one Session.
    "limits.queued_bytes" settings.core.queued_bytes: MEMORY;
    /// Bytes of the messages that wait in all Sessions together.
    "limits.total_queued_bytes" settings.core.total_queued_bytes: MEMORY;
    /// What happens to a Session at a limit of its queue, and to the fullest Session at the limit of all: it ends, by
    /// which its Client learns that something is missing, or the new message is dropped unseen.
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
    /// Retained messages looked at in one step for those that match new subscriptions; then others have their turn.
    "limits.retained_step" settings.core.retained_step: Count(1, MANY);
}

/// As good as no limit.
const MANY: u64 = u32::MAX as u64;
const MEMORY: Form = Size(0, 1 << 40);
const TIMEOUT: Form = Time(Milliseconds, 1, DAY);
/// In milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;
