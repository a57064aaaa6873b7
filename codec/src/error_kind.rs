//! The table of what can be wrong with bytes: name, text and the Reason Code to answer. The statement that is broken
//! depends on packet and version: see `statement`.

use crate::ReasonCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $name:literal $text:literal $reason:ident;)*) => {
        /// What is wrong with the bytes of a packet: Malformed Packet or Protocol Error (v5 section 1.2), by rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum DecodeErrorKind { $($(#[$doc])* $variant,)* }

        impl DecodeErrorKind {
            /// All kinds, in the order of the table.
            pub const ALL: &'static [DecodeErrorKind] = &[$(DecodeErrorKind::$variant),*];

            /// The name that vectors use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(DecodeErrorKind::$variant => $name,)* }
            }

            /// What is wrong, as a lowercase fragment.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(DecodeErrorKind::$variant => $text,)* }
            }

            /// The Reason Code with which a v5 receiver answers (v5 section 4.13).
            #[must_use]
            pub const fn reason_code(self) -> ReasonCode {
                match self { $(DecodeErrorKind::$variant => ReasonCode::$reason,)* }
            }
        }
    };
}

kinds! {
    /// Packet type 0, or 15 before v5.
    ReservedPacketType "reserved_packet_type" "the packet type is reserved" MalformedPacket;
    /// SliceBuffer header flags other than the prescribed ones.
    FixedHeaderFlags "fixed_header_flags" "the flags of the fixed header are not the prescribed ones" MalformedPacket;
    /// A fifth byte in a Variable Byte Integer.
    VariableByteIntegerTooLong "variable_byte_integer_too_long" "a variable byte integer has more than four bytes" MalformedPacket;
    /// The packet is larger than the receiver said it accepts.
    PacketTooLarge "packet_too_large" "the packet is larger than the maximum packet size" PacketTooLarge;
    /// A field runs over the end of the packet or of its block.
    Truncated "truncated" "a field ends behind the end of the packet" MalformedPacket;
    /// Bytes behind the last field.
    TrailingBytes "trailing_bytes" "bytes stand behind the last field" MalformedPacket;
    /// Not UTF-8, overlong forms and surrogates included.
    IllFormedUtf8 "ill_formed_utf8" "a string is not well-formed UTF-8" MalformedPacket;
    /// U+0000 in a string.
    NulInString "nul_in_string" "a string contains U+0000" MalformedPacket;
    /// U+0001 to U+001F or U+007F to U+009F in a string. Only [`decode_with`](crate::decode_with) refuses it.
    ControlCharacter "control_character" "a string contains a control character" MalformedPacket;
    /// A code point that is no character, as U+FFFF, in a string. Only [`decode_with`](crate::decode_with) refuses it.
    NonCharacter "non_character" "a string contains a code point that is no character" MalformedPacket;
    /// A Variable Byte Integer of more bytes than its value needs. Only [`decode_with`](crate::decode_with) refuses it.
    OverLongInteger "over_long_integer" "a variable byte integer has more bytes than it needs" MalformedPacket;
    /// A Packet Identifier of zero.
    ZeroPacketIdentifier "zero_packet_identifier" "the packet identifier is zero" ProtocolError;
    /// A Protocol Name that is none.
    ProtocolName "protocol_name" "the protocol name is not MQTT" UnsupportedProtocolVersion;
    /// A Protocol Level that is none of 3, 4 and 5, or not that of the name.
    ProtocolLevel "protocol_level" "the protocol level is not supported" UnsupportedProtocolVersion;
    /// A reserved bit that is set, in CONNECT flags, CONNACK flags or subscription options.
    ReservedBits "reserved_bits" "reserved bits are set" MalformedPacket;
    /// Will QoS or Will Retain without the Will Flag.
    WillFlags "will_flags" "Will QoS or Will Retain is set without the Will Flag" MalformedPacket;
    /// QoS 3 in PUBLISH or as Will QoS.
    QosThree "qos_three" "the QoS is 3" MalformedPacket;
    /// QoS 3 in subscription options.
    SubscriptionQosThree "subscription_qos_three" "the requested QoS is 3" ProtocolError;
    /// DUP set on QoS 0.
    DupWithoutQos "dup_without_qos" "DUP is set on QoS 0" MalformedPacket;
    /// Retain Handling 3.
    RetainHandlingThree "retain_handling_three" "the Retain Handling is 3" ProtocolError;
    /// Password Flag without User Name Flag, before v5.
    PasswordWithoutUserName "password_without_user_name" "there is a password without a user name" MalformedPacket;
    /// A Topic Name of no characters.
    EmptyTopicName "empty_topic_name" "the topic name is empty" ProtocolError;
    /// An empty Topic Name in PUBLISH without a Topic Alias.
    MissingTopicName "missing_topic_name" "there is neither a topic name nor a topic alias" ProtocolError;
    /// `#` or `+` in a Topic Name.
    WildcardInTopicName "wildcard_in_topic_name" "a topic name contains a wildcard" TopicNameInvalid;
    /// A Topic Filter of no characters.
    EmptyTopicFilter "empty_topic_filter" "a topic filter is empty" ProtocolError;
    /// `#` not last or not alone, `+` not alone in its level.
    MisplacedWildcard "misplaced_wildcard" "a wildcard of a topic filter does not fill its level, or `#` is not last" TopicFilterInvalid;
    /// `$share/` without a Share Name, with a wildcard in it, or without a filter.
    MalformedShare "malformed_share" "a shared subscription has not the form $share/name/filter" TopicFilterInvalid;
    /// No Local on a shared subscription.
    NoLocalOnShare "no_local_on_share" "No Local is set on a shared subscription" ProtocolError;
    /// No subscription, no filter, no Reason Code.
    EmptyPayload "empty_payload" "the payload is empty" ProtocolError;
    /// Session Present beside a refusal.
    SessionPresentOnRefusal "session_present_on_refusal" "Session Present is set on a refused connection" ProtocolError;
    /// A code that this packet may not carry.
    ReasonCode "reason_code" "the reason code may not stand in this packet" MalformedPacket;
    /// A property identifier that is none.
    UnknownProperty "unknown_property" "the property identifier is unknown" MalformedPacket;
    /// A property that may not stand in this packet.
    MisplacedProperty "misplaced_property" "the property may not stand in this packet" MalformedPacket;
    /// A property that stands twice and may not.
    RepeatedProperty "repeated_property" "the property stands twice" ProtocolError;
    /// A property's value out of its range.
    PropertyValue "property_value" "the value of a property is out of its range" ProtocolError;
    /// Topic Alias 0.
    TopicAliasZero "topic_alias_zero" "the topic alias is zero" TopicAliasInvalid;
    /// AUTH without a method, or Authentication Data without one.
    MissingAuthenticationMethod "missing_authentication_method" "there is no authentication method" ProtocolError;
}

impl DecodeErrorKind {
    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
