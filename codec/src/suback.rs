//! SUBACK (section 3.9), and how it and UNSUBACK carry Reason Codes.

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, PacketIdentifier, PacketType, Properties, ReasonCode, Seq,
    Version,
    packet::Body,
    place::{Place, Rules},
    properties,
    reader::Reader,
    seq::{Checked, Item},
    writer::Writer,
};

/// Answers SUBSCRIBE (section 3.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suback<'a> {
    /// The Packet Identifier of the SUBSCRIBE.
    pub packet_id: PacketIdentifier,
    /// Empty before v5.
    pub properties: Properties<'a>,
    /// One for each subscription, in the same order. In v3.1.1 a granted QoS or `UnspecifiedError` (0x80).
    pub reason_codes: Seq<'a, ReasonCode>,
}

impl<'a> Item<'a> for ReasonCode {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let before = *reader;
        ReasonCode::from_number(reader.byte()?).ok_or_else(|| before.error(DecodeErrorKind::ReasonCode))
    }

    fn encoded_len(&self) -> usize {
        1
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.byte(self.number());
    }
}

/// Reads the codes up to the end of the packet. There must be at least one.
pub(crate) fn read_reason_codes<'a>(
    reader: &mut Reader<'a>,
    allowed: impl Fn(ReasonCode) -> bool,
) -> Result<Seq<'a, ReasonCode>, DecodeError> {
    let bytes = reader.peek();
    if bytes.is_empty() {
        return Err(reader.error(DecodeErrorKind::EmptyPayload));
    }
    while !reader.is_empty() {
        let at = reader.at();
        if !allowed(ReasonCode::read(reader)?) {
            return Err(DecodeError::new(DecodeErrorKind::ReasonCode, at));
        }
    }
    Ok(Seq::wire(bytes, Checked::at(Place::NOWHERE)))
}

/// Checks codes before they are written: there must be at least one, and each must be allowed.
pub(crate) fn check_reason_codes(codes: &Seq<'_, ReasonCode>, packet_type: PacketType) -> Result<(), EncodeError> {
    if codes.is_empty() {
        return Err(EncodeError::Missing(Field::ReasonCodes));
    }
    match codes.iter().find(|code| !code.is_allowed_in(packet_type)) {
        Some(code) => Err(EncodeError::ReasonCode(code)),
        None => Ok(()),
    }
}

/// Whether v3.1.1 has the code: a granted QoS or Failure (v3.1.1 [MQTT-3.9.3-2]).
fn in_v3_1_1(code: ReasonCode) -> bool {
    matches!(code.number(), 0 | 1 | 2 | 0x80)
}

impl<'a> Body<'a> for Suback<'a> {
    const TYPE: PacketType = PacketType::Suback;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let packet_id = PacketIdentifier::read(reader)?;
        let properties = properties::read(reader, version, RULES)?;
        // v5 [MQTT-3.9.3-2], v3.1.1 [MQTT-3.9.3-2]
        let reason_codes = read_reason_codes(reader, |code| match version {
            Version::V5 => code.is_allowed_in(Self::TYPE),
            Version::V3_1 | Version::V3_1_1 => in_v3_1_1(code),
        })?;
        Ok(Self { packet_id, properties, reason_codes })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        properties::check(&self.properties, version, RULES)?;
        check_reason_codes(&self.reason_codes, Self::TYPE)?;
        if version != Version::V5 && !self.reason_codes.iter().all(in_v3_1_1) {
            return Err(EncodeError::NotInVersion { field: Field::ReasonCodes, version });
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

const RULES: &Rules = &Place::SUBACK.rules();
