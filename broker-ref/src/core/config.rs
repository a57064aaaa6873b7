//! [`Config`]: the features of the broker, and its resource limits.

use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, QoS, Reject, Tolerated};

use super::access::Access;

/// The features of the broker and its limits. [`Config::default`] offers every feature.
///
/// CONNACK announces what differs from the standard's defaults (v5 section 3.2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Incomplete QoS 2 messages that a v5 Client may have (v5 section 3.2.2.3.3). QoS 1 is acknowledged at once.
    pub receive_maximum: NonZeroU16,
    /// Highest Topic Alias that a v5 Client may set; 0 allows none (v5 section 3.2.2.3.8). Each may take 65 535 bytes.
    pub topic_alias_maximum: u16,
    /// How many Topic Aliases the broker sets for one connection, if its Client allows that many; 0 means none.
    pub outgoing_topic_aliases: u16,
    /// Largest packet accepted, in bytes with its fixed header (v5 section 3.2.2.3.6). The standard's own limit is
    /// [`Config::NO_MAXIMUM_PACKET_SIZE`].
    pub maximum_packet_size: NonZeroU32,
    /// Highest QoS accepted and granted (v5 section 3.2.2.3.4).
    pub maximum_qos: QoS,
    /// Whether messages are retained (v5 section 3.2.2.3.5).
    pub retain_available: bool,
    /// Whether filters may hold wildcards (v5 section 3.2.2.3.11).
    pub wildcard_subscription_available: bool,
    /// Whether subscriptions may have an identifier (v5 section 3.2.2.3.12).
    pub subscription_identifier_available: bool,
    /// Whether `$share/name/filter` is a shared subscription (v5 section 3.2.2.3.13).
    pub shared_subscription_available: bool,
    /// Keep Alive in seconds that replaces the v5 Client's; `None` keeps the Client's (v5 section 3.2.2.3.14).
    pub server_keep_alive: Option<u16>,
    /// Longest Session Expiry Interval granted, in seconds; `u32::MAX` means no limit. Without Clean Session a v3.1.1
    /// Client asks for a Session that never expires.
    pub session_expiry_maximum: u32,
    /// Whether the broker assigns a Client Identifier to a Client that has none.
    pub allow_zero_length_client_id: bool,
    /// Response Information for v5 Clients that ask for it, without the Client Identifier that is appended (v5 section
    /// 3.2.2.3.15); `None` sends none.
    pub response_information: Option<Arc<str>>,
    /// Redirects all Clients: v5 Clients with this Server Reference, v3.1.1 Clients with return code 0x03 (v5 section
    /// 4.11). `None` serves them.
    pub server_reference: Option<Arc<str>>,
    /// Whether the redirection is permanent: 0x9D instead of 0x9C.
    pub server_moved: bool,
    /// Whether v5 Clients get a Reason String that explains a failure (v5 section 4.13).
    pub reason_strings: bool,
    /// What of a Client's packets is refused as malformed although the standards leave it to the receiver. What is not
    /// refused is sent on in the form that every receiver takes: over-long integers are written in their shortest form,
    /// a property that is repeated goes out once, with its first value, and a Payload Format Indicator over 1 is
    /// dropped. Texts go out as they came. The default refuses all but over-long integers.
    pub reject: Reject,
    /// Whether Clients may publish on topics that begin with `$`; the standard advises against it (section 4.7.2). If
    /// not, v5 Clients get 0x90 at QoS 1 and 2 and for a Will; at QoS 0 and before v5 the message is dropped.
    pub dollar_topics: bool,
    /// Whether Payloads that are declared to be UTF-8 are checked (v5 section 3.3.2.3.2, a MAY).
    pub payload_format_check: bool,
    /// How a message is delivered to a Client with several matching subscriptions.
    pub overlap: Overlap,
    /// Time from the opening of a connection to its CONNACK, including authentication.
    pub connect_timeout: Duration,
    /// Who may connect, publish and subscribe.
    pub access: Access,

    /// CONNECTs whose passwords wait to be checked, without those being checked. One more is refused as busy (v5 0x89,
    /// v3.1.1 0x03).
    pub password_checks: usize,

    /// How often the broker publishes its statistics on topics below `$SYS/broker/`. `None` means never, and these
    /// topics are like any others.
    pub sys_interval: Option<Duration>,

    /// Bytes of output that wait for one connection. Above this, QoS 0 messages are dropped, others stay queued, and
    /// the shell stops reading from the connection. One packet may exceed it.
    pub backlog: usize,
    /// QoS 1 and 2 messages sent to one Client and not acknowledged, if its Receive Maximum allows that many.
    pub in_flight: NonZeroU16,
    /// QoS 1 and 2 messages that wait in one Session.
    pub queued_messages: usize,
    /// Bytes of these messages. A message counts in every Session in which it waits.
    pub queued_bytes: usize,
    /// Bytes of the messages that wait in all Sessions, counted in the same way.
    pub total_queued_bytes: usize,
    /// What happens to a Session that reaches a limit of its queue, and to the fullest Session at the limit for all.
    pub queue_full: QueueFull,
    /// Subscriptions of one Session.
    pub subscriptions: usize,
    /// Bytes of all Topic Filters of one Session.
    pub subscription_bytes: usize,
    /// Subscriptions of all Sessions.
    pub total_subscriptions: usize,
    /// Bytes of all their Topic Filters.
    pub total_subscription_bytes: usize,
    /// Sessions, connected or not.
    pub sessions: usize,
    /// Retained messages.
    pub retained_messages: usize,
    /// Bytes of all retained messages.
    pub retained_bytes: usize,
    /// Work that is done in one step, before other Clients get their turn, in units of about a hundred instructions. One
    /// packet may exceed it.
    pub step: NonZeroUsize,
}

