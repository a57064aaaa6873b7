//! [`Outgoing`]: a PUBLISH for one receiver, put together from the parts of a message.
//!
//! The codec checked the parts when the message came. Putting them together needs no second look at them, and no copy
//! but the one into the connection's output.

use mqttspec_codec::{Delivery, MAXIMUM_REMAINING_LENGTH, PacketType, SubscriptionIdentifier, TopicAlias, Version};

/// A message on its way to one Client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) topic: &'a str,
    /// Of the message: as v5 encodes them, without their length in front.
    pub(super) properties: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) version: Version,
    // v5 [MQTT-3.3.1-3], v3.1.1 [MQTT-3.3.1-3]: its DUP does not depend on the one the message came with
    pub(super) delivery: Delivery,
    pub(super) retain: bool,
    /// Message Expiry Interval in seconds.
    pub(super) expiry: Option<u32>,
    pub(super) identifiers: &'a [SubscriptionIdentifier],
    pub(super) alias: Alias,
}

/// Topic Name, Topic Alias or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alias {
    None,
    /// Together with the Topic Name, which it represents from then on.
    New(TopicAlias),
    /// Instead of the Topic Name.
    Known(TopicAlias),
}

/// The lengths in bytes that a packet says and has.
struct Lengths {
    properties: usize,
    remaining: usize,
    packet: usize,
}

impl Outgoing<'_> {
    /// Appends the packet; false, and nothing appended, if it is over `maximum` bytes.
    pub(super) fn append(&self, maximum: usize, into: &mut Vec<u8>) -> bool {
        let lengths = self.lengths();
        // v5 [MQTT-3.1.2-24]
        let fits = lengths.packet <= maximum && lengths.remaining <= MAXIMUM_REMAINING_LENGTH as usize;
        if fits {
            self.write(&lengths, into);
        }
        fits
    }

    /// The length of the packet in bytes.
    pub(super) fn len(&self) -> usize {
        self.lengths().packet
    }

    fn lengths(&self) -> Lengths {
        let properties = self.property_length();
        let block = if self.version.has_properties() { integer_len(properties).saturating_add(properties) } else { 0 };
        let packet_id = if self.delivery.packet_id().is_some() { 2 } else { 0 };
        let topic = self.shown_topic().len().saturating_add(2);
        let remaining = topic.saturating_add(packet_id).saturating_add(block).saturating_add(self.payload.len());
        Lengths { properties, remaining, packet: remaining.saturating_add(integer_len(remaining)).saturating_add(1) }
    }

    fn write(&self, lengths: &Lengths, into: &mut Vec<u8>) {
        let start = into.len();
        into.reserve(lengths.packet);
        let flags = u8::from(self.delivery.dup()) << 3 | self.delivery.qos().number() << 1 | u8::from(self.retain);
        into.push(PacketType::Publish.number() << 4 | flags);
        write_integer(lengths.remaining, into);
        let topic = self.shown_topic().as_bytes();
        into.extend_from_slice(&u16::try_from(topic.len()).unwrap_or(u16::MAX).to_be_bytes());
        into.extend_from_slice(topic);
        if let Some(packet_id) = self.delivery.packet_id() {
            into.extend_from_slice(&packet_id.number().to_be_bytes());
        }
        if self.version.has_properties() {
            write_integer(lengths.properties, into);
            if lengths.properties > 0 {
                self.write_properties(into);
            }
        }
        into.extend_from_slice(self.payload);
        debug_assert_eq!(
            into.len(),
            start.saturating_add(lengths.packet),
            "the length of a PUBLISH was computed wrongly"
        );
    }

    fn write_properties(&self, into: &mut Vec<u8>) {
        // v5 [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
        into.extend_from_slice(self.properties);
        // v5 [MQTT-3.3.2-6]
        if let Some(seconds) = self.expiry {
            into.push(MESSAGE_EXPIRY_INTERVAL);
            into.extend_from_slice(&seconds.to_be_bytes());
        }
        // v5 [MQTT-3.3.4-3] [MQTT-3.3.4-4]
        for identifier in self.identifiers {
            into.push(SUBSCRIPTION_IDENTIFIER);
            write_integer(identifier.number() as usize, into);
        }
        if let Alias::New(alias) | Alias::Known(alias) = self.alias {
            into.push(TOPIC_ALIAS);
            into.extend_from_slice(&alias.number().to_be_bytes());
        }
    }

    fn property_length(&self) -> usize {
        let identifiers = self.identifiers.iter().map(|identifier| integer_len(identifier.number() as usize));
        let identifiers = identifiers.fold(0_usize, |sum, len| sum.saturating_add(len).saturating_add(1));
        let expiry = if self.expiry.is_some() { 5 } else { 0 };
        let alias = if self.alias == Alias::None { 0 } else { 3 };
        self.properties.len().saturating_add(expiry).saturating_add(identifiers).saturating_add(alias)
    }

    /// The Topic Name as it goes out; empty where an alias takes its place.
    fn shown_topic(&self) -> &str {
        if matches!(self.alias, Alias::Known(_)) { "" } else { self.topic }
    }
}

