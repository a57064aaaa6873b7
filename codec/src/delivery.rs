//! QoS and the Packet Identifier that goes with it (v5 sections 2.2.1 and 4.3).

use core::{fmt, num::NonZeroU16};

use crate::{DecodeError, DecodeErrorKind, InvalidValue, reader::Reader};

/// The Quality of Service of a delivery (section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0: no acknowledgement, may be lost.
    #[default]
    AtMostOnce = 0,
    /// QoS 1: acknowledged by PUBACK, may arrive more than once.
    AtLeastOnce = 1,
    /// QoS 2: PUBREC, PUBREL and PUBCOMP; arrives exactly once.
    ExactlyOnce = 2,
}

impl QoS {
    /// The QoS with this number; `None` for 3 and more.
    #[must_use]
    #[inline]
    pub const fn from_number(number: u8) -> Option<QoS> {
        match number {
            0 => Some(QoS::AtMostOnce),
            1 => Some(QoS::AtLeastOnce),
            2 => Some(QoS::ExactlyOnce),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    #[must_use]
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// A Packet Identifier: 1 to 65 535 (v5 section 2.2.1, v3.1.1 section 2.3.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketIdentifier(NonZeroU16);

impl PacketIdentifier {
    /// The smallest identifier, 1.
    pub const MIN: PacketIdentifier = PacketIdentifier(NonZeroU16::MIN);

    /// `None` for zero.
    #[must_use]
    #[inline]
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 to 65 535.
    #[must_use]
    #[inline]
    pub const fn number(self) -> u16 {
        self.0.get()
    }

    #[inline]
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let before = *reader;
        // v5 [MQTT-2.2.1-3], v3.1.1 [MQTT-2.3.1-1]
        Self::new(reader.two_byte_integer()?).ok_or_else(|| before.error(DecodeErrorKind::ZeroPacketIdentifier))
    }
}

impl TryFrom<u16> for PacketIdentifier {
    type Error = InvalidValue;
    fn try_from(number: u16) -> Result<Self, InvalidValue> {
        Self::new(number).ok_or(InvalidValue::OutOfRange)
    }
}

impl fmt::Debug for PacketIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for PacketIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How a PUBLISH is delivered (sections 3.3.1 and 4.3): the QoS together with the fields that it requires, so that they
/// cannot disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// QoS 0: no Packet Identifier (v5 [MQTT-2.2.1-2], v3.1.1 [MQTT-2.3.1-5]) and no DUP (v5 [MQTT-3.3.1-2]
    /// [MQTT-4.3.1-1], v3.1.1 [MQTT-3.3.1-2] [MQTT-4.3.1-1]).
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce {
        /// Identifies the delivery until its PUBACK.
        packet_id: PacketIdentifier,
        /// Whether this may be a re-delivery (section 3.3.1.1).
        dup: bool,
    },
    /// QoS 2.
    ExactlyOnce {
        /// Identifies the delivery until its PUBCOMP.
        packet_id: PacketIdentifier,
        /// Whether this may be a re-delivery (section 3.3.1.1).
        dup: bool,
    },
}

impl Delivery {
    /// A first delivery at that QoS. The identifier is not used at QoS 0.
    #[must_use]
    pub const fn first(qos: QoS, packet_id: PacketIdentifier) -> Self {
        match qos {
            QoS::AtMostOnce => Delivery::AtMostOnce,
            QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup: false },
            QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup: false },
        }
    }

    /// The QoS.
    #[must_use]
    #[inline]
    pub const fn qos(self) -> QoS {
        match self {
            Delivery::AtMostOnce => QoS::AtMostOnce,
            Delivery::AtLeastOnce { .. } => QoS::AtLeastOnce,
            Delivery::ExactlyOnce { .. } => QoS::ExactlyOnce,
        }
    }

    /// The Packet Identifier; `None` at QoS 0.
    #[must_use]
    #[inline]
    pub const fn packet_id(self) -> Option<PacketIdentifier> {
        match self {
            Delivery::AtMostOnce => None,
            Delivery::AtLeastOnce { packet_id, .. } | Delivery::ExactlyOnce { packet_id, .. } => Some(packet_id),
        }
    }

    /// The DUP flag; false at QoS 0.
    #[must_use]
    #[inline]
    pub const fn dup(self) -> bool {
        match self {
            Delivery::AtMostOnce => false,
            Delivery::AtLeastOnce { dup, .. } | Delivery::ExactlyOnce { dup, .. } => dup,
        }
    }
}
