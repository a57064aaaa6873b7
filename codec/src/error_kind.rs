//! The table of what can be wrong with bytes: name, text and the Reason Code to send. Which statement is broken depends on
//! packet and version: see `statement`.

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

            /// The name in snake_case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(DecodeErrorKind::$variant => $name,)* }
            }

            /// What is wrong, as a fragment that begins in lowercase.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(DecodeErrorKind::$variant => $text,)* }
            }

            /// The Reason Code that a v5 receiver sends (v5 section 4.13).
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
    /// Fixed header flags that are not those required for the packet type.
    FixedHeaderFlags "fixed_header_flags" "the fixed header flags are not those required for this packet type" MalformedPacket;
    /// A fifth byte in a Variable Byte Integer.
    VariableByteIntegerTooLong "variable_byte_integer_too_long" "a variable byte integer has more than four bytes" MalformedPacket;
    /// The packet is larger than the receiver accepts.
    PacketTooLarge "packet_too_large" "the packet is larger than the maximum packet size" PacketTooLarge;
    /// A field extends past the end of the packet or of the properties.
    Truncated "truncated" "a field extends past the end of the packet" MalformedPacket;
    /// Bytes after the last field.
    TrailingBytes "trailing_bytes" "there are bytes after the last field" MalformedPacket;
    /// Not UTF-8; overlong forms and surrogates are not UTF-8 either.
    IllFormedUtf8 "ill_formed_utf8" "a string is not well-formed UTF-8" MalformedPacket;
    /// U+0000 in a string.
    NulInString "nul_in_string" "a string contains U+0000" MalformedPacket;
    /// U+0001 to U+001F or U+007F to U+009F in a string. Only [`decode_with`](crate::decode_with) rejects it.
    ControlCharacter "control_character" "a string contains a control character" MalformedPacket;
    /// A Unicode noncharacter, such as U+FFFF, in a string. Only [`decode_with`](crate::decode_with) rejects it.
    NonCharacter "non_character" "a string contains a noncharacter" MalformedPacket;
    /// A Variable Byte Integer of more bytes than its value needs. Only [`decode_with`](crate::decode_with) rejects it.
    OverLongInteger "over_long_integer" "a variable byte integer is longer than necessary" MalformedPacket;
    /// A Packet Identifier of zero.
    ZeroPacketIdentifier "zero_packet_identifier" "the packet identifier is zero" ProtocolError;
    /// An unknown Protocol Name.
    ProtocolName "protocol_name" "the protocol name is not MQTT" UnsupportedProtocolVersion;
    /// A Protocol Level other than 3, 4 and 5, or one that does not belong to the name.
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
    /// An empty Topic Name.
    EmptyTopicName "empty_topic_name" "the topic name is empty" ProtocolError;
    /// An empty Topic Name in PUBLISH without a Topic Alias.
    MissingTopicName "missing_topic_name" "there is neither a topic name nor a topic alias" ProtocolError;
    /// `#` or `+` in a Topic Name.
    WildcardInTopicName "wildcard_in_topic_name" "a topic name contains a wildcard" TopicNameInvalid;
    /// An empty Topic Filter.
    EmptyTopicFilter "empty_topic_filter" "a topic filter is empty" ProtocolError;
    /// `#` that is not the whole last level, or `+` that is not a whole level.
    MisplacedWildcard "misplaced_wildcard" "a wildcard does not occupy a whole level of the topic filter, or `#` is not the last level" TopicFilterInvalid;
    /// `$share/` without a Share Name, with a wildcard in it, or without a filter.
    MalformedShare "malformed_share" "a shared subscription does not have the form $share/name/filter" TopicFilterInvalid;
    /// No Local on a shared subscription.
    NoLocalOnShare "no_local_on_share" "No Local is set on a shared subscription" ProtocolError;
    /// No subscription, no filter, no Reason Code.
    EmptyPayload "empty_payload" "the payload is empty" ProtocolError;
    /// Session Present together with the Reason Code of a refusal.
    SessionPresentOnRefusal "session_present_on_refusal" "Session Present is set on a refused connection" ProtocolError;
    /// A Reason Code that is unknown or not allowed in this packet.
    ReasonCode "reason_code" "the reason code is not allowed in this packet" MalformedPacket;
    /// An unknown property identifier.
    UnknownProperty "unknown_property" "the property identifier is unknown" MalformedPacket;
    /// A property that is not allowed in this packet.
    MisplacedProperty "misplaced_property" "the property is not allowed in this packet" MalformedPacket;
    /// A property that appears twice where it may appear once.
    RepeatedProperty "repeated_property" "the property appears twice" ProtocolError;
    /// A property whose value is out of range.
    PropertyValue "property_value" "the value of the property is out of range" ProtocolError;
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
