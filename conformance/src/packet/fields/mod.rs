//! The fields of every Control Packet in the vector language: which fields a vector may write, and how a packet is
//! converted to fields, built from fields, and printed.
//!
//! Properties are fields too. Their names and data types come from the codec's table.
//!
//! ```
//! use mqttspec::packet::fields;
//! use mqttspec_codec::{decode_frame, PacketType, Version};
//! let packet = decode_frame(&[0x40, 2, 0, 7], Version::V5).unwrap();
//! let read = fields::read(&packet);
//! assert_eq!(fields::describe(PacketType::Puback, &read), "PUBACK: {packet_id: 7, reason_code: success}");
//! assert_eq!(fields::write(PacketType::Puback, &read, Version::V5).unwrap(), [0x40, 2, 0, 7]);
//! ```

mod describe;
mod read;
mod write;

use mqttspec_codec::{DataType, PacketType, Property, Version};

pub use self::{
    describe::{describe, describe_in_full, describe_value},
    read::read,
    write::{WriteError, write},
};

/// The kind of value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A number up to `u64`; a property of one byte may also be written as `true` or `false`.
    Number(u64),
    /// 0, 1 or 2.
    Qos,
    /// 1 to 65 535.
    PacketId,
    /// Text.
    Text,
    /// A Topic Name; the run's prefix is prepended.
    Topic,
    /// A Topic Filter; the run's prefix is prepended.
    Filter,
    /// A Client Identifier; the run's letters are prepended.
    ClientId,
    /// Any bytes.
    Binary,
    /// A Reason Code, by name or number.
    ReasonCode,
    /// A list of Reason Codes.
    ReasonCodes,
    /// A list of Topic Filters.
    Filters,
    /// A list of subscriptions: see [`SUBSCRIPTION`].
    Subscriptions,
    /// A Will: see [`will`].
    Will,
    /// A list of pairs of text.
    UserProperties,
    /// A list of numbers.
    SubscriptionIdentifiers,
}

/// A field of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in vectors.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: Kind,
    /// Whether only v5 has it.
    pub only_v5: bool,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, only_v5: false }
    }

    const fn v5(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, only_v5: true }
    }

    /// Whether packets of that version have the field.
    #[must_use]
    pub const fn exists_in(&self, version: Version) -> bool {
        !self.only_v5 || version.has_properties()
    }
}

/// All fields of a packet type: first those of the packet, then its properties.
#[must_use]
pub fn of(packet_type: PacketType) -> Vec<Field> {
    let mut fields = own(packet_type).to_vec();
    fields.extend(properties(|id| Property::is_allowed_in(id, packet_type), packet_type == PacketType::Publish));
    fields
}

/// The field of that name in a packet type.
#[must_use]
pub fn lookup(packet_type: PacketType, name: &str) -> Option<Field> {
    of(packet_type).into_iter().find(|field| field.name == name)
}

/// The fields of a Will.
#[must_use]
pub fn will() -> Vec<Field> {
    let mut fields = WILL.to_vec();
    fields.extend(properties(Property::is_allowed_in_will, false));
    fields
}

/// The fields of a subscription in SUBSCRIBE.
pub const SUBSCRIPTION: &[Field] = &[
    Field::new("filter", Kind::Filter),
    Field::new("qos", Kind::Qos),
    Field::v5("no_local", Kind::Flag),
    Field::v5("retain_as_published", Kind::Flag),
    Field::v5("retain_handling", Kind::Number(3)),
];

const WILL: &[Field] = &[
    Field::new("topic", Kind::Topic),
    Field::new("payload", Kind::Binary),
    Field::new("qos", Kind::Qos),
    Field::new("retain", Kind::Flag),
];

/// Its name in lists of pairs.
pub(crate) const USER_PROPERTIES: &str = "user_properties";
/// Its name in PUBLISH, where it may appear several times.
pub(crate) const SUBSCRIPTION_IDENTIFIERS: &str = "subscription_identifiers";

const fn own(packet_type: PacketType) -> &'static [Field] {
    const PACKET_ID: Field = Field::new("packet_id", Kind::PacketId);
    const REASON_CODE: Field = Field::v5("reason_code", Kind::ReasonCode);
    match packet_type {
        PacketType::Connect => {
            const {
                &[
                    Field::new("client_id", Kind::ClientId),
                    Field::new("clean_start", Kind::Flag),
                    Field::new("keep_alive", Kind::Number(0xFFFF)),
                    Field::new("will", Kind::Will),
                    Field::new("user_name", Kind::Text),
                    Field::new("password", Kind::Binary),
                ]
            }
        }
        PacketType::Connack => {
            const { &[Field::new("session_present", Kind::Flag), Field::new("reason_code", Kind::ReasonCode)] }
        }
        PacketType::Publish => {
            const {
                &[
                    Field::new("topic", Kind::Topic),
                    Field::new("qos", Kind::Qos),
                    Field::new("dup", Kind::Flag),
                    Field::new("retain", Kind::Flag),
                    PACKET_ID,
                    Field::new("payload", Kind::Binary),
                ]
            }
        }
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => {
            const { &[PACKET_ID, REASON_CODE] }
        }
        PacketType::Subscribe => const { &[PACKET_ID, Field::new("subscriptions", Kind::Subscriptions)] },
        PacketType::Suback => const { &[PACKET_ID, Field::new("reason_codes", Kind::ReasonCodes)] },
        PacketType::Unsubscribe => const { &[PACKET_ID, Field::new("filters", Kind::Filters)] },
        PacketType::Unsuback => const { &[PACKET_ID, Field::v5("reason_codes", Kind::ReasonCodes)] },
        PacketType::Disconnect | PacketType::Auth => const { &[REASON_CODE] },
        PacketType::Pingreq | PacketType::Pingresp => &[],
    }
}

/// The properties for which `is_allowed` is true, as fields.
fn properties(is_allowed: impl Fn(u8) -> bool, publish: bool) -> impl Iterator<Item = Field> {
    Property::ALL.iter().filter(move |(id, _)| is_allowed(*id)).filter_map(move |(id, name)| {
        let number = |bits: u32| Kind::Number((1u64 << bits) - 1);
        let kind = match Property::data_type(*id)? {
            DataType::Byte => number(8),
            DataType::TwoByteInteger => number(16),
            DataType::FourByteInteger => number(32),
            DataType::VariableByteInteger if publish => {
                return Some(Field::v5(SUBSCRIPTION_IDENTIFIERS, Kind::SubscriptionIdentifiers));
            }
            DataType::VariableByteInteger => number(28),
            DataType::Utf8String if *name == "response_topic" => Kind::Topic,
            DataType::Utf8String => Kind::Text,
            DataType::BinaryData => Kind::Binary,
            DataType::Utf8StringPair => return Some(Field::v5(USER_PROPERTIES, Kind::UserProperties)),
        };
        Some(Field::v5(name, kind))
    })
}
