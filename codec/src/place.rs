//! Where a property or a Reason Code is allowed: a set of packet types and the Will Properties.

use crate::{PacketType, Property};

/// A set of places. Bit n is packet type n; bit 0, whose type is reserved, is the Will Properties.
///
/// 16 bits would be enough; with 32, a decoded list has no padding that is copied with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    pub(crate) const NOWHERE: Place = Place(0);
    pub(crate) const WILL: Place = Place(1);
    pub(crate) const CONNECT: Place = Place::of(PacketType::Connect);
    pub(crate) const CONNACK: Place = Place::of(PacketType::Connack);
    pub(crate) const PUBLISH: Place = Place::of(PacketType::Publish);
    pub(crate) const PUBACK: Place = Place::of(PacketType::Puback);
    pub(crate) const PUBREC: Place = Place::of(PacketType::Pubrec);
    pub(crate) const PUBREL: Place = Place::of(PacketType::Pubrel);
    pub(crate) const PUBCOMP: Place = Place::of(PacketType::Pubcomp);
    pub(crate) const SUBSCRIBE: Place = Place::of(PacketType::Subscribe);
    pub(crate) const SUBACK: Place = Place::of(PacketType::Suback);
    pub(crate) const UNSUBSCRIBE: Place = Place::of(PacketType::Unsubscribe);
    pub(crate) const UNSUBACK: Place = Place::of(PacketType::Unsuback);
    pub(crate) const DISCONNECT: Place = Place::of(PacketType::Disconnect);
    pub(crate) const AUTH: Place = Place::of(PacketType::Auth);

    pub(crate) const fn of(packet_type: PacketType) -> Place {
        Place(1 << packet_type.number())
    }

    pub(crate) const fn or(self, other: Place) -> Place {
        Place(self.0 | other.0)
    }

    /// Which properties are allowed in this one place.
    pub(crate) const fn rules(self) -> Rules {
        let mut rules = Rules { place: self, allowed: 0, once: 0 };
        let mut id = 0;
        while id <= Property::MAXIMUM_ID {
            if Property::is_allowed_at(id, self) {
                rules.allowed |= bit(id);
                if !Property::may_repeat(id, self) {
                    rules.once |= bit(id);
                }
            }
            id = id.wrapping_add(1);
        }
        rules
    }

    /// Whether the two sets share a place.
    pub(crate) const fn holds(self, other: Place) -> bool {
        self.0 & other.0 != 0
    }
}

/// The rows of the table of properties for one place, as two sets: bit n is the property with identifier n.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The place.
    pub(crate) place: Place,
    /// The properties that are allowed there.
    pub(crate) allowed: u64,
    /// Those of them that may appear only once.
    pub(crate) once: u64,
}

/// All identifiers are under 64; a larger one is in no set.
#[inline]
pub(crate) const fn bit(id: u8) -> u64 {
    match 1u64.checked_shl(id as u32) {
        Some(bit) => bit,
        None => 0,
    }
}
