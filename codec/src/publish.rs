//! PUBLISH (section 3.3).

use core::fmt;

use crate::{
    DecodeError, DecodeErrorKind, Delivery, EncodeError, Field, PacketIdentifier, PacketType, Properties, QoS,
    TopicName, Version,
    packet::Body,
    place::{Place, Rules, bit},
    properties,
    reader::Reader,
    text::write_bytes,
    writer::Writer,
};

/// Transports an Application Message (section 3.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// The QoS with the fields that it requires.
    pub delivery: Delivery,
    /// RETAIN. To a Server: store the message. From a Server: the message was stored, or in v5 with Retain As Published, it
    /// was published with RETAIN.
    pub retain: bool,
    /// The Topic Name; `None` if it is empty, which v5 allows with a Topic Alias.
    pub topic: Option<TopicName<'a>>,
    /// Empty before v5.
    pub properties: Properties<'a>,
    /// The payload of the Application Message; may be empty.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    /// A message without RETAIN and without properties.
    #[must_use]
    pub const fn new(topic: TopicName<'a>, delivery: Delivery, payload: &'a [u8]) -> Self {
        Self { delivery, retain: false, topic: Some(topic), properties: Properties::EMPTY, payload }
    }
}

impl fmt::Debug for Publish<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Bytes<'a>(&'a [u8]);
        impl fmt::Debug for Bytes<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_bytes(f, self.0)
            }
        }
        f.debug_struct("Publish")
            .field("delivery", &self.delivery)
            .field("retain", &self.retain)
            .field("topic", &self.topic)
            .field("properties", &self.properties)
            .field("payload", &Bytes(self.payload))
            .finish()
    }
}

impl Publish<'_> {
    /// Encodes a legal packet of the usual form: with a Topic Name, at most 127 bytes of properties that were checked at
    /// decode, and a Remaining Length under 16 384. `None` for every other one, and if the buffer is too small.
    #[inline(always)]
    pub(crate) fn encode_short(&self, version: Version, into: &mut [u8]) -> Option<usize> {
        let properties = self.properties.ready_for(Place::PUBLISH)?;
        match version.has_properties() {
            true if properties.len() < 0x80 => self.encode_parts(&[properties.len() as u8], properties, into),
            false if properties.is_empty() => self.encode_parts(&[], &[], into),
            _ => None,
        }
    }

    /// `properties_len` has one byte, or none before v5, which has no properties.
    #[inline(always)]
    fn encode_parts<const N: usize>(
        &self,
        properties_len: &[u8; N],
        properties: &[u8],
        into: &mut [u8],
    ) -> Option<usize> {
        let topic = self.topic?.as_bytes();
        let (first, packet_id) = (self.first_byte(), self.delivery.packet_id());
        // a slice is not longer than isize::MAX bytes, and the other parts are short
        let parts = self.payload.len().wrapping_add(topic.len()).wrapping_add(properties.len()).wrapping_add(N);
        let parts = parts.wrapping_add(if packet_id.is_some() { 2 } else { 0 });
        let [high, low] = (topic.len() as u16).to_be_bytes();
        // with the length of the topic; compared without it, so that the compiler knows that the header fits
        let remaining = parts.wrapping_add(2);
        let (needed, mut writer);
        if parts < 0x80 - 2 {
            needed = parts.wrapping_add(4);
            writer = Writer::new(into.get_mut(..needed)?);
            writer.bytes(&[first, remaining as u8, high, low]);
        } else if parts < 0x4000 - 2 {
            needed = parts.wrapping_add(5);
            writer = Writer::new(into.get_mut(..needed)?);
            writer.bytes(&[first, remaining as u8 | 0x80, (remaining >> 7) as u8, high, low]);
        } else {
            return None;
        }
        writer.bytes(topic);
        if let Some(packet_id) = packet_id {
            writer.two_byte_integer(packet_id.number());
        }
        writer.bytes(properties_len);
        writer.bytes(properties);
        writer.bytes(self.payload);
        debug_assert!(writer.is_full(), "a PUBLISH is shorter than was computed");
        Some(needed)
    }
}

impl<'a> Body<'a> for Publish<'a> {
    const TYPE: PacketType = PacketType::Publish;

    #[inline(always)]
    fn read(reader: &mut Reader<'a>, version: Version, first_byte: u8) -> Result<Self, DecodeError> {
        let dup = first_byte & DUP != 0;
        let retain = first_byte & RETAIN != 0;
        // v5 [MQTT-3.3.1-4] section 3.3.1.2, v3.1.1 [MQTT-3.3.1-4]
        let Some(qos) = QoS::from_number((first_byte >> QOS_SHIFT) & 3) else {
            return Err(DecodeError::new(DecodeErrorKind::QosThree, 0));
        };
        // v5 [MQTT-3.3.1-2], v3.1.1 [MQTT-3.3.1-2]
        if dup && qos == QoS::AtMostOnce {
            return Err(DecodeError::new(DecodeErrorKind::DupWithoutQos, 0));
        }
        let before = *reader;
        // v5 [MQTT-3.3.2-1], v3.1.1 [MQTT-3.3.2-1]
        let topic = TopicName::read_optional(reader)?;
        // v3.1.1 [MQTT-4.7.3-1]
        if topic.is_none() && !version.has_properties() {
            return Err(before.error(DecodeErrorKind::EmptyTopicName));
        }
        let delivery = match qos {
            QoS::AtMostOnce => Delivery::AtMostOnce,
            QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id: PacketIdentifier::read(reader)?, dup },
            QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id: PacketIdentifier::read(reader)?, dup },
        };
        let (properties, seen) = properties::read_seen(reader, version, RULES)?;
        // v5 section 3.3.2.1
        if topic.is_none() && seen & bit(TOPIC_ALIAS) == 0 {
            return Err(before.error(DecodeErrorKind::MissingTopicName));
        }
        Ok(Self { delivery, retain, topic, properties, payload: reader.rest() })
    }

    #[inline(always)]
    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        properties::check(&self.properties, version, RULES)?;
        if self.topic.is_none() && self.properties.topic_alias().is_none() {
            return Err(EncodeError::Missing(Field::TopicName));
        }
        let packet_id = if self.delivery.packet_id().is_some() { 2 } else { 0 };
        Ok(properties::encoded_len(&self.properties, version)
            .saturating_add(2)
            .saturating_add(self.topic.map_or(0, |topic| topic.len()))
            .saturating_add(packet_id)
            .saturating_add(self.payload.len()))
    }

    #[inline(always)]
    fn first_byte(&self) -> u8 {
        let flags = match self.delivery {
            Delivery::AtMostOnce => 0,
            Delivery::AtLeastOnce { dup, .. } => 1 << QOS_SHIFT | u8::from(dup) << DUP_SHIFT,
            Delivery::ExactlyOnce { dup, .. } => 2 << QOS_SHIFT | u8::from(dup) << DUP_SHIFT,
        };
        Self::TYPE.first_byte() | flags | u8::from(self.retain)
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.prefixed(self.topic.map_or(&[], |topic| topic.as_bytes()));
        if let Some(packet_id) = self.delivery.packet_id() {
            writer.two_byte_integer(packet_id.number());
        }
        properties::write(&self.properties, version, writer);
        writer.bytes(self.payload);
    }
}

const TOPIC_ALIAS: u8 = 0x23;
const DUP: u8 = 1 << DUP_SHIFT;
const DUP_SHIFT: u8 = 3;
const QOS_SHIFT: u8 = 1;
const RETAIN: u8 = 0b0001;

const RULES: &Rules = &Place::PUBLISH.rules();
