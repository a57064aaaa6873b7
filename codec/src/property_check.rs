//! How the value of a property is checked in place at decode. The value itself is made when it is read.

use crate::{BinaryData, DecodeError, DecodeErrorKind, TopicName, Utf8String, reader::Reader};

/// What the bytes of a value have to be. Each [`PropertyType`](crate::property_value::PropertyType) has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// There is no such property.
    Unknown,
    Byte,
    ZeroOrOne,
    TwoBytes,
    TwoBytesNotZero,
    TopicAlias,
    FourBytes,
    FourBytesNotZero,
    VariableNotZero,
    Text,
    TopicName,
    Bytes,
    TextPair,
}

impl Check {
    /// The bytes after the value that `bytes` begin with; `None` unless the value is legal and canonical.
    #[inline(always)]
    pub(crate) fn rest(self, bytes: &[u8]) -> Option<&[u8]> {
        match self {
            Check::Unknown => None,
            Check::Byte => bytes.get(1..),
            Check::ZeroOrOne => bytes.split_first().filter(|(byte, _)| **byte <= 1).map(|(_, rest)| rest),
            Check::TwoBytes => bytes.get(2..),
            Check::TwoBytesNotZero | Check::TopicAlias => rest_after_nonzero::<2>(bytes),
            Check::FourBytes => bytes.get(4..),
            Check::FourBytesNotZero => rest_after_nonzero::<4>(bytes),
            // a last byte of zero is over-long, or the whole value
            Check::VariableNotZero => match bytes {
                [1..0x80, rest @ ..]
                | [0x80..=0xFF, 1..0x80, rest @ ..]
                | [0x80..=0xFF, 0x80..=0xFF, 1..0x80, rest @ ..]
                | [0x80..=0xFF, 0x80..=0xFF, 0x80..=0xFF, 1..0x80, rest @ ..] => Some(rest),
                _ => None,
            },
            Check::Text => rest_after_text(bytes),
            Check::TopicName => {
                let mut reader = Reader::checked(bytes);
                TopicName::read(&mut reader).ok().map(|_| reader.peek())
            }
            Check::Bytes => {
                let (len, rest) = bytes.split_first_chunk()?;
                rest.get(usize::from(u16::from_be_bytes(*len))..)
            }
            Check::TextPair => rest_after_text(rest_after_text(bytes)?),
        }
    }

    /// Reads past a value, even if it is over-long.
    pub(crate) fn read_past(self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let before = *reader;
        if let Some(rest) = self.rest(reader.peek()) {
            return reader.bytes(reader.remaining().saturating_sub(rest.len())).map(drop);
        }
        match self {
            Check::VariableNotZero if reader.variable_byte_integer()? != 0 => Ok(()),
            _ => Err(self.error(before)),
        }
    }

    /// What is wrong with a value that is not legal or incomplete.
    #[cold]
    fn error(self, mut reader: Reader<'_>) -> DecodeError {
        let before = reader;
        let structure = match self {
            Check::Unknown => Err(before.error(DecodeErrorKind::UnknownProperty)),
            Check::Byte | Check::ZeroOrOne => reader.byte().map(drop),
            Check::TwoBytes | Check::TwoBytesNotZero | Check::TopicAlias => reader.two_byte_integer().map(drop),
            Check::FourBytes | Check::FourBytesNotZero => reader.four_byte_integer().map(drop),
            Check::VariableNotZero => reader.variable_byte_integer().map(drop),
            Check::Text => Utf8String::read(&mut reader).map(drop),
            Check::TopicName => TopicName::read(&mut reader).map(drop),
            Check::Bytes => BinaryData::read(&mut reader).map(drop),
            Check::TextPair => Utf8String::read(&mut reader).and_then(|_| Utf8String::read(&mut reader)).map(drop),
        };
        let kind = match self {
            Check::TopicAlias => DecodeErrorKind::TopicAliasZero,
            _ => DecodeErrorKind::PropertyValue,
        };
        structure.err().unwrap_or_else(|| before.error(kind))
    }
}

#[inline(always)]
fn rest_after_text(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    Utf8String::is_text(text).then_some(rest)
}

#[inline(always)]
fn rest_after_nonzero<const N: usize>(bytes: &[u8]) -> Option<&[u8]> {
    bytes.split_first_chunk().filter(|(number, _)| **number != [0; N]).map(|(_, rest)| rest)
}
