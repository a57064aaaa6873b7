//! [`Seq`]: the one type for lists inside a packet.

use core::fmt;

use crate::{DecodeError, place::Place, reader::Reader, writer::Writer};

/// An item of a [`Seq`]: a property, a subscription, a Topic Filter or a Reason Code. Sealed.
pub trait Item<'a>: Copy + PartialEq + fmt::Debug + 'a {
    /// Reads an item that was checked at decode.
    #[doc(hidden)]
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;
    #[doc(hidden)]
    fn encoded_len(&self) -> usize;
    #[doc(hidden)]
    fn write(&self, writer: &mut Writer<'_>);
}

/// A list in a packet. It is either a part of the bytes that the packet was decoded from, every item of which was checked
/// then, or a slice of items. Iterating cannot fail and copies nothing; two lists are equal if their items are.
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
    Wire(&'a [u8], Checked),
    Items(&'a [T]),
}

/// What is known about bytes of which every item was checked at decode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    /// The place whose rules all items have passed, so that an encoder can skip them; `NOWHERE` if only some rules were
    /// checked.
    pub(crate) place: Place,
    /// Whether all integers are in their shortest form. If not, the items are encoded again (v5 [MQTT-1.5.5-1]).
    pub(crate) canonical: bool,
}

impl Checked {
    /// Bytes without integers of variable length.
    pub(crate) const fn at(place: Place) -> Self {
        Self { place, canonical: true }
    }
}

impl<'a, T: Item<'a>> Seq<'a, T> {
    /// The empty list.
    pub const EMPTY: Seq<'a, T> = Seq(Repr::Wire(&[], Checked::at(Place::NOWHERE)));

    #[inline]
    pub(crate) const fn wire(bytes: &'a [u8], checked: Checked) -> Self {
        Seq(Repr::Wire(bytes, checked))
    }

    /// Whether the list has passed all rules of that place.
    #[inline]
    pub(crate) const fn is_checked_for(&self, place: Place) -> bool {
        matches!(self.0, Repr::Wire(_, checked) if checked.place.holds(place))
    }

    /// The bytes of a list that can be written in that place without a check and without a change.
    #[inline]
    pub(crate) const fn ready_for(&self, place: Place) -> Option<&'a [u8]> {
        match self.0 {
            Repr::Wire(bytes, Checked { place: checked, canonical: true })
                if bytes.is_empty() || checked.holds(place) =>
            {
                Some(bytes)
            }
            Repr::Wire(..) | Repr::Items(_) => None,
        }
    }

    /// The items in order.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> Iter<'a, T> {
        match self.0 {
            Repr::Wire(bytes, _) => Iter { wire: Reader::checked(bytes), items: [].iter() },
            Repr::Items(items) => Iter { wire: Reader::checked(&[]), items: items.iter() },
        }
    }

    /// Whether there is no item.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Repr::Wire(bytes, _) => bytes.is_empty(),
            Repr::Items(items) => items.is_empty(),
        }
    }

    /// The number of items. Iterates over a decoded list.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Repr::Wire(..) => self.iter().count(),
            Repr::Items(items) => items.len(),
        }
    }

    /// The length in bytes when encoded, without a length prefix.
    #[inline]
    pub(crate) fn encoded_len(&self) -> usize {
        match self.0 {
            Repr::Wire(bytes, Checked { canonical: true, .. }) => bytes.len(),
            Repr::Wire(..) | Repr::Items(_) => self.encoded_len_of_items(),
        }
    }

    #[inline(never)]
    fn encoded_len_of_items(self) -> usize {
        self.iter().fold(0, |sum: usize, item| sum.saturating_add(item.encoded_len()))
    }

    #[inline]
    pub(crate) fn write<'b>(&self, writer: &mut Writer<'b>) {
        match self.0 {
            Repr::Wire(bytes, Checked { canonical: true, .. }) => writer.bytes(bytes),
            // by value: a writer whose address is taken does not stay in registers
            Repr::Wire(..) | Repr::Items(_) => *writer = self.write_items(core::mem::take(writer)),
        }
    }

    #[inline(never)]
    fn write_items<'b>(self, mut writer: Writer<'b>) -> Writer<'b> {
        self.iter().for_each(|item| item.write(&mut writer));
        writer
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
        let item = T::read(&mut self.wire);
        debug_assert!(item.is_ok(), "an item was not checked at decode: {item:?}");
        item.ok()
    }
}
