//! [`Seq`]: the one type for lists inside a packet.

use core::fmt;

use crate::{DecodeError, place::Place, reader::Reader, writer::Writer};

/// Something that stands in lists: a property, a subscription, a Topic Filter, a Reason Code. Sealed.
pub trait Item<'a>: Copy + PartialEq + fmt::Debug + 'a {
    /// Reads an item that was checked at decode.
    #[doc(hidden)]
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;
    #[doc(hidden)]
    fn encoded_len(&self) -> usize;
    #[doc(hidden)]
    fn write(&self, writer: &mut Writer<'_>);
}

/// A list inside a packet: either the bytes of a received packet, all of which were checked when it was decoded, or a
/// slice of the caller's. Iterating cannot fail and copies nothing; two lists are equal when their items are.
///
/// ```
/// use mqttspec_codec::{ReasonCode, Seq};
/// let granted = [ReasonCode::GrantedQos1, ReasonCode::UnspecifiedError];
/// let list = Seq::from(&granted[..]);
/// assert_eq!(list.iter().filter(|code| code.is_failure()).count(), 1);
/// ```
#[derive(Clone, Copy)]
pub struct Seq<'a, T>(Repr<'a, T>);

#[derive(Clone, Copy)]
enum Repr<'a, T> {
    /// Checked item by item at decode, by all rules of that place: an encoder need not look again.
    Wire(&'a [u8], Place),
    /// The same, with integers in more bytes than they need: written anew (v5 [MQTT-1.5.5-1]).
    Loose(&'a [u8]),
    Items(&'a [T]),
}

impl<'a, T: Item<'a>> Seq<'a, T> {
    /// The empty list.
    pub const EMPTY: Seq<'a, T> = Seq(Repr::Items(&[]));

    /// Bytes of which every item was checked, by the rules of that place; of no place, if those are not all.
    #[inline]
    pub(crate) const fn wire(bytes: &'a [u8], place: Place) -> Self {
        Seq(Repr::Wire(bytes, place))
    }

    /// Whether nothing can be wrong with the list in that place.
    #[inline]
    pub(crate) const fn is_checked_for(&self, place: Place) -> bool {
        matches!(self.0, Repr::Wire(_, checked) if checked.holds(place))
    }

    /// As [`Seq::wire`], for bytes that no encoder may write.
    #[inline]
    pub(crate) const fn loose(bytes: &'a [u8]) -> Self {
        Seq(Repr::Loose(bytes))
    }

    /// The items in order.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> Iter<'a, T> {
        match self.0 {
            Repr::Wire(bytes, _) | Repr::Loose(bytes) => Iter { wire: Reader::checked(bytes), items: [].iter() },
            Repr::Items(items) => Iter { wire: Reader::checked(&[]), items: items.iter() },
        }
    }

    /// Whether there is no item.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Repr::Wire(bytes, _) | Repr::Loose(bytes) => bytes.is_empty(),
            Repr::Items(items) => items.is_empty(),
        }
    }

    /// How many items there are. Walks a list that came over the wire.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Repr::Wire(..) | Repr::Loose(_) => self.iter().count(),
            Repr::Items(items) => items.len(),
        }
    }

    /// The length in bytes on the wire, without any length in front.
    pub(crate) fn encoded_len(&self) -> usize {
        match self.0 {
            Repr::Wire(bytes, _) => bytes.len(),
            Repr::Loose(_) => self.iter().fold(0, |sum: usize, item| sum.saturating_add(item.encoded_len())),
            Repr::Items(items) => items.iter().fold(0, |sum: usize, item| sum.saturating_add(item.encoded_len())),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        match self.0 {
            Repr::Wire(bytes, _) => writer.bytes(bytes),
            Repr::Loose(_) => self.iter().for_each(|item| item.write(writer)),
            Repr::Items(items) => items.iter().for_each(|item| item.write(writer)),
        }
    }
}

impl<'a, T: Item<'a>> Default for Seq<'a, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a, T> From<&'a [T]> for Seq<'a, T> {
    fn from(items: &'a [T]) -> Self {
        Seq(Repr::Items(items))
    }
}

impl<'a, T: Item<'a>> PartialEq for Seq<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for Seq<'a, T> {}

impl<'a, T: Item<'a>> fmt::Debug for Seq<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a>> IntoIterator for Seq<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The items of a [`Seq`].
#[derive(Debug, Clone)]
pub struct Iter<'a, T> {
    wire: Reader<'a>,
    items: core::slice::Iter<'a, T>,
}

impl<'a, T: Item<'a>> Iterator for Iter<'a, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.wire.is_empty() {
            return self.items.next().copied();
        }
        // every byte was checked at decode, so this is `Some`
        T::read(&mut self.wire).ok()
    }
}
