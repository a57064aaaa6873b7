//! The form that PUBACK, PUBREC, PUBREL and PUBCOMP share (sections 3.4 to 3.7). They differ in type and Reason Codes.

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, Field, Packet, PacketIdentifier, PacketType, Properties, Puback,
    Pubcomp, Pubrec, Pubrel, ReasonCode, Version, place::Rules, properties, reader::Reader, writer::Writer,
};

macro_rules! acknowledgement {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name<'a> {
            /// The Packet Identifier of the PUBLISH it belongs to.
            pub packet_id: $crate::PacketIdentifier,
            /// Always `Success` before v5.
            pub reason_code: $crate::ReasonCode,
            /// Empty before v5.
            pub properties: $crate::Properties<'a>,
        }

        impl $name<'_> {
            /// Success, without properties: two bytes of body in every version.
            #[must_use]
            pub const fn success(packet_id: $crate::PacketIdentifier) -> Self {
                Self::with_reason(packet_id, $crate::ReasonCode::Success)
            }

            /// With a Reason Code, without properties.
            #[must_use]
            pub const fn with_reason(
                packet_id: $crate::PacketIdentifier,
                reason_code: $crate::ReasonCode,
            ) -> Self {
                Self { packet_id, reason_code, properties: $crate::Properties::EMPTY }
            }
        }

        impl<'a> $crate::packet::Body<'a> for $name<'a> {
            const TYPE: $crate::PacketType = $crate::PacketType::$name;

            #[inline]
            fn read(
                reader: &mut $crate::reader::Reader<'a>,
                version: $crate::Version,
                _: u8,
            ) -> Result<Self, $crate::DecodeError> {
                let (packet_id, reason_code, properties) =
                    $crate::acknowledgement::read(reader, version, Self::TYPE, RULES)?;
                Ok(Self { packet_id, reason_code, properties })
            }

            fn len(&self, version: $crate::Version) -> Result<usize, $crate::EncodeError> {
                let Self { reason_code, properties, .. } = self;
                $crate::acknowledgement::reason_len(*reason_code, properties, version, Self::TYPE, RULES)
                    .map(|len| len.saturating_add(2))
            }

            fn write(&self, version: $crate::Version, writer: &mut $crate::writer::Writer<'_>) {
                writer.two_byte_integer(self.packet_id.number());
                $crate::acknowledgement::write_reason(self.reason_code, &self.properties, version, writer);
            }
        }

        const RULES: &$crate::place::Rules =
            &$crate::place::Place::of(<$name<'_> as $crate::packet::Body<'_>>::TYPE).rules();
    };
}

pub(crate) use acknowledgement;

#[inline]
pub(crate) fn read<'a>(
    reader: &mut Reader<'a>,
    version: Version,
    packet_type: PacketType,
    rules: &Rules,
) -> Result<(PacketIdentifier, ReasonCode, Properties<'a>), DecodeError> {
    let packet_id = PacketIdentifier::read(reader)?;
    let (reason_code, properties) = read_reason(reader, version, packet_type, rules)?;
    Ok((packet_id, reason_code, properties))
}

/// An optional Reason Code followed by optional properties, with which acknowledgements and DISCONNECT end
/// (v5 sections 3.4.2.1, 3.5.2.1 and 3.14.2.1).
#[inline]
pub(crate) fn read_reason<'a>(
    reader: &mut Reader<'a>,
    version: Version,
    packet_type: PacketType,
    rules: &Rules,
) -> Result<(ReasonCode, Properties<'a>), DecodeError> {
    if reader.is_empty() || !version.has_properties() {
        return Ok((ReasonCode::Success, Properties::EMPTY));
    }
    let before = *reader;
    // v5 [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] [MQTT-3.14.2-1] [MQTT-3.15.2-1]
    let reason_code = ReasonCode::from_number(reader.byte()?)
        .filter(|code| code.is_allowed_in(packet_type))
        .ok_or_else(|| before.error(DecodeErrorKind::ReasonCode))?;
    let properties = match reader.is_empty() {
        true => Properties::EMPTY,
        false => properties::read(reader, version, rules)?,
    };
    Ok((reason_code, properties))
}

/// The length of what [`write_reason`] writes: the shortest form that is possible.
pub(crate) fn reason_len(
    reason_code: ReasonCode,
    properties: &Properties<'_>,
    version: Version,
    packet_type: PacketType,
    rules: &Rules,
) -> Result<usize, EncodeError> {
    properties::check(properties, version, rules)?;
    if !reason_code.is_allowed_in(packet_type) {
        return Err(EncodeError::ReasonCode(reason_code));
    }
    Ok(match (reason_code, properties.is_empty()) {
        // v3.1.1 section 3.4.1: the only form there
        (ReasonCode::Success, true) => 0,
        _ if !version.has_properties() => return Err(EncodeError::NotInVersion { field: Field::ReasonCode, version }),
        (_, true) => 1,
        (_, false) => properties::encoded_len(properties, version).saturating_add(1),
    })
}

pub(crate) fn write_reason(
    reason_code: ReasonCode,
    properties: &Properties<'_>,
    version: Version,
    writer: &mut Writer<'_>,
) {
    if reason_code != ReasonCode::Success || !properties.is_empty() {
        writer.byte(reason_code.number());
    }
    if !properties.is_empty() {
        properties::write(properties, version, writer);
    }
}

/// An acknowledgement of success without properties, which is the most frequent and the same in every version.
#[inline(always)]
pub(crate) fn short_acknowledgement(bytes: &[u8]) -> Option<Packet<'static>> {
    let [first, 2, high, low, ..] = bytes else { return None };
    let packet_id = PacketIdentifier::new(u16::from_be_bytes([*high, *low]))?;
    Some(match first {
        0x40 => Packet::Puback(Puback::success(packet_id)),
        0x50 => Packet::Pubrec(Pubrec::success(packet_id)),
        0x62 => Packet::Pubrel(Pubrel::success(packet_id)),
        0x70 => Packet::Pubcomp(Pubcomp::success(packet_id)),
        _ => return None,
    })
}

/// Encodes what [`short_acknowledgement`] decodes.
#[inline]
pub(crate) fn to_short_acknowledgement(packet: &Packet<'_>) -> Option<[u8; SHORT_ACKNOWLEDGEMENT]> {
    let (first, packet_id, reason_code, properties) = match packet {
        Packet::Puback(body) => (0x40, body.packet_id, body.reason_code, &body.properties),
        Packet::Pubrec(body) => (0x50, body.packet_id, body.reason_code, &body.properties),
        Packet::Pubrel(body) => (0x62, body.packet_id, body.reason_code, &body.properties),
        Packet::Pubcomp(body) => (0x70, body.packet_id, body.reason_code, &body.properties),
        _ => return None,
    };
    let [high, low] = packet_id.number().to_be_bytes();
    (reason_code == ReasonCode::Success && properties.is_empty()).then_some([first, 2, high, low])
}

/// The length of a short acknowledgement in bytes.
pub(crate) const SHORT_ACKNOWLEDGEMENT: usize = 4;
