//! Which statement of the standards an error breaks, in each version's numbering.
//!
//! In most cases the kind and the packet type are enough. Where one kind covers several statements, which differ in the
//! property, wildcard or flag that is wrong, the bytes of the packet decide: see [`DecodeError::statement_in`].

use crate::{
    DecodeError, DecodeErrorKind as K, PacketType as P, Version,
    fixed_header::FixedHeader,
    property_statement::{out_of_range, repeated},
    reader::Reader,
};

impl DecodeError {
    /// The id of the statement that was broken, in that version's numbering; `None` if the version has no such statement.
    ///
    /// There are two kinds of ids. `MQTT-3.8.3-5` is one of the standard's own, from the table of normative statements in
    /// its appendix. `5.0§2.1.2-a` is minted by this project, for a requirement that the standard states without a number:
    /// version, section, and a letter for each requirement of that section. Both are listed in `vectors/statements` of
    /// this project's repository.
    ///
    /// The kind of an error may cover several statements. This method, which does not see the packet, then returns the
    /// most general or the first of them; [`DecodeError::statement_in`] is exact.
    #[must_use]
    pub fn statement(&self, version: Version) -> Option<&'static str> {
        match version {
            Version::V5 => v5(self.kind, self.packet_type),
            // 3.1 has no numbered statements; its rules are those of 3.1.1
            Version::V3_1 | Version::V3_1_1 => v3_1_1(self.kind, self.packet_type),
        }
    }

    /// The id of the statement that was broken, found with the bytes of the packet that the error is about. It is exact for
    /// properties, wildcards, shared subscriptions and Will flags too.
    ///
    /// ```
    /// use mqttspec_codec::{decode, Version};
    /// let bytes = [0x82, 8, 0, 10, 0, 0, 2, b'a', b'+', 0]; // `+` is not a whole level
    /// let error = decode(&bytes, Version::V5).unwrap_err();
    /// assert_eq!(error.statement_in(&bytes, Version::V5), Some("MQTT-4.7.1-2"));
    /// ```
    #[must_use]
    pub fn statement_in(&self, packet: &[u8], version: Version) -> Option<&'static str> {
        let byte = |at: usize| packet.get(at).copied();
        let v5 = version == Version::V5;
        let exact = match (self.kind, self.packet_type) {
            (K::RepeatedProperty, Some(place)) if v5 => byte(self.at).and_then(|id| repeated(place, id & 0x7F)),
            (K::PropertyValue, Some(place)) if v5 => id_before(packet, self.at).and_then(|id| out_of_range(place, id)),
            (K::MisplacedProperty, Some(P::Connect)) if v5 && !self.is_in_front(packet) => Some("5.0§2.2.2.2-b"),
            // after the Topic Name, only the Response Topic is one
            (K::WildcardInTopicName, Some(P::Publish)) if v5 && !self.is_in_front(packet) => Some("MQTT-3.3.2-14"),
            // flags and code of CONNACK, and then nothing, as before v5
            (K::Truncated, Some(P::Connack)) if v5 && self.at == 4 && packet.len() == 4 => Some("MQTT-2.2.2-1"),
            (K::MisplacedWildcard, _) if byte(self.at) == Some(b'+') => Some(match v5 {
                true => "MQTT-4.7.1-2",
                false => "MQTT-4.7.1-3",
            }),
            (K::MalformedShare, _) if v5 && byte(self.at.saturating_add(SHARE_NAME)) != Some(b'/') => {
                Some("MQTT-4.8.2-2")
            }
            (K::WillFlags, _) if byte(self.at).is_some_and(|flags| flags & WILL_QOS == 0) => {
                Some(if v5 { "MQTT-3.1.2-13" } else { "MQTT-3.1.2-15" })
            }
            _ => None,
        };
        exact.or_else(|| self.statement(version))
    }

    /// Whether the error is in the first part of the packet: the Topic Name of PUBLISH, or CONNECT up to its properties.
    fn is_in_front(&self, packet: &[u8]) -> bool {
        let end = |packet| {
            let header = FixedHeader::parse(packet).ok()??;
            let mut reader = Reader::new(packet.get(header.len..)?, packet.len());
            let text = reader.two_byte_integer().ok()?;
            reader.bytes(usize::from(text)).ok()?;
            if self.packet_type == Some(P::Connect) {
                reader.four_byte_integer().ok()?; // Protocol Level, flags, Keep Alive
                let properties = reader.variable_byte_integer().ok()?;
                reader.bytes(properties as usize).ok()?;
            }
            Some(reader.at())
        };
        end(packet).is_none_or(|end| self.at < end)
    }
}

