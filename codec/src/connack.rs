//! CONNACK (section 3.2).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, PacketType, Properties, ReasonCode, Version,
    packet::Body,
    place::{Place, Rules},
    properties,
    reader::Reader,
    writer::Writer,
};

/// The Server's answer to CONNECT (section 3.2): flags and code (v3.1.1 section 3.2.1), in v5 also properties (v5 section
/// 3.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connack<'a> {
    /// Whether the Server resumes an existing Session; false if the connection is refused.
    pub session_present: bool,
    /// Success, or the reason for the refusal. The return codes 1 to 5 of v3.1.1 are mapped: see [`ReasonCode::from_return_code`].
    pub reason_code: ReasonCode,
    /// Empty before v5.
    pub properties: Properties<'a>,
}

impl<'a> Body<'a> for Connack<'a> {
    const TYPE: PacketType = PacketType::Connack;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let at = reader.at();
        let flags = reader.byte()?;
        // v5 [MQTT-3.2.2-1], v3.1.1 section 3.2.2.1
        if flags & !SESSION_PRESENT != 0 {
            return Err(DecodeError::new(DecodeErrorKind::ReservedBits, at));
        }
        let session_present = flags & SESSION_PRESENT != 0;
        let code_at = reader.at();
        let code = reader.byte()?;
        let reason_code = match version.has_properties() {
            true => ReasonCode::from_number(code).filter(|code| code.is_allowed_in(Self::TYPE)),
            false => ReasonCode::from_return_code(code),
        };
        // v5 [MQTT-3.2.2-8], v3.1.1 section 3.2.2.3: 6 to 255 are reserved
        let reason_code = reason_code.ok_or_else(|| DecodeError::new(DecodeErrorKind::ReasonCode, code_at))?;
        // v5 [MQTT-3.2.2-6], v3.1.1 [MQTT-3.2.2-4]
        if session_present && reason_code != ReasonCode::Success {
            return Err(DecodeError::new(DecodeErrorKind::SessionPresentOnRefusal, at));
        }
        let properties = properties::read(reader, version, RULES)?;
        Ok(Self { session_present, reason_code, properties })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        properties::check(&self.properties, version, RULES)?;
        if !self.reason_code.is_allowed_in(Self::TYPE) {
            return Err(EncodeError::ReasonCode(self.reason_code));
        }
        if !version.has_properties() && self.reason_code.return_code().is_none() {
            return Err(EncodeError::NotInVersion { field: Field::ReasonCode, version });
        }
        if self.session_present && self.reason_code != ReasonCode::Success {
            return Err(EncodeError::Contradiction(Field::SessionPresent, Field::ReasonCode));
        }
        Ok(properties::encoded_len(&self.properties, version).saturating_add(2))
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.byte(u8::from(self.session_present));
        writer.byte(match version.has_properties() {
            true => self.reason_code.number(),
            false => {
                let code = self.reason_code.return_code();
                debug_assert!(code.is_some(), "{} was not checked", self.reason_code);
                code.unwrap_or_default()
            }
        });
        properties::write(&self.properties, version, writer);
    }
}

const SESSION_PRESENT: u8 = 0x01;

const RULES: &Rules = &Place::CONNACK.rules();
