//! The values of fields in the vector language, after decoding and before encoding.

use std::collections::BTreeMap;

/// The fields present in a packet, by their names in the vector language.
pub type Fields = BTreeMap<&'static str, Value>;

/// The value of a field. Text and binary data are both bytes; Reason Codes and QoS are numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A flag.
    Bool(bool),
    /// A number, a QoS or a Reason Code. Reason Codes always have their v5 number; the return codes of a v3.1.1 CONNACK
    /// are mapped.
    Number(u64),
    /// Text or binary.
    Bytes(Vec<u8>),
    /// Subscriptions, filters, Reason Codes or Subscription Identifiers. User Properties are lists of two texts.
    List(Vec<Value>),
    /// A Will, or a subscription with its options.
    Map(Fields),
}

impl Value {
    /// Text as a value.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Value::Bytes(text.as_bytes().to_vec())
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes, if it has bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}