impl Config {
    /// The standard's own limit: a Remaining Length of 268 435 455 and five bytes of Fixed Header.
    pub const NO_MAXIMUM_PACKET_SIZE: NonZeroU32 = NonZeroU32::MIN.saturating_add(MAXIMUM_REMAINING_LENGTH + 4);
}

impl Default for Config {
    fn default() -> Self {
        Self {
            receive_maximum: non_zero(1024),
            topic_alias_maximum: 32,
            outgoing_topic_aliases: 32,
            maximum_packet_size: ONE_MIB,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
            server_keep_alive: None,
            session_expiry_maximum: u32::MAX,
            allow_zero_length_client_id: true,
            response_information: None,
            server_reference: None,
            server_moved: false,
            reason_strings: true,
            reject: Reject::NONE
                .with(Tolerated::ControlCharacters)
                .with(Tolerated::NonCharacters)
                .with(Tolerated::PayloadFormats)
                .with(Tolerated::RepeatedProperties),
            dollar_topics: false,
            payload_format_check: false,
            overlap: Overlap::Once,
            connect_timeout: Duration::from_secs(10),
            access: Access::Open,
            password_checks: 64,
            sys_interval: None,
            backlog: MIB,
            in_flight: non_zero(1024),
            queued_messages: 100_000,
            queued_bytes: 64 * MIB,
            total_queued_bytes: 1024 * MIB,
            queue_full: QueueFull::EndSession,
            subscriptions: 10_000,
            subscription_bytes: MIB,
            total_subscriptions: 1_000_000,
            total_subscription_bytes: 64 * MIB,
            sessions: 100_000,
            retained_messages: 100_000,
            retained_bytes: 256 * MIB,
            step: NonZeroUsize::MIN.saturating_add(79_999),
        }
    }
}

/// How a message is delivered to a Client with several matching subscriptions (v5 section 3.3.4). Shared subscriptions
/// are always independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Overlap {
    /// Once, at the highest QoS, with all Subscription Identifiers.
    #[default]
    Once,
    /// Once for each subscription, at its QoS, with its identifier.
    EachSubscription,
}

/// What happens when a Session's queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QueueFull {
    /// The Session ends, with DISCONNECT 0x97 if it is connected. Only this tells the Client that messages are missing
    /// (v5 section 4.1 allows to discard stored state under defined conditions).
    #[default]
    EndSession,
    /// The new message is dropped silently.
    DropNewest,
}

const MIB: usize = 1024 * 1024;
const ONE_MIB: NonZeroU32 = NonZeroU32::MIN.saturating_add(MIB as u32 - 1);

const fn non_zero(number: u16) -> NonZeroU16 {
    match NonZeroU16::new(number) {
        Some(number) => number,
        None => NonZeroU16::MIN,
    }
}