/// The identifier of the property whose value begins at an offset. The last bytes of an over-long identifier are zero.
fn id_before(packet: &[u8], at: usize) -> Option<u8> {
    packet.get(..at)?.iter().rev().map(|byte| byte & 0x7F).find(|low| *low != 0)
}

fn v5(kind: K, packet: Option<P>) -> Option<&'static str> {
    Some(match (kind, packet) {
        (K::ReservedPacketType, _) => "5.0§2.1.2-a",
        (K::FixedHeaderFlags, Some(P::Pubrel)) => "MQTT-3.6.1-1",
        (K::FixedHeaderFlags, Some(P::Subscribe)) => "MQTT-3.8.1-1",
        (K::FixedHeaderFlags, Some(P::Unsubscribe)) => "MQTT-3.10.1-1",
        (K::FixedHeaderFlags, Some(P::Disconnect)) => "MQTT-3.14.1-1",
        (K::FixedHeaderFlags, Some(P::Auth)) => "MQTT-3.15.1-1",
        (K::FixedHeaderFlags, _) => "MQTT-2.1.3-1",
        (K::VariableByteIntegerTooLong, _) => "5.0§1.5.5-a",
        (K::PacketTooLarge, Some(P::Subscribe | P::Unsubscribe | P::Pingreq)) => "MQTT-3.2.2-15",
        (K::PacketTooLarge, _) => "MQTT-3.1.2-24",
        (K::TrailingBytes, Some(P::Connack)) => "5.0§3.2.1-a",
        (K::TrailingBytes, Some(P::Pingreq)) => "5.0§3.12.1-a",
        (K::TrailingBytes, Some(P::Pingresp)) => "5.0§3.13.1-a",
        (K::TrailingBytes, Some(P::Puback | P::Pubrec | P::Pubrel | P::Pubcomp | P::Disconnect | P::Auth)) => {
            "5.0§2.3-a"
        }
        (K::Truncated | K::TrailingBytes, _) => "5.0§2.1.4-a",
        (K::IllFormedUtf8, _) => "MQTT-1.5.4-1",
        (K::NulInString, _) => "MQTT-1.5.4-2",
        (K::ControlCharacter | K::NonCharacter, _) => "5.0§1.5.4-c",
        (K::OverLongInteger, _) => "MQTT-1.5.5-1",
        (K::ZeroPacketIdentifier, Some(P::Puback | P::Pubrec | P::Pubrel | P::Pubcomp)) => "MQTT-2.2.1-5",
        (K::ZeroPacketIdentifier, Some(P::Suback | P::Unsuback)) => "MQTT-2.2.1-6",
        (K::ZeroPacketIdentifier, _) => "MQTT-2.2.1-3",
        (K::ProtocolName, _) => "MQTT-3.1.2-1",
        (K::ProtocolLevel, _) => "MQTT-3.1.2-2",
        (K::ReservedBits, Some(P::Connect)) => "MQTT-3.1.2-3",
        (K::ReservedBits, Some(P::Connack)) => "MQTT-3.2.2-1",
        (K::ReservedBits, _) => "MQTT-3.8.3-5",
        (K::WillFlags, _) => "MQTT-3.1.2-11",
        (K::QosThree, Some(P::Connect)) => "MQTT-3.1.2-12",
        (K::QosThree, _) => "MQTT-3.3.1-4",
        (K::SubscriptionQosThree, _) => "5.0§3.8.3.1-a",
        (K::RetainHandlingThree, _) => "5.0§3.8.3.1-b",
        (K::DupWithoutQos, _) => "MQTT-3.3.1-2",
        (K::EmptyTopicName | K::EmptyTopicFilter, _) => "MQTT-4.7.3-1",
        (K::MissingTopicName, _) => "5.0§3.3.2.1-a",
        (K::WildcardInTopicName, Some(P::Publish)) => "MQTT-3.3.2-2",
        (K::WildcardInTopicName, _) => "MQTT-4.7.0-1",
        (K::MisplacedWildcard, _) => "MQTT-4.7.1-1",
        (K::MalformedShare, _) => "MQTT-4.8.2-1",
        (K::NoLocalOnShare, _) => "MQTT-3.8.3-4",
        (K::EmptyPayload, Some(P::Subscribe)) => "MQTT-3.8.3-2",
        (K::EmptyPayload, Some(P::Unsubscribe)) => "MQTT-3.10.3-2",
        (K::EmptyPayload, Some(P::Suback)) => "MQTT-3.8.4-6",
        (K::EmptyPayload, _) => "MQTT-3.11.3-2",
        (K::SessionPresentOnRefusal, _) => "MQTT-3.2.2-6",
        (K::ReasonCode, Some(P::Connack)) => "MQTT-3.2.2-8",
        (K::ReasonCode, Some(P::Puback)) => "MQTT-3.4.2-1",
        (K::ReasonCode, Some(P::Pubrec)) => "MQTT-3.5.2-1",
        (K::ReasonCode, Some(P::Pubrel)) => "MQTT-3.6.2-1",
        (K::ReasonCode, Some(P::Pubcomp)) => "MQTT-3.7.2-1",
        (K::ReasonCode, Some(P::Suback)) => "MQTT-3.9.3-2",
        (K::ReasonCode, Some(P::Unsuback)) => "MQTT-3.11.3-2",
        (K::ReasonCode, Some(P::Disconnect)) => "MQTT-3.14.2-1",
        (K::ReasonCode, _) => "MQTT-3.15.2-1",
        (K::UnknownProperty, _) => "5.0§2.2.2.2-l",
        (K::MisplacedProperty, Some(P::Connect)) => "5.0§2.2.2.2-a",
        (K::MisplacedProperty, Some(P::Publish)) => "5.0§2.2.2.2-c",
        (K::MisplacedProperty, Some(P::Puback)) => "5.0§2.2.2.2-d",
        (K::MisplacedProperty, Some(P::Pubrec)) => "5.0§2.2.2.2-e",
        (K::MisplacedProperty, Some(P::Pubrel)) => "5.0§2.2.2.2-f",
        (K::MisplacedProperty, Some(P::Pubcomp)) => "5.0§2.2.2.2-g",
        (K::MisplacedProperty, Some(P::Subscribe)) => "5.0§2.2.2.2-h",
        (K::MisplacedProperty, Some(P::Unsubscribe)) => "5.0§2.2.2.2-i",
        (K::MisplacedProperty, Some(P::Disconnect)) => "5.0§2.2.2.2-j",
        (K::MisplacedProperty, Some(P::Auth)) => "5.0§2.2.2.2-k",
        (K::MisplacedProperty, _) => "5.0§2.2.2.2-o",
        (K::TopicAliasZero, _) => "MQTT-3.3.2-8",
        (K::MissingAuthenticationMethod, Some(P::Auth)) => "5.0§3.15.2.2.2-a",
        (K::MissingAuthenticationMethod, _) => "5.0§3.1.2.11.10-a",
        // a matter of the property, not of the kind: see `statement_in`
        (K::RepeatedProperty | K::PropertyValue, _) => return None,
        // legal in v5 (section 3.1.2.9)
        (K::PasswordWithoutUserName, _) => return None,
    })
}

