//! PINGREQ (section 3.12).

use crate::{DecodeError, EncodeError, PacketType, Version, packet::Body, reader::Reader, writer::Writer};

/// A Client asks whether the Server is there (section 3.12). It has no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pingreq;

impl<'a> Body<'a> for Pingreq {
    const TYPE: PacketType = PacketType::Pingreq;

    fn read(_: &mut Reader<'a>, _: Version, _: u8) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn len(&self, _: Version) -> Result<usize, EncodeError> {
        Ok(0)
    }

    fn write(&self, _: Version, _: &mut Writer<'_>) {}
}
