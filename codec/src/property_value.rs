//! The data types of property values (v5 section 1.5) and the Rust types for them.

use core::{
    fmt,
    num::{NonZeroU16, NonZeroU32},
};

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, InvalidValue, QoS, TopicName, UserProperty, Utf8String,
    property_check::Check,
    reader::Reader,
    writer::{Writer, variable_byte_integer_len},
};

/// The data type of a property on the wire (v5 section 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// One byte.
    Byte,
    /// Two bytes, most significant first (section 1.5.2).
    TwoByteInteger,
    /// Four bytes, most significant first (section 1.5.3).
    FourByteInteger,
    /// One to four bytes (section 1.5.5).
    VariableByteInteger,
    /// Length and text (section 1.5.4).
    Utf8String,
    /// Length and bytes (section 1.5.6).
    BinaryData,
    /// Two texts (section 1.5.7).
    Utf8StringPair,
}

/// The value of a property by its data type (v5 section 1.5), for code that treats all properties alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyValue<'a> {
    /// One byte.
    Byte(u8),
    /// Two bytes.
    TwoByteInteger(u16),
    /// Four bytes.
    FourByteInteger(u32),
    /// One to four bytes; at most 268 435 455.
    VariableByteInteger(u32),
    /// Text.
    Utf8String(Utf8String<'a>),
    /// Bytes.
    BinaryData(BinaryData<'a>),
    /// A name and a value.
    Utf8StringPair(UserProperty<'a>),
}

impl PropertyValue<'_> {
    pub(crate) fn encoded_len(&self) -> usize {
        match self {
            PropertyValue::Byte(_) => 1,
            PropertyValue::TwoByteInteger(_) => 2,
            PropertyValue::FourByteInteger(_) => 4,
            PropertyValue::VariableByteInteger(value) => variable_byte_integer_len(*value as usize),
            PropertyValue::Utf8String(text) => text.len().saturating_add(2),
            PropertyValue::BinaryData(bytes) => bytes.len().saturating_add(2),
            PropertyValue::Utf8StringPair(pair) => pair.name.len().saturating_add(pair.value.len()).saturating_add(4),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        match self {
            PropertyValue::Byte(value) => writer.byte(*value),
            PropertyValue::TwoByteInteger(value) => writer.two_byte_integer(*value),
            PropertyValue::FourByteInteger(value) => writer.four_byte_integer(*value),
            PropertyValue::VariableByteInteger(value) => writer.variable_byte_integer(*value),
            PropertyValue::Utf8String(text) => writer.prefixed(text.as_bytes()),
            PropertyValue::BinaryData(bytes) => writer.prefixed(bytes),
            PropertyValue::Utf8StringPair(pair) => {
                writer.prefixed(pair.name.as_bytes());
                writer.prefixed(pair.value.as_bytes());
            }
        }
    }
}

/// A Topic Alias: 1 to 65 535 (v5 section 3.3.2.3.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicAlias(NonZeroU16);

impl TopicAlias {
    /// `None` for zero.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 to 65 535.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0.get()
    }
}

/// A Subscription Identifier: 1 to 268 435 455 (v5 section 3.8.2.1.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionIdentifier(NonZeroU32);

impl SubscriptionIdentifier {
    /// `None` for zero and for more than 268 435 455.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(value) if number <= crate::MAXIMUM_REMAINING_LENGTH => Some(Self(value)),
            _ => None,
        }
    }

    /// The number, 1 to 268 435 455.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Debug for TopicAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for SubscriptionIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A Rust type for the value of a property, which cannot contain what the standard forbids.
pub(crate) trait PropertyType<'a>: Sized {
    const DATA_TYPE: DataType;
    const CHECK: Check;
    /// Reads a value that was checked before.
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;
    fn from_value(value: PropertyValue<'a>) -> Result<Self, InvalidValue>;
    fn to_value(self) -> PropertyValue<'a>;
}

