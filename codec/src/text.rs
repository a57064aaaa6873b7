//! UTF-8 Encoded String and Binary Data (v5 sections 1.5.4 and 1.5.6, v3.1.1 section 1.5.3).

use core::{fmt, ops::Deref};

use crate::{DecodeError, DecodeErrorKind, InvalidValue, reader::Reader, scan};

/// Text as the standard allows it: at most 65 535 bytes of well-formed UTF-8 without U+0000 (v5 section 1.5.4, v3.1.1
/// section 1.5.3). Control characters and noncharacters are allowed, because the standards leave that to the receiver; U+FEFF
/// is a character like any other (v5 [MQTT-1.5.4-3], v3.1.1 [MQTT-1.5.3-3]).
///
/// ```
/// use mqttspec_codec::Utf8String;
/// assert_eq!(Utf8String::new("sensor")?.as_str(), "sensor");
/// assert!(Utf8String::new("a\0b").is_err());
/// # Ok::<(), mqttspec_codec::InvalidValue>(())
/// ```
///
/// It holds checked bytes, not a `str`. Without `unsafe` the only way from bytes to a `str` is to validate them, so a
/// `str` inside would cost a second validation at decode and one more each time a list is read: 246 instructions instead
/// of 132 for a short PUBLISH, 2413 instead of 1524 for a SUBSCRIBE of eight filters. Here
/// [`as_str`](Utf8String::as_str) validates, only where a `str` is needed, and there is no `Deref`, which would hide
/// that. Length, bytes and comparison need no validation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Utf8String<'a>(&'a [u8]);

impl<'a> Utf8String<'a> {
    /// The empty text.
    pub const EMPTY: Utf8String<'static> = Utf8String(b"");

    /// The text, if it is allowed in a packet.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`] over 65 535 bytes, [`InvalidValue::Nul`] with U+0000.
    pub fn new(text: &'a str) -> Result<Self, InvalidValue> {
        if text.len() > usize::from(u16::MAX) {
            return Err(InvalidValue::TooLong);
        }
        // v5 [MQTT-1.5.4-2], v3.1.1 [MQTT-1.5.3-2]
        if scan::has_nul(text.as_bytes()) {
            return Err(InvalidValue::Nul);
        }
        Ok(Self(text.as_bytes()))
    }

    /// The text, for as long as its bytes live. Takes time in proportion to its length: see [`Utf8String`].
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'a str {
        match core::str::from_utf8(self.0) {
            Ok(text) => text,
            Err(_) => unchecked(),
        }
    }

    /// Its bytes, for as long as they live.
    #[must_use]
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Its length in bytes.
    #[must_use]
    #[inline]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it is empty.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// A text made from bytes that the caller checked, or that were checked at decode.
    #[inline]
    pub(crate) const fn trusted(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Reads text that was checked before.
    #[inline]
    pub(crate) fn read_checked(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        BinaryData::read(reader).map(|bytes| Self(bytes.0))
    }

    #[inline(always)]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let bytes = BinaryData::read(reader)?.0;
        match Self::is_text(bytes) {
            true => Ok(Self(bytes)),
            false => Err(not_text(bytes, reader.at())),
        }
    }

    /// Whether the bytes are text as the standard allows it, regardless of their number.
    #[inline(always)]
    pub(crate) fn is_text(bytes: &[u8]) -> bool {
        scan::is_plain(bytes) || is_rare_text(bytes)
    }
}

/// The same for text that is not only ASCII: v5 [MQTT-1.5.4-1] [MQTT-1.5.4-2], v3.1.1 [MQTT-1.5.3-1] [MQTT-1.5.3-2];
/// core's check rejects surrogates and overlong forms too.
#[cold]
#[inline(never)]
fn is_rare_text(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).is_ok() && !scan::has_nul(bytes)
}

/// The first error in these bytes, which end at offset `end` and are not a text.
#[cold]
#[inline(never)]
pub(crate) fn not_text(bytes: &[u8], end: usize) -> DecodeError {
    let valid = core::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let (kind, place) = match bytes.iter().take(valid).position(|byte| *byte == 0) {
        Some(nul) => (DecodeErrorKind::NulInString, nul),
        None => (DecodeErrorKind::IllFormedUtf8, valid),
    };
    DecodeError::new(kind, end.saturating_sub(bytes.len()).saturating_add(place))
}

/// Panics instead of returning a text that nobody sent, an empty Topic Name for example.
#[cold]
#[inline(never)]
#[cfg_attr(not(test), expect(clippy::panic, reason = "only a bug in this crate leads here"))]
const fn unchecked() -> ! {
    panic!("a text was made from bytes that are not UTF-8: this is a bug in mqttspec-codec")
}

impl fmt::Debug for Utf8String<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Utf8String<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Binary Data: any bytes, at most 65 535 (v5 section 1.5.6; in v3.1.1 the Password and the Will Message).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BinaryData<'a>(&'a [u8]);

impl<'a> BinaryData<'a> {
    /// The bytes, if they are not too many.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`] over 65 535 bytes.
    pub const fn new(bytes: &'a [u8]) -> Result<Self, InvalidValue> {
        if bytes.len() > u16::MAX as usize {
            return Err(InvalidValue::TooLong);
        }
        Ok(Self(bytes))
    }

    /// The bytes, for as long as they live.
    #[must_use]
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let len = reader.two_byte_integer()?;
        reader.bytes(usize::from(len)).map(Self)
    }
}

impl Deref for BinaryData<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl fmt::Debug for BinaryData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bytes(f, self.0)
    }
}

/// Writes bytes in a readable form: `b"printable \xFF"`.
pub(crate) fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    write!(f, "b\"{}\"", bytes.escape_ascii())
}

#[cfg(test)]
mod tests {
    use core::marker::PhantomData;

    use super::*;
    use crate::{TopicFilter, TopicName};

    #[test]
    #[should_panic(expected = "this is a bug in mqttspec-codec")]
    fn a_bug_does_not_become_an_empty_text() {
        let _ = Utf8String::trusted(b"a\xFF").as_str();
    }

    /// `Deref` has to take constant time, and these cannot.
    #[test]
    fn texts_do_not_deref() {
        struct Probe<T>(PhantomData<T>);
        trait Fallback {
            const DEREFS: bool = false;
        }
        impl<T> Fallback for Probe<T> {}
        // an inherent constant comes before that of a trait, and exists only where the bound is met
        impl<T: Deref> Probe<T> {
            const DEREFS: bool = true;
        }
        let derefs = [
            Probe::<BinaryData<'_>>::DEREFS,
            Probe::<Utf8String<'_>>::DEREFS,
            Probe::<TopicName<'_>>::DEREFS,
            Probe::<TopicFilter<'_>>::DEREFS,
        ];
        assert_eq!(derefs, [true, false, false, false]);
    }
}
