//! The table of the 27 properties of v5 (section 2.2.2.2).

use core::{
    fmt,
    num::{NonZeroU16, NonZeroU32},
};

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, InvalidValue, PacketType, QoS, SubscriptionIdentifier, TopicAlias,
    TopicName, Utf8String,
    place::Place,
    property_check::Check,
    property_value::{DataType, PropertyType, PropertyValue},
    reader::Reader,
    seq::Item,
    writer::Writer,
};

macro_rules! properties {
    ($($id:literal $variant:ident($type:ty) $name:ident in $($place:ident)|+: $doc:literal;)*) => {
        /// A property (v5 section 2.2.2.2). Whether a packet may carry it is checked when the packet is decoded or encoded. Its
        /// `Debug` hides Authentication Data.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Property<'a> { $(#[doc = $doc] $variant($type),)* }

        impl<'a> Property<'a> {
            /// Identifier and name of every property, by identifier.
            pub const ALL: &'static [(u8, &'static str)] = &[$(($id, stringify!($name))),*];

            /// The identifier on the wire.
            #[must_use]
            #[inline]
            pub const fn id(&self) -> u8 {
                match self { $(Property::$variant(_) => $id,)* }
            }

            /// The standard's name in snake_case.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Property::$variant(_) => stringify!($name),)* }
            }

            /// The value, by its data type on the wire.
            #[must_use]
            pub fn value(&self) -> PropertyValue<'a> {
                match self { $(Property::$variant(value) => PropertyType::to_value(*value),)* }
            }

            /// The property with this identifier and value.
            ///
            /// # Errors
            /// [`InvalidValue::OutOfRange`] for an unknown identifier or a value out of range,
            /// [`InvalidValue::OtherType`] for a value of another data type, and the errors of the type's own constructor.
            pub fn from_value(id: u8, value: PropertyValue<'a>) -> Result<Self, InvalidValue> {
                match id {
                    $($id => <$type>::from_value(value).map(Property::$variant),)*
                    _ => Err(InvalidValue::OutOfRange),
                }
            }

            /// The data type of the property with this identifier (v5 table 2-4); `None` if there is no such property.
            #[must_use]
            pub const fn data_type(id: u8) -> Option<DataType> {
                match id { $($id => Some(<$type>::DATA_TYPE),)* _ => None }
            }

            #[inline]
            pub(crate) const fn places(id: u8) -> Option<Place> {
                match id { $($id => Some(Place::NOWHERE$(.or(Place::$place))+),)* _ => None }
            }

            #[inline]
            fn read_value(id: u8, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                match id {
                    $($id => <$type>::read(reader).map(Property::$variant),)*
                    _ => Err(reader.error(DecodeErrorKind::UnknownProperty)),
                }
            }

            /// How its value is checked.
            #[inline]
            pub(crate) const fn check(id: u8) -> Check {
                match id { $($id => <$type>::CHECK,)* _ => Check::Unknown }
            }
        }

        impl fmt::Debug for Property<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // may contain a password, which must not appear in logs
                if let Property::AuthenticationData(_) = self {
                    return f.write_str("AuthenticationData(hidden)");
                }
                match self {
                    $(Property::$variant(value) => f.debug_tuple(stringify!($variant)).field(value).finish(),)*
                }
            }
        }

        impl<'a> crate::Properties<'a> {
            $(
                #[doc = concat!("The first ", stringify!($variant), ": ", $doc)]
                #[must_use]
                pub fn $name(&self) -> Option<$type> {
                    self.iter().find_map(|property| match property {
                        Property::$variant(value) => Some(value),
                        _ => None,
                    })
                }
            )*
        }
    };
}

