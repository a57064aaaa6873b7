//! PINGRESP (section 3.13).

use crate::{DecodeError, EncodeError, PacketType, Version, packet::Body, reader::Reader, writer::Writer};

/// Answers PINGREQ (section 3.13). It has no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pingresp;

impl<'a> Body<'a> for Pingresp {
    const TYPE: PacketType = PacketType::Pingresp;

    fn read(_: &mut Reader<'a>, _: Version, _: u8) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    // v5 section 3.13.1
    fn len(&self, _: Version) -> Result<usize, EncodeError> {
        Ok(0)
    }

    fn write(&self, _: Version, _: &mut Writer<'_>) {}
}
