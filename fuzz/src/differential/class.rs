//! The table of known disagreements: who is right, by which statement.

use mqttspec_codec::{
    Connect, DecodeError, DecodeErrorKind as Kind, Packet, PacketType, Properties, Property, Version,
};

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident $(= $kind:ident in $($version:ident)+ $(: $($packet:ident)+)?)?;)*) => {
        /// A disagreement that is known.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class { $($(#[$doc])* $class,)* }

        impl Class {
            /// All of them.
            pub const ALL: &'static [Class] = &[$(Class::$class),*];

            /// Ours refuses what theirs takes.
            pub(super) fn of_taken(error: &DecodeError, version: Version) -> Option<Class> {
                $($(
                    let is_version = [$(Version::$version),+].contains(&version);
                    let packets: &[PacketType] = &[$($(PacketType::$packet),+)?];
                    let is_packet = packets.is_empty() || error.packet_type.is_some_and(|found| packets.contains(&found));
                    if error.kind == Kind::$kind && is_version && is_packet {
                        return Some(Class::$class);
                    }
                )?)*
                None
            }
        }
    };
}

classes! {
    /// Ours is right: v5 [MQTT-1.5.4-2], v3.1.1 [MQTT-1.5.3-2], no U+0000 in a string.
    NulInString = NulInString in V3_1_1 V5;
    /// Ours is right: v5 [MQTT-3.3.2-2] [MQTT-3.3.2-14] [MQTT-4.7.0-1], v3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1], no
    /// wildcard in a Topic Name, be it of PUBLISH, of a Will or for a response.
    WildcardInTopicName = WildcardInTopicName in V3_1_1 V5;
    /// Ours is right: v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1], a Will Topic or Response Topic has a character.
    EmptyTopicName = EmptyTopicName in V3_1_1 V5;
    /// Ours is right: 5.0§3.3.2.1-a, a PUBLISH has a Topic Name or a Topic Alias.
    MissingTopicName = MissingTopicName in V5;
    /// Ours is right: v5 [MQTT-4.7.3-1], a Topic Filter has a character. Theirs knows it in 3.1.1.
    EmptyTopicFilter = EmptyTopicFilter in V5;
    /// Ours is right: v5 [MQTT-4.7.1-1] [MQTT-4.7.1-2], v3.1.1 [MQTT-4.7.1-2] [MQTT-4.7.1-3].
    MisplacedWildcard = MisplacedWildcard in V3_1_1 V5;
    /// Ours is right: v5 [MQTT-4.8.2-1] [MQTT-4.8.2-2], the form of a shared subscription.
    MalformedShare = MalformedShare in V5;
    /// Ours is right: v5 [MQTT-3.8.3-4], a Protocol Error.
    NoLocalOnShare = NoLocalOnShare in V5;
    /// Either: v5 [MQTT-3.3.1-2], v3.1.1 [MQTT-3.3.1-2] bind the sender.
    DupWithoutQos = DupWithoutQos in V3_1_1 V5;
    /// Ours is right: v3.1.1 [MQTT-3.8.3-4], reserved bits of the requested QoS. Theirs knows it in v5.
    ReservedBits = ReservedBits in V3_1_1: Subscribe;
    /// Either: v5 [MQTT-3.2.2-6], v3.1.1 [MQTT-3.2.2-4] bind the Server.
    SessionPresentOnRefusal = SessionPresentOnRefusal in V3_1_1 V5: Connack;
    /// Either: v5 section 2.1.4, v3.1.1 section 2.2.3 define the length, and not what a receiver does with more.
    TrailingBytes = TrailingBytes in V3_1_1 V5;
    /// Ours is right: v5 [MQTT-3.8.4-6], v3.1.1 [MQTT-3.8.4-5], a code for each filter, of which there is one.
    EmptyPayload = EmptyPayload in V3_1_1 V5: Suback Unsuback;
    /// Ours is right: v3.1.1 [MQTT-3.1.2-22].
    PasswordWithoutUserName = PasswordWithoutUserName in V3_1_1;
    /// Either: v3.1.1 [MQTT-3.1.2-1] [MQTT-3.1.2-2], the Server may speak what goes by another name and level.
    ProtocolLevel = ProtocolLevel in V3_1_1;
    /// Ours is right: 5.0§3.15.2.2.2-a, no authentication without a method.
    MissingAuthenticationMethod = MissingAuthenticationMethod in V5;
    /// Ours is right: 5.0§3.2.2.3.4-a, Maximum QoS is 0 or 1; 5.0§3.2.2.3.6-a, Maximum Packet Size is not 0.
    PropertyValue = PropertyValue in V5: Connack;
    /// Ours is right: v5 [MQTT-3.1.2-11] [MQTT-3.1.2-13]. Theirs knows it in 3.1.1.
    WillFlags = WillFlags in V5;
    /// Ours is right: v3.1.1 [MQTT-3.2.2-6], return code 6 is reserved.
    ReturnCode = ReasonCode in V3_1_1: Connack;
    /// Either: ours refuses a fixed header before the packet is there, theirs waits for it.
    RefusedEarly;
    /// Ours is right: v5 section 3.3.2.3.3, a Four Byte Integer without a lower bound.
    MessageExpiryZero;
    /// Either: nothing is said of other values than 0 and 1, in PUBLISH (5.0§3.3.2.3.2-b) or a Will.
    PayloadFormat;
    /// Either: 5.0§3.3.2.3.2-b, 5.0§3.3.2.3.3-a are silent on repeated properties in PUBLISH.
    RepeatedInPublish;
    /// Ours is right in v5 [MQTT-3.1.3-6]: the Server may accept it. In v3.1.1 [MQTT-3.1.3-8] it refuses it, with a CONNACK.
    EmptyClientIdentifier;
    /// Ours is right: 3.1 section 3.1, User Name and Password may be missing though their flags are set.
    MissingUserName;
    /// Either: v5 [MQTT-1.5.5-1] binds the sender. Theirs reads a property's identifier as one byte.
    OverLongInteger;
}

impl Class {
    /// Ours takes what theirs refuses.
    pub(super) fn of_refused(packet: &Packet<'_>, version: Version) -> Option<Class> {
        match packet {
            Packet::Connect(connect) if connect.client_id.is_empty() && !connect.clean_start => {
                Some(Class::EmptyClientIdentifier)
            }
            Packet::Connect(Connect { version: Version::V3_1, user_name, password, .. }) => {
                (user_name.is_none() || password.is_none()).then_some(Class::MissingUserName)
            }
            Packet::Connect(connect) if version == Version::V5 => values(&connect.will?.properties),
            Packet::Publish(publish) => values(&publish.properties),
            _ => None,
        }
    }
}

/// Values and repeats, of a PUBLISH or a Will.
fn values(properties: &Properties<'_>) -> Option<Class> {
    let ids: Vec<u8> = properties.iter().map(|property| property.id()).collect();
    let is_repeated = |id| ids.iter().filter(|found| **found == id).count() > 1;
    if properties.iter().any(|property| property == Property::MessageExpiryInterval(0)) {
        Some(Class::MessageExpiryZero)
    } else if [Property::PayloadFormatIndicator(0).id(), Property::MessageExpiryInterval(0).id()]
        .into_iter()
        .any(is_repeated)
    {
        Some(Class::RepeatedInPublish)
    } else {
        (properties.payload_format_indicator()? > 1).then_some(Class::PayloadFormat)
    }
}
