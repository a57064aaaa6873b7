//! [`Packet`]: one tree for all versions, and the dispatch over the packet types.

use crate::{
    Auth, Connack, Connect, DecodeError, DecodeErrorKind, Disconnect, EncodeError, PacketType, Pingreq, Pingresp,
    Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Subscribe, Unsuback, Unsubscribe, Version,
    acknowledgement::{SHORT_ACKNOWLEDGEMENT, short_acknowledgement, to_short_acknowledgement},
    fixed_header::{FixedHeader, MAXIMUM_REMAINING_LENGTH},
    reader::Reader,
    writer::{Writer, variable_byte_integer_len},
};

/// What the module of each packet type provides.
pub(crate) trait Body<'a>: Sized {
    const TYPE: PacketType;
    /// Reads the whole body. Bytes that are left over are an error that the caller reports.
    fn read(reader: &mut Reader<'a>, version: Version, first_byte: u8) -> Result<Self, DecodeError>;
    /// Checks that the value can be written in that version, and returns the Remaining Length.
    fn len(&self, version: Version) -> Result<usize, EncodeError>;
    fn write(&self, version: Version, writer: &mut Writer<'_>);
    fn first_byte(&self) -> u8 {
        Self::TYPE.first_byte()
    }
}

macro_rules! packets {
    ($($variant:ident $body:ty;)*) => {
        /// A Control Packet of any version (chapter 3 of both). It borrows from the bytes it was decoded from.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Packet<'a> { $(#[doc = concat!("See [`", stringify!($variant), "`].")] $variant($body),)* }

        impl<'a> Packet<'a> {
            /// The type of the packet.
            #[must_use]
            pub const fn packet_type(&self) -> PacketType {
                match self { $(Packet::$variant(_) => PacketType::$variant,)* }
            }

            fn decode(
                packet_type: PacketType,
                body: &'a [u8],
                len: usize,
                version: Version,
                first_byte: u8,
            ) -> Result<Option<(Self, usize)>, DecodeError> {
                match packet_type {
                    $(PacketType::$variant => decode_body::<$body>(body, len, version, first_byte),)*
                }
            }

            fn remaining_length(&self, version: Version) -> Result<u32, EncodeError> {
                match self { $(Packet::$variant(body) => remaining_length(body, version),)* }
            }

            #[inline(never)]
            fn encode(&self, version: Version, into: &mut [u8]) -> Result<usize, EncodeError> {
                match self { $(Packet::$variant(body) => encode_body(body, version, into),)* }
            }
        }

        $(impl<'a> From<$body> for Packet<'a> {
            #[inline]
            fn from(body: $body) -> Self {
                Packet::$variant(body)
            }
        })*
    };
}

packets! {
    Connect Connect<'a>;
    Connack Connack<'a>;
    Publish Publish<'a>;
    Puback Puback<'a>;
    Pubrec Pubrec<'a>;
    Pubrel Pubrel<'a>;
    Pubcomp Pubcomp<'a>;
    Subscribe Subscribe<'a>;
    Suback Suback<'a>;
    Unsubscribe Unsubscribe<'a>;
    Unsuback Unsuback<'a>;
    Pingreq Pingreq;
    Pingresp Pingresp;
    Disconnect Disconnect<'a>;
    Auth Auth<'a>;
}

/// Decodes the packet at the start of `bytes` and returns it with its length in bytes. `Ok(None)` means that more bytes are
/// needed.
///
/// Everything that the standard requires of a single packet is checked here, once. `version` is that of the connection. A
/// CONNECT announces its own, so any value can be passed for it.
///
/// # Errors
/// A [`DecodeError`] says what is wrong, where, and which Reason Code to send.
///
/// ```
/// use mqttspec_codec::{decode, Packet, Version};
/// let (packet, len) = decode(&[0xC0, 0, 0xC0], Version::V5)?.expect("a whole packet");
/// assert!(matches!(packet, Packet::Pingreq(_)));
/// assert_eq!(len, 2);
/// # Ok::<(), mqttspec_codec::DecodeError>(())
/// ```
#[inline(always)]
pub fn decode(bytes: &[u8], version: Version) -> Result<Option<(Packet<'_>, usize)>, DecodeError> {
    // the frequent packets are inlined, because a return through memory would cost more than decoding
    match short_acknowledgement(bytes) {
        Some(packet) => Ok(Some((packet, SHORT_ACKNOWLEDGEMENT))),
        None => match legal_publish(bytes, version) {
            Some((publish, len)) => Ok(Some((Packet::Publish(publish), len))),
            None => decode_any(bytes, version),
        },
    }
}

/// A whole and legal PUBLISH; `None` for everything else, of which [`decode_any`] finds the error.
#[inline(always)]
fn legal_publish(bytes: &[u8], version: Version) -> Option<(Publish<'_>, usize)> {
    let first = *bytes.first()?;
    if first >> 4 != PacketType::Publish.number() {
        return None;
    }
    let header = FixedHeader::parse(bytes).ok()??;
    let len = header.packet_len();
    let mut body = Reader::checked(bytes.get(header.len..len)?);
    Some((Publish::read(&mut body, version, first).ok()?, len))
}

#[inline(never)]
fn decode_any(bytes: &[u8], version: Version) -> Result<Option<(Packet<'_>, usize)>, DecodeError> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    let packet_type = FixedHeader::packet_type(first, version)?;
    let Some(header) = FixedHeader::parse(bytes)? else { return Ok(None) };
    let len = header.packet_len();
    let Some(body) = bytes.get(header.len..len) else { return Ok(None) };
    Packet::decode(packet_type, body, len, version, first)
}

/// Reads the body of a packet of that length. With a function for each packet type, the result is written directly to
/// where the caller needs it; a function for all of them merges it in registers and on the stack first.
#[inline(never)]
fn decode_body<'a, B: Body<'a> + Into<Packet<'a>>>(
    body: &'a [u8],
    len: usize,
    version: Version,
    first_byte: u8,
) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
    let mut reader = Reader::new(body, len);
    match B::read(&mut reader, version, first_byte) {
        Ok(packet) if reader.is_empty() => Ok(Some((packet.into(), len))),
        // v5 section 2.1.4, v3.1.1 section 2.2.3: the Remaining Length covers exactly the packet
        Ok(_) => Err(reader.error(DecodeErrorKind::TrailingBytes).within(B::TYPE)),
        Err(error) => Err(error.within(B::TYPE)),
    }
}

