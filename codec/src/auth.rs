//! AUTH (v5 section 3.15).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, PacketType, Properties, ReasonCode, Version,
    acknowledgement::read_reason,
    packet::Body,
    place::{Place, Rules},
    properties,
    reader::Reader,
    writer::Writer,
};

/// A step of enhanced authentication (v5 section 3.15). There is no AUTH before v5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    /// `Success`, `ContinueAuthentication` or `ReAuthenticate`.
    pub reason_code: ReasonCode,
    /// The properties; an Authentication Method is always among them.
    pub properties: Properties<'a>,
}

impl<'a> Body<'a> for Auth<'a> {
    const TYPE: PacketType = PacketType::Auth;

    fn read(reader: &mut Reader<'a>, version: Version, _: u8) -> Result<Self, DecodeError> {
        let (reason_code, properties) = read_reason(reader, version, Self::TYPE, RULES)?;
        // v5 section 3.15.2.2.2: so the short form, which has no properties, is never legal
        if properties.authentication_method().is_none() {
            return Err(reader.error(DecodeErrorKind::MissingAuthenticationMethod));
        }
        Ok(Self { reason_code, properties })
    }

    fn len(&self, version: Version) -> Result<usize, EncodeError> {
        if !version.has_properties() {
            return Err(EncodeError::PacketTypeNotInVersion { packet_type: Self::TYPE, version });
        }
        properties::check(&self.properties, version, RULES)?;
        if !self.reason_code.is_allowed_in(Self::TYPE) {
            return Err(EncodeError::ReasonCode(self.reason_code));
        }
        if self.properties.authentication_method().is_none() {
            return Err(EncodeError::Missing(Field::AuthenticationMethod));
        }
        Ok(properties::encoded_len(&self.properties, version).saturating_add(1))
    }

    fn write(&self, version: Version, writer: &mut Writer<'_>) {
        writer.byte(self.reason_code.number());
        properties::write(&self.properties, version, writer);
    }
}

const RULES: &Rules = &Place::AUTH.rules();
