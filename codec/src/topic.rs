//! Topic Names (section 4.7 of both versions), and what they share with Topic Filters.

use core::fmt;

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, InvalidValue, Utf8String,
    reader::Reader,
    scan::{self, is_wildcard},
    text::not_text,
};

/// A Topic Name: at least one character and no wildcards (section 4.7); as a text at most 65 535 bytes without U+0000
/// (v5 [MQTT-4.7.3-2] [MQTT-4.7.3-3], v3.1.1 [MQTT-4.7.3-2] [MQTT-4.7.3-3]). Any number of levels; names are compared
/// character by character (v5 section 4.7.3, v3.1.1 section 4.7.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(Utf8String<'a>);

impl<'a> TopicName<'a> {
    /// The name, if it is valid.
    ///
    /// # Errors
    /// Those of [`Utf8String::new`]; [`InvalidValue::Empty`]; [`InvalidValue::Wildcard`] with `#` or `+`.
    pub fn new(name: &'a str) -> Result<Self, InvalidValue> {
        Self::try_from(Utf8String::new(name)?)
    }

    /// `None` if the name is empty, which is only legal in a v5 PUBLISH with a Topic Alias.
    #[inline(always)]
    pub(crate) fn read_optional(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        let bytes = BinaryData::read(reader)?.as_bytes();
        // one pass for text and for v5 [MQTT-3.3.2-2] [MQTT-4.7.0-1], v3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1]
        match scan::is_plain_name(bytes) || is_rare_name(bytes) {
            true => Ok((!bytes.is_empty()).then_some(Self(Utf8String::trusted(bytes)))),
            false => Err(not_a_name(bytes, reader.at())),
        }
    }

    /// Reads a name that was checked before.
    #[inline]
    pub(crate) fn read_checked(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Utf8String::read_checked(reader).map(Self)
    }

    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let before = *reader;
        // v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]
        Self::read_optional(reader)?.ok_or_else(|| before.error(DecodeErrorKind::EmptyTopicName))
    }
}

/// Whether the bytes are a name that is not only ASCII.
#[cold]
#[inline(never)]
fn is_rare_name(bytes: &[u8]) -> bool {
    Utf8String::is_text(bytes) && !scan::has_wildcard(bytes)
}

/// The first error in these bytes, which end at offset `end` and are not a Topic Name.
#[cold]
#[inline(never)]
fn not_a_name(bytes: &[u8], end: usize) -> DecodeError {
    let start = end.saturating_sub(bytes.len());
    let wildcard = bytes.iter().position(|byte| is_wildcard(*byte));
    match wildcard.and_then(|place| Some((place, bytes.get(..place)?))) {
        Some((place, before)) if Utf8String::is_text(before) => {
            DecodeError::new(DecodeErrorKind::WildcardInTopicName, start.saturating_add(place))
        }
        _ => not_text(bytes, end),
    }
}

impl<'a> TryFrom<Utf8String<'a>> for TopicName<'a> {
    type Error = InvalidValue;
    fn try_from(text: Utf8String<'a>) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Empty);
        }
        if scan::has_wildcard(text.as_bytes()) {
            return Err(InvalidValue::Wildcard);
        }
        Ok(Self(text))
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl<'a> $name<'a> {
            /// The text, for as long as its bytes live. Takes time in proportion to its length: see [`Utf8String`].
            #[must_use]
            #[inline]
            pub const fn as_str(self) -> &'a str {
                self.0.as_str()
            }

            /// Its bytes, for as long as they live.
            #[must_use]
            #[inline]
            pub const fn as_bytes(self) -> &'a [u8] {
                self.0.as_bytes()
            }

            /// Its length in bytes, at least 1.
            #[must_use]
            #[inline]
            #[expect(clippy::len_without_is_empty, reason = "never empty")]
            pub const fn len(self) -> usize {
                self.0.len()
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

pub(crate) use as_text;

as_text!(TopicName);
