//! The fixed header: packet type, flags, Remaining Length (v5 section 2.1, v3.1.1 section 2.2).

use crate::{
    DecodeError, DecodeErrorKind, EncodeError, PacketType, Version,
    reader::Reader,
    writer::{Writer, variable_byte_integer_len},
};

/// The largest Remaining Length, and the largest Variable Byte Integer: 268 435 455 (v5 section 1.5.5).
pub const MAXIMUM_REMAINING_LENGTH: u32 = 268_435_455;

/// A fixed header whose packet may not be complete yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FixedHeader {
    pub(crate) first: u8,
    /// Length of the fixed header, 2 to 5.
    pub(crate) len: usize,
    pub(crate) remaining_length: u32,
}

impl FixedHeader {
    /// `None` until the Remaining Length is complete.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        match bytes {
            [first, length, ..] if *length < 0x80 => {
                Ok(Some(Self { first: *first, len: 2, remaining_length: u32::from(*length) }))
            }
            [first, low, high, ..] if *high < 0x80 => {
                let remaining_length = u32::from(*low & 0x7F) | u32::from(*high) << 7;
                Ok(Some(Self { first: *first, len: 3, remaining_length }))
            }
            _ => Self::parse_long(bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn parse_long(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let mut reader = Reader::checked(bytes);
        let Ok(first) = reader.byte() else { return Ok(None) };
        match reader.variable_byte_integer() {
            Ok(remaining_length) => {
                let len = bytes.len().saturating_sub(reader.remaining());
                Ok(Some(Self { first, len, remaining_length }))
            }
            Err(error) if error.kind == DecodeErrorKind::Truncated => Ok(None),
            Err(error) => Err(DecodeError { packet_type: PacketType::from_number(first >> 4), ..error }),
        }
    }

    /// The length of the whole packet.
    #[inline]
    pub(crate) fn packet_len(&self) -> usize {
        self.len.saturating_add(self.remaining_length as usize)
    }

    /// The packet type, if the flags are those that it requires.
    #[inline]
    pub(crate) fn packet_type(first: u8, version: Version) -> Result<PacketType, DecodeError> {
        let packet_type = match PacketType::from_number(first >> 4) {
            // 15 is AUTH in v5 and forbidden before: v3.1.1 section 2.2.1
            Some(PacketType::Auth) if !version.has_properties() => None,
            packet_type => packet_type,
        };
        let Some(packet_type) = packet_type else {
            return Err(DecodeError::new(DecodeErrorKind::ReservedPacketType, 0));
        };
        // v5 [MQTT-2.1.3-1], v3.1.1 [MQTT-2.2.2-1] [MQTT-2.2.2-2]
        let flags = first & 0x0F;
        let prescribed = packet_type.reserved_flags();
        // 3.1 section 2.1: requests that are acknowledged may be sent again, and then have DUP set
        let repeated = version == Version::V3_1 && prescribed == 0b0010 && flags == 0b1010;
        if packet_type != PacketType::Publish && flags != prescribed && !repeated {
            return Err(DecodeError::new(DecodeErrorKind::FixedHeaderFlags, 0).within(packet_type));
        }
        Ok(packet_type)
    }
}

/// Writes a Variable Byte Integer, such as a Remaining Length, in its shortest form and returns it: one to four bytes (v5
/// section 1.5.5, v3.1.1 section 2.2.3).
///
/// # Errors
/// [`EncodeError::TooLarge`] over [`MAXIMUM_REMAINING_LENGTH`].
///
/// ```
/// use mqttspec_codec::encode_variable_byte_integer;
/// assert_eq!(encode_variable_byte_integer(321, &mut [0; 4]), Ok(&[0xC1, 0x02][..]));
/// ```
pub fn encode_variable_byte_integer(value: u32, into: &mut [u8; 4]) -> Result<&[u8], EncodeError> {
    if value > MAXIMUM_REMAINING_LENGTH {
        return Err(EncodeError::TooLarge);
    }
    let exact = into.get_mut(..variable_byte_integer_len(value as usize)).unwrap_or_default();
    let mut writer = Writer::new(&mut *exact);
    writer.variable_byte_integer(value);
    debug_assert!(writer.is_full(), "a variable byte integer is shorter than was computed");
    Ok(exact)
}

/// The length in bytes of the packet at the start of `bytes`, fixed header included; `None` until the fixed header is
/// complete. It reads only the fixed header, so a limit takes effect before the rest of a packet is buffered.
///
/// # Errors
/// [`DecodeErrorKind::PacketTooLarge`] over `maximum_packet_size` bytes,
/// [`DecodeErrorKind::VariableByteIntegerTooLong`].
pub fn packet_length(bytes: &[u8], maximum_packet_size: u32) -> Result<Option<usize>, DecodeError> {
    let Some(header) = FixedHeader::parse(bytes)? else { return Ok(None) };
    let len = header.packet_len();
    if len > maximum_packet_size as usize {
        return Err(DecodeError {
            kind: DecodeErrorKind::PacketTooLarge,
            at: 1,
            packet_type: PacketType::from_number(header.first >> 4),
        });
    }
    Ok(Some(len))
}
