//! Field values as the vector language has them: what a packet's field holds, after decoding and before encoding.

use std::collections::BTreeMap;

/// The fields of a packet that are there, by their names in the vector language.
pub type Fields = BTreeMap<&'static str, Value>;

/// What a field holds. Text and binary are both bytes; Reason Codes and QoS are numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A flag.
    Bool(bool),
    /// A number, a QoS, a Reason Code (always as v5 numbers them: the return codes of v3.1.1 CONNACK are mapped).
    Number(u64),
    /// Text or binary.
    Bytes(Vec<u8>),
    /// Subscriptions, filters, Reason Codes, Subscription Identifiers; User Properties are pairs, lists of two.
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