/// Decodes bytes that are exactly one packet, as [`Splitter`](crate::Splitter) returns them.
///
/// # Errors
/// Those of [`decode`]; [`DecodeErrorKind::Truncated`] and [`DecodeErrorKind::TrailingBytes`] if the bytes are less or more
/// than one packet.
#[inline(always)]
pub fn decode_frame(frame: &[u8], version: Version) -> Result<Packet<'_>, DecodeError> {
    match short_acknowledgement(frame) {
        Some(packet) if frame.len() == SHORT_ACKNOWLEDGEMENT => Ok(packet),
        _ => match legal_publish(frame, version) {
            Some((publish, len)) if len == frame.len() => Ok(Packet::Publish(publish)),
            _ => decode_any_frame(frame, version),
        },
    }
}

#[inline(never)]
fn decode_any_frame(frame: &[u8], version: Version) -> Result<Packet<'_>, DecodeError> {
    match decode_any(frame, version)? {
        Some((packet, len)) if len == frame.len() => Ok(packet),
        Some((packet, len)) => Err(DecodeError::new(DecodeErrorKind::TrailingBytes, len).within(packet.packet_type())),
        None => Err(DecodeError {
            kind: DecodeErrorKind::Truncated,
            at: frame.len(),
            packet_type: frame.first().and_then(|first| PacketType::from_number(first >> 4)),
        }),
    }
}

/// The exact length in bytes of the encoded packet.
///
/// # Errors
/// [`EncodeError`] for a value that cannot be encoded in that version.
pub fn encoded_len(packet: &Packet<'_>, version: Version) -> Result<usize, EncodeError> {
    packet.remaining_length(version).map(whole_len)
}

#[inline(always)]
fn remaining_length<'a>(body: &impl Body<'a>, version: Version) -> Result<u32, EncodeError> {
    match u32::try_from(body.len(version)?) {
        Ok(len) if len <= MAXIMUM_REMAINING_LENGTH => Ok(len),
        _ => Err(EncodeError::TooLarge),
    }
}

/// The length of a whole packet with this Remaining Length.
fn whole_len(remaining_length: u32) -> usize {
    let len = remaining_length as usize;
    len.saturating_add(variable_byte_integer_len(len)).saturating_add(1)
}