fn v3_1_1(kind: K, packet: Option<P>) -> Option<&'static str> {
    Some(match (kind, packet) {
        (K::ReservedPacketType, _) => "3.1.1§2.2.1-a",
        (K::FixedHeaderFlags, Some(P::Pubrel)) => "MQTT-3.6.1-1",
        (K::FixedHeaderFlags, Some(P::Subscribe)) => "MQTT-3.8.1-1",
        (K::FixedHeaderFlags, Some(P::Unsubscribe)) => "MQTT-3.10.1-1",
        (K::FixedHeaderFlags, Some(P::Disconnect)) => "MQTT-3.14.1-1",
        (K::FixedHeaderFlags, _) => "MQTT-2.2.2-2",
        (K::Truncated | K::TrailingBytes, Some(P::Connack)) => "3.1.1§3.2.1-a",
        (
            K::Truncated | K::TrailingBytes,
            Some(
                P::Puback | P::Pubrec | P::Pubrel | P::Pubcomp | P::Unsuback | P::Pingreq | P::Pingresp | P::Disconnect,
            ),
        ) => "3.1.1§3.4.1-a",
        (K::VariableByteIntegerTooLong | K::Truncated | K::TrailingBytes, _) => "3.1.1§2.2.3-a",
        (K::IllFormedUtf8, _) => "MQTT-1.5.3-1",
        (K::NulInString, _) => "MQTT-1.5.3-2",
        (K::ControlCharacter | K::NonCharacter, _) => "3.1.1§1.5.3-a",
        (K::ZeroPacketIdentifier, Some(P::Puback | P::Pubrec | P::Pubrel)) => "MQTT-2.3.1-6",
        (K::ZeroPacketIdentifier, Some(P::Suback | P::Unsuback)) => "MQTT-2.3.1-7",
        (K::ZeroPacketIdentifier, Some(P::Pubcomp)) => "MQTT-4.3.3-2",
        (K::ZeroPacketIdentifier, _) => "MQTT-2.3.1-1",
        (K::ProtocolName, _) => "MQTT-3.1.2-1",
        (K::ProtocolLevel, _) => "MQTT-3.1.2-2",
        (K::ReservedBits, Some(P::Connect)) => "MQTT-3.1.2-3",
        (K::ReservedBits, Some(P::Connack)) => "3.1.1§3.2.2.1-a",
        (K::ReservedBits | K::SubscriptionQosThree, _) => "MQTT-3.8.3-4",
        (K::WillFlags, _) => "MQTT-3.1.2-11",
        (K::QosThree, Some(P::Connect)) => "MQTT-3.1.2-14",
        (K::QosThree, _) => "MQTT-3.3.1-4",
        (K::DupWithoutQos, _) => "MQTT-3.3.1-2",
        (K::PasswordWithoutUserName, _) => "MQTT-3.1.2-22",
        (K::EmptyTopicName | K::EmptyTopicFilter | K::MissingTopicName, _) => "MQTT-4.7.3-1",
        (K::WildcardInTopicName, Some(P::Publish)) => "MQTT-3.3.2-2",
        (K::WildcardInTopicName, _) => "MQTT-4.7.1-1",
        (K::MisplacedWildcard, _) => "MQTT-4.7.1-2",
        (K::EmptyPayload, Some(P::Subscribe)) => "MQTT-3.8.3-3",
        (K::EmptyPayload, Some(P::Suback)) => "MQTT-3.8.4-5",
        (K::EmptyPayload, _) => "MQTT-3.10.3-2",
        (K::SessionPresentOnRefusal, _) => "MQTT-3.2.2-4",
        (K::ReasonCode, Some(P::Suback)) => "MQTT-3.9.3-2",
        (K::ReasonCode, _) => "MQTT-3.2.2-6",
        // v3.1.1 describes how the shortest form is made, and does not require it
        (K::OverLongInteger, _) => return None,
        // 3.1.1 has no Maximum Packet Size, no shared subscriptions, no properties
        (K::PacketTooLarge | K::RetainHandlingThree | K::MalformedShare | K::NoLocalOnShare, _) => return None,
        (K::UnknownProperty | K::MisplacedProperty | K::RepeatedProperty | K::PropertyValue, _) => return None,
        (K::TopicAliasZero | K::MissingAuthenticationMethod, _) => return None,
    })
}

/// The offset of the Share Name, after `$share/`.
const SHARE_NAME: usize = 7;
const WILL_QOS: u8 = 0x18;
