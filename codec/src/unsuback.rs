//! UNSUBACK (section 3.11).

use crate::{
    DecodeError, EncodeError, Field, PacketIdentifier, PacketType, Properties, ReasonCode, Seq, Version,
    packet::Body,
    place::{Place, Rules},
    properties,
    reader::Reader,
    suback::{check_reason_codes, read_reason_codes},
    writer::Writer,
};

/// Answers UNSUBSCRIBE (section 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsuback<'a> {
    /// The Packet Identifier of the UNSUBSCRIBE.
    pub packet_id: PacketIdentifier,
    /// Empty before v5.
    pub properties: Properties<'a>,
    /// One for each filter, in the same order. Empty before v5, where UNSUBACK has no payload.
    pub reason_codes: Seq<'a, ReasonCode>,
}

impl<'a> Body<'a> for Unsuback<'a> {
    const TYPE: PacketType = PacketType::Unsuback;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let packet_id = PacketIdentifier::read(reader)?;
        let properties = properties::read(reader, version, RULES)?;
        let reason_codes = match version {
            // v5 [MQTT-3.11.3-2]
            Version::V5 => read_reason_codes(reader, |code| code.is_allowed_in(Self::TYPE))?,
            Version::V3_1 | Version::V3_1_1 => Seq::EMPTY,
        };
        Ok(Self { packet_id, properties, reason_codes })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        properties::check(&self.properties, version, RULES)?;
        match version {
            Version::V5 => check_reason_codes(&self.reason_codes, Self::TYPE)?,
            Version::V3_1 | Version::V3_1_1 if !self.reason_codes.is_empty() => {
                return Err(EncodeError::NotInVersion { field: Field::ReasonCodes, version });
            }
            Version::V3_1 | Version::V3_1_1 => {}
        }
        Ok(properties::encoded_len(&self.properties, version)
            .saturating_add(2)
            .saturating_add(self.reason_codes.encoded_len()))
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.two_byte_integer(self.packet_id.number());
        properties::write(&self.properties, version, writer);
        self.reason_codes.write(writer);
    }
}

const RULES: &Rules = &Place::UNSUBACK.rules();
