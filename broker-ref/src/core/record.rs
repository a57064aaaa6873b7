//! The rows of [`Stored`](super::Stored): Sessions, Wills, subscriptions and messages on their way.

use std::sync::Arc;

use mqttspec_codec::{PacketIdentifier, QoS, SubscriptionIdentifier, SubscriptionOptions, Version, Will};

use super::{ids::MessageId, message::StoredMessage, timestamp::Timestamp};

/// A Session (section 4.1), without what has a table of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The Client Identifier.
    pub client_id: Arc<str>,
    /// The version of its last connection.
    pub version: Version,
    /// The user who started it; `None` if it is anonymous. With [`Access::Open`](super::Access::Open) the User Name of
    /// the last CONNECT.
    pub user_name: Option<Arc<str>>,
    /// Session Expiry Interval in seconds; `u32::MAX` means never. 0 only if there is a Will.
    pub expiry_interval: u32,
    /// When its connection ended; `None` if it was connected, in which case a restart counts as the end.
    pub disconnected_at: Option<Timestamp>,
    /// The Will, until it is published or cancelled.
    pub will: Option<WillRecord>,
}

/// A Will that has not been published (v5 section 3.1.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WillRecord {
    /// The message. Its own expiry is `None`, since its expiry interval starts when the Will is published.
    pub message: Arc<StoredMessage>,
    /// Will Delay Interval in seconds.
    pub delay: u32,
    /// Message Expiry Interval in seconds; `None` means never.
    pub message_expiry_interval: Option<u32>,
    /// When it is published; `None` while the Client is connected.
    pub due_at: Option<Timestamp>,
}

impl WillRecord {
    /// The Will of a CONNECT. Its properties are those of the message, in their order: v5 [MQTT-3.1.3-10] sections
    /// 3.1.3.2.4 and 3.1.3.2.8.
    pub(super) fn from_will(will: &Will<'_>, publisher: Arc<str>) -> Option<Self> {
        let message = StoredMessage::from_parts(
            will.topic.as_str().into(),
            will.qos,
            will.retain,
            &will.properties,
            &will.payload,
            publisher,
            None,
        )?;
        Some(Self {
            message: Arc::new(message),
            delay: will.properties.will_delay_interval().unwrap_or(0),
            message_expiry_interval: will.properties.message_expiry_interval(),
            due_at: None,
        })
    }
}

/// What a Client asked for one Topic Filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// The QoS in it is the granted one.
    pub options: SubscriptionOptions,
    /// Sent with every message that matches.
    pub identifier: Option<SubscriptionIdentifier>,
}

/// A QoS 1 or 2 message on its way to one Client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message.
    pub message: MessageId,
    /// 1 or 2: the lower of published and granted.
    pub qos: QoS,
    /// The RETAIN flag for this Client.
    pub retain: bool,
    /// The Subscription Identifiers of the subscriptions that matched.
    pub identifiers: Vec<SubscriptionIdentifier>,
    /// The whole filter of the shared subscription that matched.
    pub share: Option<Arc<str>>,
    /// How far its delivery has progressed.
    pub state: EntryState,
}

/// How far the delivery of a QoS 1 or 2 message has progressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// Not sent.
    Queued,
    /// PUBLISH was sent.
    Sent(PacketIdentifier),
    /// QoS 2: PUBREC has arrived, PUBREL was sent.
    Released(PacketIdentifier),
}
