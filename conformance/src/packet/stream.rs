//! Splits a stream of bytes into packets, and decodes it as far as possible.

use mqttspec_codec::{DecodeError, Packet, PacketType, Reject, Version, connect_version, decode_with, packet_length};

/// Iterates over the packets of a stream. A CONNECT sets the version for what follows. After a malformed packet, the
/// iteration continues if the length of that packet is known.
#[derive(Debug, Clone)]
pub struct PacketStream<'a> {
    rest: &'a [u8],
    version: Version,
    refused: Reject,
}

/// A part of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The version it was decoded for.
    pub version: Version,
    /// Its bytes; all remaining bytes if its length is unknown or it is incomplete.
    pub bytes: &'a [u8],
    /// The measure.
    pub found: Found<'a>,
}

/// The content of a part of a stream.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// A legal packet.
    Packet(Packet<'a>),
    /// Malformed bytes.
    Malformed(DecodeError),
    /// The beginning of a packet.
    Incomplete {
        /// The packet type in its first byte.
        packet_type: Option<PacketType>,
        /// How many bytes are missing, at least; the number is exact if the Fixed Header is complete.
        missing: usize,
        /// Whether `missing` is exact, because the Fixed Header is complete.
        is_exact: bool,
    },
}

impl<'a> PacketStream<'a> {
    /// `version` is that of the stream up to its first CONNECT.
    #[must_use]
    pub fn new(stream: &'a [u8], version: Version) -> Self {
        PacketStream { rest: stream, version, refused: Reject::NONE }
    }

    /// Also rejects these optional violations as malformed.
    #[must_use]
    pub const fn refusing(self, refused: Reject) -> Self {
        PacketStream { refused, ..self }
    }
}

impl<'a> Iterator for PacketStream<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let first = self.rest.first()?;
        let version = connect_version(self.rest).ok().flatten().unwrap_or(self.version);
        self.version = version;
        let length = packet_length(self.rest, u32::MAX);
        let whole = length.ok().flatten().and_then(|length| self.rest.split_at_checked(length));
        let (bytes, rest) = whole.unwrap_or((self.rest, &[]));
        self.rest = rest;
        let found = match (decode_with(bytes, version, self.refused), length) {
            (Ok(Some((packet, _))), _) => Found::Packet(packet),
            (Err(error), _) | (Ok(None), Err(error)) => Found::Malformed(error),
            (Ok(None), Ok(length)) => Found::Incomplete {
                packet_type: PacketType::from_number(first >> 4),
                missing: length.map_or(1, |length| length.saturating_sub(bytes.len())),
                is_exact: length.is_some(),
            },
        };
        Some(Part { version, bytes, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(stream: &[u8]) -> Vec<(Version, usize, &'static str)> {
        let kind = |part: Part<'_>| match part.found {
            Found::Packet(packet) => packet.packet_type().name(),
            Found::Malformed(error) => error.kind.name(),
            Found::Incomplete { is_exact: true, .. } => "incomplete",
            Found::Incomplete { .. } => "no header",
        };
        PacketStream::new(stream, Version::V5).map(|part| (part.version, part.bytes.len(), kind(part))).collect()
    }

    #[test]
    fn connect_sets_the_version_even_if_malformed() {
        let connect = b"\x10\x0C\0\x04MQTT\x04\x02\0\0\0\0";
        let stream = [&connect[..], &[0x90, 3, 0, 1, 0]].concat();
        assert_eq!(kinds(&stream), [(Version::V3_1_1, 14, "CONNECT"), (Version::V3_1_1, 5, "SUBACK")]);
        let mut malformed = stream;
        malformed[9] = 3;
        assert_eq!(kinds(&malformed), [(Version::V3_1_1, 14, "reserved_bits"), (Version::V3_1_1, 5, "SUBACK")]);
    }

    #[test]
    fn continues_after_malformed_packets_of_known_length() {
        assert_eq!(kinds(&[0xC1, 0, 0xC0, 0]), [(Version::V5, 2, "fixed_header_flags"), (Version::V5, 2, "PINGREQ")]);
        let too_long = [0xC0, 0x80, 0x80, 0x80, 0x80, 0, 0xC0, 0];
        assert_eq!(kinds(&too_long), [(Version::V5, 8, "variable_byte_integer_too_long")]);
    }

    #[test]
    fn last_packet_may_be_incomplete() {
        assert_eq!(kinds(&[0xC0]), [(Version::V5, 1, "no header")]);
        assert_eq!(kinds(&[0xC0, 0, 0x30, 5, 0]), [(Version::V5, 2, "PINGREQ"), (Version::V5, 3, "incomplete")]);
        assert!(kinds(&[]).is_empty());
    }

    #[test]
    fn any_bytes_can_be_read() {
        for first in 0..=0xFF {
            for second in 0..=0xFF {
                let stream = [first, second, 0, 4, b'M', b'Q', b'T', b'T', 9, 0xFF, 0xFF, 0xFF];
                for end in 0..=stream.len() {
                    let parts = PacketStream::new(&stream[..end], Version::V5);
                    assert_eq!(parts.map(|part| part.bytes.len()).sum::<usize>(), end);
                }
            }
        }
    }
}