/// `Rust type: data type, how the raw number is read and checked, number to value, value to number`
macro_rules! numbers {
    ($($type:ty: $data:ident, $read:ident, $check:ident, |$raw:ident| $make:expr, |$this:ident| $back:expr;)*) => {$(
        impl<'a> PropertyType<'a> for $type {
            const DATA_TYPE: DataType = DataType::$data;
            const CHECK: Check = Check::$check;

            #[inline]
            fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                let $raw = reader.$read()?;
                $make.ok_or_else(|| reader.error(DecodeErrorKind::PropertyValue))
            }

            fn from_value(value: PropertyValue<'a>) -> Result<Self, InvalidValue> {
                let PropertyValue::$data($raw) = value else { return Err(InvalidValue::OtherType) };
                $make.ok_or(InvalidValue::OutOfRange)
            }

            fn to_value(self) -> PropertyValue<'a> {
                let $this = self;
                PropertyValue::$data($back)
            }
        }
    )*};
}

numbers! {
    u8: Byte, byte, Byte, |raw| Some(raw), |this| this;
    bool: Byte, byte, ZeroOrOne, |raw| match raw { 0 => Some(false), 1 => Some(true), _ => None }, |this| u8::from(this);
    // Maximum QoS 2 is expressed by omitting the property (v5 section 3.2.2.3.4)
    QoS: Byte, byte, ZeroOrOne, |raw| QoS::from_number(raw).filter(|qos| *qos != QoS::ExactlyOnce), |this| this.number();
    u16: TwoByteInteger, two_byte_integer, TwoBytes, |raw| Some(raw), |this| this;
    NonZeroU16: TwoByteInteger, two_byte_integer, TwoBytesNotZero, |raw| NonZeroU16::new(raw), |this| this.get();
    TopicAlias: TwoByteInteger, two_byte_integer, TopicAlias, |raw| TopicAlias::new(raw), |this| this.number();
    u32: FourByteInteger, four_byte_integer, FourBytes, |raw| Some(raw), |this| this;
    NonZeroU32: FourByteInteger, four_byte_integer, FourBytesNotZero, |raw| NonZeroU32::new(raw), |this| this.get();
    SubscriptionIdentifier: VariableByteInteger, variable_byte_integer, VariableNotZero, |raw| SubscriptionIdentifier::new(raw), |this| this.number();
}

/// `Rust type: data type, how it is read, how it is checked, raw value to value, value to raw value`
macro_rules! texts {
    ($($type:ty: $data:ident, $read:path, $check:ident, |$raw:ident| $make:expr, |$this:ident| $back:expr;)*) => {$(
        impl<'a> PropertyType<'a> for $type {
            const DATA_TYPE: DataType = DataType::$data;
            const CHECK: Check = Check::$check;

            #[inline]
            fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
                $read(reader)
            }

            fn from_value(value: PropertyValue<'a>) -> Result<Self, InvalidValue> {
                let PropertyValue::$data($raw) = value else { return Err(InvalidValue::OtherType) };
                $make
            }

            fn to_value(self) -> PropertyValue<'a> {
                let $this = self;
                PropertyValue::$data($back)
            }
        }
    )*};
}

texts! {
    Utf8String<'a>: Utf8String, Utf8String::read_checked, Text, |raw| Ok(raw), |this| this;
    TopicName<'a>: Utf8String, TopicName::read_checked, TopicName, |raw| TopicName::try_from(raw), |this| Utf8String::trusted(this.as_bytes());
    BinaryData<'a>: BinaryData, BinaryData::read, Bytes, |raw| Ok(raw), |this| this;
    UserProperty<'a>: Utf8StringPair, read_pair, TextPair, |raw| Ok(raw), |this| this;
}

// v5 [MQTT-1.5.7-1]
fn read_pair<'a>(reader: &mut Reader<'a>) -> Result<UserProperty<'a>, DecodeError> {
    Ok(UserProperty { name: Utf8String::read_checked(reader)?, value: Utf8String::read_checked(reader)? })
}
