//! DISCONNECT (section 3.14).

use crate::{
    DecodeError, EncodeError, PacketType, Properties, ReasonCode, Version,
    acknowledgement::{read_reason, reason_len, write_reason},
    packet::Body,
    place::{Place, Rules},
    reader::Reader,
    writer::Writer,
};

/// The last packet of a connection (section 3.14). Before v5 only a Client sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// `Success` means normal disconnection and is the only value before v5.
    pub reason_code: ReasonCode,
    /// Empty before v5.
    pub properties: Properties<'a>,
}

impl Disconnect<'_> {
    /// A DISCONNECT without properties.
    #[must_use]
    pub const fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, properties: Properties::EMPTY }
    }
}

impl<'a> Body<'a> for Disconnect<'a> {
    const TYPE: PacketType = PacketType::Disconnect;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let (reason_code, properties) = read_reason(reader, version, Self::TYPE, RULES)?;
        Ok(Self { reason_code, properties })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        reason_len(self.reason_code, &self.properties, version, Self::TYPE, RULES)
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        write_reason(self.reason_code, &self.properties, version, writer);
    }
}

const RULES: &Rules = &Place::DISCONNECT.rules();