/// Bytes of a Variable Byte Integer.
const fn integer_len(number: usize) -> usize {
    match number {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

fn write_integer(mut number: usize, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

const MESSAGE_EXPIRY_INTERVAL: u8 = 0x02;
const SUBSCRIPTION_IDENTIFIER: u8 = 0x0B;
const TOPIC_ALIAS: u8 = 0x23;

#[cfg(test)]
mod tests {
    use super::super::{message::StoredMessage, timestamp::Timestamp};
    use mqttspec_codec::{
        Packet, PacketIdentifier, Properties, Property, Publish, QoS, TopicName, UserProperty, Utf8String,
        encode_to_vec,
    };
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        /// The codec encodes the same packet from the same parts.
        #[test]
        fn parts_make_the_packet_that_the_codec_encodes(
            topic in "[a-z/é]{1,200}",
            payload in prop_oneof![vec(any::<u8>(), 0..300), vec(any::<u8>(), 16_200..16_500)],
            user_property in option::of("[a-z]{0,200}"),
            (qos, packet_id, dup, retain) in (0..3_u8, 1..=u16::MAX, any::<bool>(), any::<bool>()),
            version in prop::sample::select(vec![Version::V3_1, Version::V3_1_1, Version::V5]),
            expiry in option::of(any::<u32>()),
            numbers in vec(1..=268_435_455_u32, 0..3),
            alias in prop_oneof![Just(None), (any::<bool>(), 1..=u16::MAX).prop_map(Some)],
        ) {
            let topic_name = TopicName::new(&topic).unwrap();
            let packet_id = PacketIdentifier::new(packet_id).unwrap();
            let delivery = match QoS::from_number(qos).unwrap() {
                QoS::AtMostOnce => Delivery::AtMostOnce,
                QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
                QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
            };
            let text = user_property.as_deref().map(|text| Utf8String::new(text).unwrap());
            let mut properties: Vec<_> = text.map(|text| Property::UserProperty(UserProperty { name: text, value: text })).into_iter().collect();
            let came = [&properties[..], &[Property::MessageExpiryInterval(7)]].concat();
            let came = Publish {
                properties: Properties::from(&came[..]),
                ..Publish::new(topic_name, Delivery::AtMostOnce, &payload)
            };
            let message = StoredMessage::from_publish(&came, topic.as_str().into(), "c".into(), Timestamp::ZERO).unwrap();
            let identifiers: Vec<_> = numbers.into_iter().filter_map(SubscriptionIdentifier::new).collect();
            let alias = match alias {
                Some((known, number)) if version == Version::V5 => {
                    let alias = TopicAlias::new(number).unwrap();
                    if known { Alias::Known(alias) } else { Alias::New(alias) }
                }
                _ => Alias::None,
            };
            let outgoing = Outgoing { expiry, identifiers: &identifiers, alias, ..message.outgoing(version, delivery, retain) };
            properties.extend(expiry.map(Property::MessageExpiryInterval));
            properties.extend(identifiers.iter().map(|identifier| Property::SubscriptionIdentifier(*identifier)));
            if let Alias::New(alias) | Alias::Known(alias) = alias {
                properties.push(Property::TopicAlias(alias));
            }
            let expected = Publish {
                delivery,
                retain,
                topic: (!matches!(alias, Alias::Known(_))).then_some(topic_name),
                properties: if version == Version::V5 { Properties::from(&properties[..]) } else { Properties::EMPTY },
                payload: &payload,
            };
            let (mut written, mut encoded) = (Vec::new(), Vec::new());
            encode_to_vec(&Packet::from(expected), version, &mut encoded).unwrap();
            prop_assert!(!outgoing.append(encoded.len() - 1, &mut written) && written.is_empty());
            prop_assert!(outgoing.append(encoded.len(), &mut written));
            prop_assert_eq!(written, encoded);
        }
    }

    #[test]
    fn integers_of_all_lengths() {
        for (number, len) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (2_097_151, 3), (2_097_152, 4)] {
            let mut bytes = Vec::new();
            write_integer(number, &mut bytes);
            assert_eq!((bytes.len(), integer_len(number)), (len, len), "{number}");
        }
    }
}
