//! What the standards leave to the receiver: [`decode`] accepts it, [`decode_with`] refuses what it is told to refuse.

use core::fmt;

use crate::{DecodeError, Packet, Version, decode, decode_frame, walk};

macro_rules! freedoms {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// Something in a packet that the standards leave to the receiver, each in its section. [`decode`] accepts all of
        /// it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Freedom { $($(#[$doc])* $variant,)* }

        impl Freedom {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Freedom] = &[$(Freedom::$variant),*];

            /// Its name in snake_case, as vectors use it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Freedom::$variant => $name,)* }
            }
        }
    };
}

freedoms! {
    /// Variable Byte Integers of more bytes than their value needs: Remaining Length, Property Length, property
    /// identifier, Subscription Identifier. v5 [MQTT-1.5.5-1] binds the sender, v3.1.1 section 2.2.3 is silent. Refused
    /// as [`OverLongInteger`](crate::DecodeErrorKind::OverLongInteger).
    OverLongIntegers "over_long_integers";
    /// U+0001 to U+001F and U+007F to U+009F in text: a receiver may treat them as malformed (v5 section 1.5.4, v3.1.1
    /// section 1.5.3). Refused as [`ControlCharacter`](crate::DecodeErrorKind::ControlCharacter).
    ControlCharacters "control_characters";
    /// U+FDD0 to U+FDEF and the last two code points of each plane, by the same sections. Refused as
    /// [`NonCharacter`](crate::DecodeErrorKind::NonCharacter).
    NonCharacters "non_characters";
    /// A Payload Format Indicator over 1 in PUBLISH or in a Will (v5 sections 3.3.2.3.2 and 3.1.3.2.3). Refused as
    /// [`PropertyValue`](crate::DecodeErrorKind::PropertyValue).
    PayloadFormats "payload_formats";
    /// Payload Format Indicator or Message Expiry Interval twice in PUBLISH (v5 sections 3.3.2.3.2 and 3.3.2.3.3). Refused
    /// as [`RepeatedProperty`](crate::DecodeErrorKind::RepeatedProperty).
    RepeatedProperties "repeated_properties";
}

impl Freedom {
    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|freedom| freedom.name() == name)
    }
}

/// A set of [`Freedom`]s: what [`decode_with`] refuses.
///
/// ```
/// use mqttspec_codec::{Freedom, Freedoms};
/// let text = Freedoms::NONE.with(Freedom::ControlCharacters).with(Freedom::NonCharacters);
/// assert!(text.contains(Freedom::NonCharacters) && !text.contains(Freedom::OverLongIntegers));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Freedoms(u8);

impl Freedoms {
    /// The empty set: [`decode_with`] is [`decode`].
    pub const NONE: Freedoms = Freedoms(0);

    /// All that the standards leave free.
    pub const ALL: Freedoms = {
        let (mut all, mut rest) = (Self::NONE, Freedom::ALL);
        while let Some((first, behind)) = rest.split_first() {
            (all, rest) = (all.with(*first), behind);
        }
        all
    };

    /// The set with one more.
    #[must_use]
    pub const fn with(self, freedom: Freedom) -> Self {
        Freedoms(self.0 | 1 << freedom as u8)
    }

    /// Whether the set holds it.
    #[must_use]
    pub const fn contains(self, freedom: Freedom) -> bool {
        self.0 & 1 << freedom as u8 != 0
    }
}

impl FromIterator<Freedom> for Freedoms {
    fn from_iter<I: IntoIterator<Item = Freedom>>(freedoms: I) -> Self {
        freedoms.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Freedoms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Freedom::ALL.iter().filter(|freedom| self.contains(**freedom))).finish()
    }
}

/// As [`decode`], for a receiver that makes use of its freedoms: refuses `refused` too. What is not decoded at all is
/// refused for that; of several freedoms that a packet takes, the first byte counts.
///
/// Reads the packet a second time: a receiver that refuses nothing more pays nothing with [`decode`].
///
/// # Errors
/// What [`decode`] refuses, and what each [`Freedom`] names.
///
/// ```
/// use mqttspec_codec::{decode, decode_with, DecodeErrorKind, Freedom, Freedoms, Version};
/// let bytes = [0x30, 5, 0, 2, b'a', 0x07, 0]; // a bell in the Topic Name
/// assert!(decode(&bytes, Version::V5).is_ok());
/// let refused = Freedoms::NONE.with(Freedom::ControlCharacters);
/// let error = decode_with(&bytes, Version::V5, refused).unwrap_err();
/// assert_eq!((error.kind, error.at), (DecodeErrorKind::ControlCharacter, 5));
/// ```
pub fn decode_with(
    bytes: &[u8],
    version: Version,
    refused: Freedoms,
) -> Result<Option<(Packet<'_>, usize)>, DecodeError> {
    let decoded = decode(bytes, version)?;
    if let Some((packet, len)) = &decoded {
        walk::check(bytes.get(..*len).unwrap_or_default(), packet, version, refused)?;
    }
    Ok(decoded)
}

/// As [`decode_frame`], refuses `refused` too: see [`decode_with`].
///
/// # Errors
/// What [`decode_frame`] refuses, and what each [`Freedom`] names.
pub fn decode_frame_with(frame: &[u8], version: Version, refused: Freedoms) -> Result<Packet<'_>, DecodeError> {
    let packet = decode_frame(frame, version)?;
    walk::check(frame, &packet, version, refused)?;
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sets_hold_every_one() {
        assert_eq!(Freedom::ALL.iter().copied().collect::<Freedoms>(), Freedoms::ALL);
        for freedom in Freedom::ALL {
            assert_eq!(Freedom::from_name(freedom.name()), Some(*freedom));
            assert!(Freedoms::ALL.contains(*freedom) && !Freedoms::NONE.contains(*freedom));
            let one = Freedoms::NONE.with(*freedom);
            assert_eq!(Freedom::ALL.iter().filter(|other| one.contains(**other)).count(), 1);
        }
    }
}