/// Encodes the packet at the start of `into` and returns its length. Writes nothing if it fails.
///
/// # Errors
/// [`EncodeError::BufferTooSmall`] and those of [`encoded_len`].
///
/// ```
/// use mqttspec_codec::{encode, Packet, PacketIdentifier, Puback, Version};
/// let packet = Packet::from(Puback::success(PacketIdentifier::MIN));
/// let mut buffer = [0; 16];
/// let len = encode(&packet, Version::V5, &mut buffer)?;
/// assert_eq!(&buffer[..len], [0x40, 2, 0, 1]);
/// # Ok::<(), mqttspec_codec::EncodeError>(())
/// ```
#[inline(always)]
pub fn encode(packet: &Packet<'_>, version: Version, into: &mut [u8]) -> Result<usize, EncodeError> {
    if let Packet::Publish(publish) = packet {
        return encode_publish(publish, version, into);
    }
    match (to_short_acknowledgement(packet), into.first_chunk_mut()) {
        (Some(bytes), Some(start)) => {
            *start = bytes;
            Ok(SHORT_ACKNOWLEDGEMENT)
        }
        _ => packet.encode(version, into),
    }
}

/// The usual form is written inline, because the call and the return through memory would cost a fifth of the whole.
#[inline(always)]
fn encode_publish(publish: &Publish<'_>, version: Version, into: &mut [u8]) -> Result<usize, EncodeError> {
    match publish.encode_short(version, into) {
        Some(len) => Ok(len),
        None => encode_body(publish, version, into),
    }
}

/// Encodes any packet of this type. As for decoding, there is one function for each packet type.
#[inline(never)]
fn encode_body<'a, B: Body<'a>>(body: &B, version: Version, into: &mut [u8]) -> Result<usize, EncodeError> {
    let remaining_length = remaining_length(body, version)?;
    let needed = whole_len(remaining_length);
    let Some(exact) = into.get_mut(..needed) else { return Err(EncodeError::BufferTooSmall { needed }) };
    let mut writer = Writer::new(exact);
    writer.fixed_header(body.first_byte(), remaining_length);
    body.write(version, &mut writer);
    debug_assert!(writer.is_full(), "a {} is shorter than was computed", B::TYPE);
    Ok(needed)
}

/// Appends the encoded packet to a vector.
///
/// # Errors
/// Those of [`encoded_len`]; nothing is appended then.
#[cfg(feature = "alloc")]
pub fn encode_to_vec(
    packet: &Packet<'_>,
    version: Version,
    into: &mut alloc::vec::Vec<u8>,
) -> Result<usize, EncodeError> {
    let needed = encoded_len(packet, version)?;
    let start = into.len();
    into.resize(start.saturating_add(needed), 0);
    encode(packet, version, into.get_mut(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Delivery, PacketIdentifier, Properties, QoS, TopicName};

    /// The lengths are around those at which Remaining Length and Property Length need one more byte.
    #[test]
    fn short_form_of_publish_is_the_same_as_the_general_form() {
        let topic = "t".repeat(21);
        let block = [0x23, 0, 1].into_iter().chain([0x01, 1].into_iter().cycle().take(130));
        let block: std::vec::Vec<u8> = block.collect();
        let mut short_forms = 0;
        let payloads = [0..=130, 16_220..=16_370];
        for (len, qos) in payloads.into_iter().flatten().flat_map(|len| (0..3).map(move |qos| (len, qos))) {
            let payload = std::vec![b'p'; len];
            let delivery = Delivery::first(QoS::from_number(qos).expect("0 to 2"), PacketIdentifier::MIN);
            let mut publish = Publish::new(TopicName::new(&topic).expect("legal"), delivery, &payload);
            publish.retain = len % 2 == 0;
            for (version, properties) in
                [(Version::V3_1_1, 0), (Version::V5, 0), (Version::V5, 127), (Version::V5, 129)]
            {
                let checked = crate::seq::Checked { place: crate::place::Place::PUBLISH, canonical: true };
                publish.properties = Properties::wire(&block[..properties], checked);
                let (mut short, mut general) = ([0; 17_000], [0; 17_000]);
                let len = encode_body(&publish, version, &mut general).expect("fits");
                assert_eq!(encode(&publish.into(), version, &mut short), Ok(len));
                assert_eq!(short, general);
                let too_short = &mut short[..len - 1];
                let error = EncodeError::BufferTooSmall { needed: len };
                assert_eq!(encode(&publish.into(), version, too_short), Err(error));
                short_forms += usize::from(publish.encode_short(version, &mut general).is_some());
            }
        }
        assert!(short_forms > 1000, "{short_forms}");
    }
}
