//! [`StoredMessage`]: an Application Message as the broker keeps it, in memory and on disk.

use std::sync::Arc;

use mqttspec_codec::{
    DecodeError, DecodeErrorKind, Delivery, MAXIMUM_REMAINING_LENGTH, Packet, PacketIdentifier, Properties, Property,
    Publish, QoS, TopicName, Version, decode_frame, encode_to_vec,
};

use super::{
    ids::MessageId,
    outgoing::{Alias, Outgoing},
    timestamp::Timestamp,
};

/// An Application Message, in parts that were checked when it was made: no part is decoded again.
///
/// Topic Alias and Subscription Identifiers belong to a connection, and the Message Expiry Interval shrinks with time:
/// the message has none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    pub(super) publisher: Arc<str>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) topic: Arc<str>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// As a PUBLISH of v5 has them, without their length in front.
    pub(super) properties: Box<[u8]>,
    pub(super) payload: Box<[u8]>,
}

impl StoredMessage {
    /// A message from what [`StoredMessage::publisher`], [`StoredMessage::expires_at`] and
    /// [`StoredMessage::to_bytes`] gave.
    ///
    /// # Errors
    /// The bytes are not one PUBLISH of v5 with a Topic Name.
    pub fn new(publisher: &str, expires_at: Option<Timestamp>, publish: &[u8]) -> Result<Self, DecodeError> {
        let packet = decode_frame(publish, Version::V5)?;
        let parts = match &packet {
            Packet::Publish(publish) => publish.topic.and_then(|topic| {
                let topic = topic.as_str().into();
                let (qos, retain) = (publish.delivery.qos(), publish.retain);
                Self::from_parts(topic, qos, retain, &publish.properties, publish.payload, publisher.into(), expires_at)
            }),
            _ => None,
        };
        parts.ok_or_else(|| DecodeError::new(DecodeErrorKind::MissingTopicName, 0).within(packet.packet_type()))
    }

    /// What a Client published on this topic; `None` if it is too large for the form in which it is kept.
    pub(super) fn from_publish(
        publish: &Publish<'_>,
        topic: Arc<str>,
        publisher: Arc<str>,
        now: Timestamp,
    ) -> Option<Self> {
        let expires_at = publish.properties.message_expiry_interval().map(|seconds| now.after_seconds(seconds));
        let (qos, retain) = (publish.delivery.qos(), publish.retain);
        Self::from_parts(topic, qos, retain, &publish.properties, publish.payload, publisher, expires_at)
    }

    /// A message of these parts; `None` if it is too large for the form in which it is kept.
    pub(super) fn from_parts(
        topic: Arc<str>,
        qos: QoS,
        retain: bool,
        properties: &Properties<'_>,
        payload: &[u8],
        publisher: Arc<str>,
        expires_at: Option<Timestamp>,
    ) -> Option<Self> {
        let properties = kept(properties)?;
        let message = Self { publisher, expires_at, topic, qos, retain, properties, payload: payload.into() };
        (message.encoded_len() <= LONGEST_PACKET).then_some(message)
    }

    /// The Client Identifier of the publisher, which No Local compares.
    #[must_use]
    pub fn publisher(&self) -> &str {
        &self.publisher
    }

    /// When it expires; `None` means never.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The Topic Name.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The message as a PUBLISH of v5, for a store. At QoS 1 and 2 its Packet Identifier is 1 and means nothing.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let fits = self.as_kept().append(LONGEST_PACKET, &mut bytes);
        debug_assert!(fits, "checked when it was made");
        bytes
    }

    /// The length of [`StoredMessage::to_bytes`], which limits count.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.as_kept().len()
    }

    /// Whether its Message Expiry Interval has passed.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The same message, its Message Expiry Interval beginning now: a Will is made when the Client connects and begins
    /// to age when it is published.
    pub(super) fn aging_from(&self, now: Timestamp, message_expiry_interval: Option<u32>) -> Self {
        Self { expires_at: message_expiry_interval.map(|seconds| now.after_seconds(seconds)), ..self.clone() }
    }

    /// The message for a receiver, without what belongs to its connection and without an expiry.
    pub(super) fn outgoing(&self, version: Version, delivery: Delivery, retain: bool) -> Outgoing<'_> {
        Outgoing {
            topic: &self.topic,
            properties: &self.properties,
            payload: &self.payload,
            version,
            delivery,
            retain,
            expiry: None,
            identifiers: &[],
            alias: Alias::None,
        }
    }

    fn as_kept(&self) -> Outgoing<'_> {
        self.outgoing(Version::V5, Delivery::first(self.qos, PacketIdentifier::MIN), self.retain)
    }
}

/// The properties that stay with the message, encoded; `None` if they are too long for a packet.
fn kept(properties: &Properties<'_>) -> Option<Box<[u8]>> {
    if properties.is_empty() {
        return Some(Box::default());
    }
    let mut has_format = false;
    let is_kept = |property: &Property<'_>| match property {
        // v5 section 3.3.2.3.2 leaves a repetition, and a value over 1, to the receiver; some end the connection
        Property::PayloadFormatIndicator(format) => !std::mem::replace(&mut has_format, true) && *format <= UTF_8,
        Property::TopicAlias(_)
        | Property::SubscriptionIdentifier(_)
        | Property::MessageExpiryInterval(_)
        | Property::WillDelayInterval(_) => false,
        _ => true,
    };
    let kept: Vec<Property<'_>> = properties.iter().filter(is_kept).collect();
    // the codec writes properties in a packet only: they are all that follows the Property Length of this one
    let publish = Publish {
        properties: Properties::from(kept.as_slice()),
        ..Publish::new(TopicName::new("t").ok()?, Delivery::AtMostOnce, &[])
    };
    let mut bytes = Vec::new();
    encode_to_vec(&Packet::from(publish), Version::V5, &mut bytes).ok()?;
    let after_integer = |bytes: &[u8]| Some(bytes.iter().position(|byte| byte & 0x80 == 0)?.saturating_add(1));
    let (_, body) = bytes.split_first()?;
    let (_, block) = body.get(after_integer(body)?..)?.split_first_chunk::<3>()?;
    block.get(after_integer(block)?..).map(Into::into)
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

/// The highest Payload Format Indicator: v5 section 3.3.2.3.2.
pub(super) const UTF_8: u8 = 1;

/// In bytes: a Fixed Header of five, and the longest that can follow.
const LONGEST_PACKET: usize = MAXIMUM_REMAINING_LENGTH as usize + 5;