properties! {
    0x01 PayloadFormatIndicator(u8) payload_format_indicator in PUBLISH | WILL:
        "0 means unspecified bytes, 1 means UTF-8 text. The standard leaves other values open in PUBLISH. Defaults to 0. See v5 section 3.3.2.3.2; for the Will 3.1.3.2.3.";
    0x02 MessageExpiryInterval(u32) message_expiry_interval in PUBLISH | WILL:
        "Lifetime of the Application Message in seconds. It does not expire if this is absent. See v5 section 3.3.2.3.3; for the Will 3.1.3.2.4.";
    // v5 [MQTT-3.3.2-19]
    0x03 ContentType(Utf8String<'a>) content_type in PUBLISH | WILL:
        "Describes the payload, in terms that sender and receiver agree on. See v5 section 3.3.2.3.9; for the Will 3.1.3.2.5.";
    // v5 [MQTT-3.3.2-13] [MQTT-3.3.2-14]
    0x08 ResponseTopic(TopicName<'a>) response_topic in PUBLISH | WILL:
        "Topic Name for a response. See v5 section 3.3.2.3.5; for the Will 3.1.3.2.6.";
    0x09 CorrelationData(BinaryData<'a>) correlation_data in PUBLISH | WILL:
        "Identifies the request that a response belongs to. See v5 section 3.3.2.3.6; for the Will 3.1.3.2.7.";
    0x0B SubscriptionIdentifier(SubscriptionIdentifier) subscription_identifier in PUBLISH | SUBSCRIBE:
        "1 to 268 435 455. In a PUBLISH from the Server, one for each subscription that matched. See v5 sections 3.8.2.1.2, 3.3.2.3.8.";
    0x11 SessionExpiryInterval(u32) session_expiry_interval in CONNECT | CONNACK | DISCONNECT:
        "Seconds that the Session is kept after the connection ends; 0xFFFFFFFF means that it does not expire. Defaults to 0 in CONNECT. See v5 sections 3.1.2.11.2, 3.2.2.3.2, 3.14.2.2.2.";
    0x12 AssignedClientIdentifier(Utf8String<'a>) assigned_client_identifier in CONNACK:
        "The Client Identifier that the Server assigned, because the Client sent none. See v5 section 3.2.2.3.7.";
    0x13 ServerKeepAlive(u16) server_keep_alive in CONNACK:
        "Keep Alive in seconds, which replaces the Client's. See v5 section 3.2.2.3.14.";
    0x15 AuthenticationMethod(Utf8String<'a>) authentication_method in CONNECT | CONNACK | AUTH:
        "Name of the method of enhanced authentication. See v5 sections 3.1.2.11.9, 3.2.2.3.17, 3.15.2.2.2.";
    0x16 AuthenticationData(BinaryData<'a>) authentication_data in CONNECT | CONNACK | AUTH:
        "Data of the authentication method. See v5 sections 3.1.2.11.10, 3.2.2.3.18, 3.15.2.2.3.";
    0x17 RequestProblemInformation(bool) request_problem_information in CONNECT:
        "Whether the Server may send Reason String and User Properties with failures. Defaults to true. See v5 section 3.1.2.11.7.";
    0x18 WillDelayInterval(u32) will_delay_interval in WILL:
        "Seconds between the end of the connection and the publication of the Will. Defaults to 0. See v5 section 3.1.3.2.2.";
    0x19 RequestResponseInformation(bool) request_response_information in CONNECT:
        "Whether the Client requests Response Information. Defaults to false. See v5 section 3.1.2.11.6.";
    0x1A ResponseInformation(Utf8String<'a>) response_information in CONNACK:
        "Basis for creating Response Topics. See v5 section 3.2.2.3.15.";
    0x1C ServerReference(Utf8String<'a>) server_reference in CONNACK | DISCONNECT:
        "Another Server to use. See v5 sections 3.2.2.3.16, 3.14.2.2.5.";
    0x1F ReasonString(Utf8String<'a>) reason_string in CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | DISCONNECT | AUTH:
        "Text for people, not to be parsed. See v5 sections 3.2.2.3.9 and those of the other packets.";
    0x21 ReceiveMaximum(NonZeroU16) receive_maximum in CONNECT | CONNACK:
        "Number of QoS 1 and 2 publications that may be unacknowledged at the same time. Defaults to 65 535. See v5 sections 3.1.2.11.3, 3.2.2.3.3.";
    0x22 TopicAliasMaximum(u16) topic_alias_maximum in CONNECT | CONNACK:
        "The highest Topic Alias that is accepted. Defaults to 0. See v5 sections 3.1.2.11.5, 3.2.2.3.8.";
    0x23 TopicAlias(TopicAlias) topic_alias in PUBLISH:
        "Replaces the Topic Name. See v5 section 3.3.2.3.4.";
    0x24 MaximumQos(QoS) maximum_qos in CONNACK:
        "The highest QoS the Server supports, 0 or 1. Defaults to 2. See v5 section 3.2.2.3.4.";
    0x25 RetainAvailable(bool) retain_available in CONNACK:
        "Whether the Server supports retained messages. Defaults to true. See v5 section 3.2.2.3.5.";
    // v5 section 3.1.2.11.8
    0x26 UserProperty(UserProperty<'a>) user_property in CONNECT | CONNACK | PUBLISH | WILL | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBSCRIBE | SUBACK | UNSUBSCRIBE | UNSUBACK | DISCONNECT | AUTH:
        "A name and a value. May appear several times, and the order is kept. See v5 sections 3.1.2.11.8 and those of the other packets.";
    0x27 MaximumPacketSize(NonZeroU32) maximum_packet_size in CONNECT | CONNACK:
        "The largest packet that is accepted, in bytes with its fixed header. No limit if absent. See v5 sections 3.1.2.11.4, 3.2.2.3.6.";
    0x28 WildcardSubscriptionAvailable(bool) wildcard_subscription_available in CONNACK:
        "Whether the Server supports wildcards. Defaults to true. See v5 section 3.2.2.3.11.";
    0x29 SubscriptionIdentifierAvailable(bool) subscription_identifier_available in CONNACK:
        "Whether the Server supports Subscription Identifiers. Defaults to true. See v5 section 3.2.2.3.12.";
    0x2A SharedSubscriptionAvailable(bool) shared_subscription_available in CONNACK:
        "Whether the Server supports shared subscriptions. Defaults to true. See v5 section 3.2.2.3.13.";
}

/// Name and value of a User Property (v5 section 1.5.7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UserProperty<'a> {
    /// The name. May be empty, and may appear in several User Properties.
    pub name: Utf8String<'a>,
    /// The value; may be empty.
    pub value: Utf8String<'a>,
}

impl fmt::Debug for UserProperty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.name, self.value)
    }
}

impl Property<'_> {
    /// Whether packets of this type may carry the property with this identifier (v5 table 2-4). For the Will Properties
    /// see [`Property::is_allowed_in_will`].
    #[must_use]
    pub const fn is_allowed_in(id: u8, packet_type: PacketType) -> bool {
        Self::is_allowed_at(id, Place::of(packet_type))
    }

    /// Whether the Will Properties may contain the property with this identifier (v5 section 3.1.3.2).
    #[must_use]
    pub const fn is_allowed_in_will(id: u8) -> bool {
        Self::is_allowed_at(id, Place::WILL)
    }

    pub(crate) const fn is_allowed_at(id: u8, place: Place) -> bool {
        match Self::places(id) {
            Some(places) => places.holds(place),
            None => false,
        }
    }

    /// Whether it may appear more than once there: by v5 sections 2.2.2.2 and 3.3.2.3.8, and in PUBLISH also because the
    /// standard does not forbid it (sections 3.3.2.3.2 and 3.3.2.3.3; in the Will it does).
    pub(crate) const fn may_repeat(id: u8, place: Place) -> bool {
        id == 0x26 || (matches!(id, 0x01 | 0x02 | 0x0B) && place.holds(Place::PUBLISH))
    }

    /// The largest identifier.
    pub(crate) const MAXIMUM_ID: u8 = 0x2A;
}

impl<'a> Item<'a> for Property<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        // a Variable Byte Integer; all existing identifiers fit in one byte
        let id = u8::try_from(reader.variable_byte_integer()?).unwrap_or(u8::MAX);
        Self::read_value(id, reader)
    }

    fn encoded_len(&self) -> usize {
        self.value().encoded_len().saturating_add(1)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.byte(self.id());
        self.value().write(writer);
    }
}
