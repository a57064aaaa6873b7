//! What the standards leave to the receiver: [`decode`] tolerates it, [`decode_with`] rejects what it is told to.

use core::fmt;

use crate::{DecodeError, Packet, Version, decode, decode_frame, walk};

macro_rules! tolerated {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// Something in a packet that a receiver may either tolerate or reject, because the standards leave it open; each
        /// variant names the section. [`decode`] tolerates all of it, [`decode_with`] rejects what a [`Reject`] contains.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Tolerated { $($(#[$doc])* $variant,)* }

        impl Tolerated {
            /// All of them, in the order of declaration.
            pub const ALL: &'static [Tolerated] = &[$(Tolerated::$variant),*];

            /// The name in snake_case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Tolerated::$variant => $name,)* }
            }
        }
    };
}

tolerated! {
    /// Variable Byte Integers of more bytes than their value needs: Remaining Length, Property Length, property
    /// identifier, Subscription Identifier. v5 [MQTT-1.5.5-1] binds the sender, v3.1.1 section 2.2.3 is silent. Rejected
    /// as [`OverLongInteger`](crate::DecodeErrorKind::OverLongInteger).
    OverLongIntegers "over_long_integers";
    /// U+0001 to U+001F and U+007F to U+009F in text: a receiver may treat them as malformed (v5 section 1.5.4, v3.1.1
    /// section 1.5.3). Rejected as [`ControlCharacter`](crate::DecodeErrorKind::ControlCharacter).
    ControlCharacters "control_characters";
    /// U+FDD0 to U+FDEF and the last two code points of each plane, by the same sections. Rejected as
    /// [`NonCharacter`](crate::DecodeErrorKind::NonCharacter).
    NonCharacters "non_characters";
    /// A Payload Format Indicator over 1 in PUBLISH or in a Will (v5 sections 3.3.2.3.2 and 3.1.3.2.3). Rejected as
    /// [`PropertyValue`](crate::DecodeErrorKind::PropertyValue).
    PayloadFormats "payload_formats";
    /// Payload Format Indicator or Message Expiry Interval twice in PUBLISH (v5 sections 3.3.2.3.2 and 3.3.2.3.3).
    /// Rejected as [`RepeatedProperty`](crate::DecodeErrorKind::RepeatedProperty).
    RepeatedProperties "repeated_properties";
}

impl Tolerated {
    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tolerated| tolerated.name() == name)
    }
}

/// What [`decode_with`] rejects: a set of what [`decode`] has [`Tolerated`].
///
/// ```
/// use mqttspec_codec::{Reject, Tolerated};
/// let reject = Reject::NONE.with(Tolerated::ControlCharacters).with(Tolerated::NonCharacters);
/// assert!(reject.contains(Tolerated::NonCharacters) && !reject.contains(Tolerated::OverLongIntegers));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reject(u8);

impl Reject {
    /// Rejects nothing more: [`decode_with`] is [`decode`].
    pub const NONE: Reject = Reject(0);

    /// Rejects everything that [`decode`] tolerates.
    pub const ALL: Reject = {
        let (mut all, mut rest) = (Self::NONE, Tolerated::ALL);
        while let Some((first, tail)) = rest.split_first() {
            (all, rest) = (all.with(*first), tail);
        }
        all
    };

    /// The set with one more.
    #[must_use]
    pub const fn with(self, tolerated: Tolerated) -> Self {
        Reject(self.0 | 1 << tolerated as u8)
    }

    /// Whether the set contains it.
    #[must_use]
    pub const fn contains(self, tolerated: Tolerated) -> bool {
        self.0 & 1 << tolerated as u8 != 0
    }
}

impl FromIterator<Tolerated> for Reject {
    fn from_iter<I: IntoIterator<Item = Tolerated>>(tolerated: I) -> Self {
        tolerated.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Tolerated::ALL.iter().filter(|tolerated| self.contains(**tolerated))).finish()
    }
}

/// Like [`decode`], but also rejects what `reject` contains. If `decode` fails, its error is returned; otherwise that of
/// the lowest offset.
///
/// Reads the packet a second time. A receiver that rejects nothing more pays nothing with [`decode`].
///
/// # Errors
/// Those of [`decode`], and the one that each [`Tolerated`] names.
///
/// ```
/// use mqttspec_codec::{decode, decode_with, DecodeErrorKind, Reject, Version};
/// let bytes = [0x30, 5, 0, 2, b'a', 0x07, 0]; // a bell in the Topic Name
/// assert!(decode(&bytes, Version::V5).is_ok());
/// let error = decode_with(&bytes, Version::V5, Reject::ALL).unwrap_err();
/// assert_eq!((error.kind, error.at), (DecodeErrorKind::ControlCharacter, 5));
/// ```
pub fn decode_with(bytes: &[u8], version: Version, reject: Reject) -> Result<Option<(Packet<'_>, usize)>, DecodeError> {
    let decoded = decode(bytes, version)?;
    if let Some((packet, len)) = &decoded {
        debug_assert!(*len <= bytes.len(), "a packet of {len} bytes was decoded from {}", bytes.len());
        walk::check(bytes.get(..*len).unwrap_or_default(), packet, version, reject)?;
    }
    Ok(decoded)
}

/// Like [`decode_frame`], but also rejects what `reject` contains: see [`decode_with`].
///
/// # Errors
/// Those of [`decode_frame`], and the one that each [`Tolerated`] names.
pub fn decode_frame_with(frame: &[u8], version: Version, reject: Reject) -> Result<Packet<'_>, DecodeError> {
    let packet = decode_frame(frame, version)?;
    walk::check(frame, &packet, version, reject)?;
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sets_hold_every_one() {
        assert_eq!(Tolerated::ALL.iter().copied().collect::<Reject>(), Reject::ALL);
        for tolerated in Tolerated::ALL {
            assert_eq!(Tolerated::from_name(tolerated.name()), Some(*tolerated));
            assert!(Reject::ALL.contains(*tolerated) && !Reject::NONE.contains(*tolerated));
            let one = Reject::NONE.with(*tolerated);
            assert_eq!(Tolerated::ALL.iter().filter(|other| one.contains(**other)).count(), 1);
        }
    }
}
