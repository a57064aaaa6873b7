//! [`StoredMessage`]: an Application Message as the broker keeps it, in memory and on disk.

use std::sync::Arc;

use mqttspec_codec::{
    DecodeError, DecodeErrorKind, Delivery, Packet, PacketIdentifier, Properties, Property, Publish, QoS, TopicName,
    Version, decode_frame, encode_to_vec,
};

use super::{ids::MessageId, timestamp::Timestamp};

/// An Application Message: a PUBLISH of v5, its bytes checked, and what a PUBLISH cannot say.
///
/// Topic Alias and Subscription Identifiers belong to a connection, and the Message Expiry Interval shrinks with time:
/// the bytes have none of them. At QoS 1 and 2 their Packet Identifier is 1 and means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    publisher: Arc<str>,
    expires_at: Option<Timestamp>,
    publish: Box<[u8]>,
}

impl StoredMessage {
    /// A message from what [`StoredMessage::publisher`], [`StoredMessage::expires_at`] and
    /// [`StoredMessage::as_bytes`] gave.
    ///
    /// # Errors
    /// The bytes are not one PUBLISH of v5 with a Topic Name.
    pub fn new(publisher: &str, expires_at: Option<Timestamp>, publish: &[u8]) -> Result<Self, DecodeError> {
        match decode_frame(publish, Version::V5)? {
            Packet::Publish(Publish { topic: Some(_), .. }) => {
                Ok(Self { publisher: publisher.into(), expires_at, publish: publish.into() })
            }
            packet => Err(DecodeError::new(DecodeErrorKind::MissingTopicName, 0).within(packet.packet_type())),
        }
    }

    /// What a Client published; `None` if it is too large for the form in which it is kept.
    pub(super) fn from_publish(
        publish: &Publish<'_>,
        topic: TopicName<'_>,
        publisher: Arc<str>,
        now: Timestamp,
    ) -> Option<Self> {
        let expires_at = publish.properties.message_expiry_interval().map(|seconds| now.after_seconds(seconds));
        let (qos, retain) = (publish.delivery.qos(), publish.retain);
        Self::encoded(topic, qos, retain, &publish.properties, publish.payload, publisher, expires_at)
    }

    /// A message of these parts; `None` if it is too large for the form in which it is kept.
    pub(super) fn encoded(
        topic: TopicName<'_>,
        qos: QoS,
        retain: bool,
        properties: &Properties<'_>,
        payload: &[u8],
        publisher: Arc<str>,
        expires_at: Option<Timestamp>,
    ) -> Option<Self> {
        let kept: Vec<Property<'_>> = properties.iter().filter(is_kept).collect();
        let publish = Publish {
            delivery: Delivery::first(qos, PacketIdentifier::MIN),
            retain,
            topic: Some(topic),
            properties: Properties::from(kept.as_slice()),
            payload,
        };
        let mut bytes = Vec::new();
        encode_to_vec(&Packet::from(publish), Version::V5, &mut bytes).ok()?;
        Some(Self { publisher, expires_at, publish: bytes.into() })
    }

    /// The Client Identifier of the publisher, which No Local compares.
    #[must_use]
    pub fn publisher(&self) -> &str {
        &self.publisher
    }

    /// When it expires; `None`: never.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The message as a PUBLISH of v5.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.publish
    }

    /// The QoS it was published with, from its first byte.
    pub(super) fn qos(&self) -> QoS {
        let first = self.publish.first().copied().unwrap_or(0);
        QoS::from_number(first >> 1 & 3).unwrap_or_default()
    }

    /// Whether its Message Expiry Interval has passed.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The message, read. It was checked when it was made, so this is `Some`.
    pub(super) fn publish(&self) -> Option<(TopicName<'_>, Publish<'_>)> {
        match decode_frame(&self.publish, Version::V5) {
            Ok(Packet::Publish(publish)) => publish.topic.map(|topic| (topic, publish)),
            _ => None,
        }
    }

    /// The same message, its Message Expiry Interval beginning now: a Will is made when the Client connects and begins
    /// to age when it is published.
    pub(super) fn aging_from(&self, now: Timestamp, message_expiry_interval: Option<u32>) -> Self {
        Self { expires_at: message_expiry_interval.map(|seconds| now.after_seconds(seconds)), ..self.clone() }
    }
}

/// A message in the hands of the broker: its body, and its key where the store has it.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) body: Arc<StoredMessage>,
    /// `None` while nothing that survives a restart refers to it.
    pub(super) id: Option<MessageId>,
}

impl Message {
    pub(super) fn new(body: StoredMessage) -> Self {
        Self { body: Arc::new(body), id: None }
    }

    /// The body alone, for a Session that does not survive a restart.
    pub(super) fn unstored(&self) -> Self {
        Self { body: Arc::clone(&self.body), id: None }
    }
}

fn is_kept(property: &Property<'_>) -> bool {
    !matches!(
        property,
        Property::TopicAlias(_)
            | Property::SubscriptionIdentifier(_)
            | Property::MessageExpiryInterval(_)
            | Property::WillDelayInterval(_)
    )
}
