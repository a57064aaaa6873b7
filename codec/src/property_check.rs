//! How the value of a property is checked at decode, in place: the value itself is made when it is read.

use crate::{BinaryData, DecodeError, DecodeErrorKind, TopicName, Utf8String, reader::Reader};

/// What the bytes of a value have to be. Each Rust type of [`PropertyType`](crate::property_value::PropertyType) names its
/// own.
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
    /// The length of the value that `bytes` begin with; `None` if it is not legal. May be more than there is.
    #[inline(always)]
    pub(crate) fn legal_len(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Check::Unknown => None,
            Check::Byte => Some(1),
            Check::ZeroOrOne => bytes.first().filter(|byte| **byte <= 1).map(|_| 1),
            Check::TwoBytes => Some(2),
            Check::TwoBytesNotZero | Check::TopicAlias => {
                bytes.first_chunk().filter(|word| **word != [0; 2]).map(|_| 2)
            }
            Check::FourBytes => Some(4),
            Check::FourBytesNotZero => bytes.first_chunk().filter(|word| **word != [0; 4]).map(|_| 4),
            Check::VariableNotZero => {
                let mut reader = Reader::checked(bytes);
                reader.variable_byte_integer().ok().filter(|value| *value != 0)?;
                Some(bytes.len().saturating_sub(reader.remaining()))
            }
            Check::Text => legal_text_len(bytes),
            Check::TopicName => {
                let mut reader = Reader::checked(bytes);
                TopicName::read(&mut reader).ok().map(|name| name.len().saturating_add(2))
            }
            Check::Bytes => Some(usize::from(u16::from_be_bytes(*bytes.first_chunk()?)).saturating_add(2)),
            Check::TextPair => {
                let name = legal_text_len(bytes)?;
                legal_text_len(bytes.get(name..)?).map(|value| value.saturating_add(name))
            }
        }
    }

    /// Reads past a value.
    pub(crate) fn read_past(self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        match self.legal_len(reader.peek()).map(|len| reader.bytes(len)) {
            Some(Ok(_)) => Ok(()),
            _ => Err(self.error(*reader)),
        }
    }

    /// What is wrong with a value that is not legal, or not whole.
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

#[inline]
fn legal_text_len(bytes: &[u8]) -> Option<usize> {
    let (len, rest) = bytes.split_first_chunk()?;
    let len = usize::from(u16::from_be_bytes(*len));
    Utf8String::is_text(rest.get(..len)?).then_some(len.saturating_add(2))
}
