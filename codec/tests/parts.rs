//! What the crate exports for code that handles parts of packets: the version of a CONNECT, Variable Byte Integers.

use mqttspec_codec::*;

#[test]
fn connect_version_is_that_of_the_decoded_packet() {
    for (name, level, version) in [("MQIsdp", 3, Version::V3_1), ("MQTT", 4, Version::V3_1_1), ("MQTT", 5, Version::V5)]
    {
        let bytes = connect(name, level);
        let Ok(Packet::Connect(connect)) = decode_frame(&bytes, Version::V5) else { panic!("a CONNECT: {bytes:02X?}") };
        assert_eq!(connect.version, version);
        assert_eq!(connect_version(&bytes), Ok(Some(version)));
        for end in 0..=4 + name.len() {
            assert_eq!(connect_version(&bytes[..end]), Ok(None), "{end}");
        }
        let mut malformed = bytes;
        malformed[4 + name.len() + 1] |= 1; // the reserved flag
        assert_eq!(connect_version(&malformed), Ok(Some(version)));
    }
}

#[test]
fn connect_version_of_unknown_names_levels_and_packets() {
    let found = |bytes: &[u8]| connect_version(bytes).map_err(|error| (error.kind, error.at, error.packet_type));
    let connect_type = Some(PacketType::Connect);
    assert_eq!(found(&connect("HTTP", 4)), Err((DecodeErrorKind::ProtocolName, 2, connect_type)));
    assert_eq!(found(&connect("MQTT", 6)), Err((DecodeErrorKind::ProtocolLevel, 8, connect_type)));
    let too_long = [0x10, 0x80, 0x80, 0x80, 0x80, 0];
    assert_eq!(found(&too_long), Err((DecodeErrorKind::VariableByteIntegerTooLong, 1, connect_type)));
    assert_eq!(found(&[0xC0, 0]), Ok(None));
}

#[test]
fn variable_byte_integers_at_the_ends_of_their_lengths() {
    let cases: [(u32, &[u8]); 8] = [
        (0, &[0]),
        (127, &[0x7F]),
        (128, &[0x80, 1]),
        (16_383, &[0xFF, 0x7F]),
        (16_384, &[0x80, 0x80, 1]),
        (2_097_151, &[0xFF, 0xFF, 0x7F]),
        (2_097_152, &[0x80, 0x80, 0x80, 1]),
        (MAXIMUM_REMAINING_LENGTH, &[0xFF, 0xFF, 0xFF, 0x7F]),
    ];
    for (value, bytes) in cases {
        assert_eq!(encode_variable_byte_integer(value, &mut [0; 4]), Ok(bytes));
        let header = [&[0x30], bytes].concat();
        assert_eq!(packet_length(&header, u32::MAX), Ok(Some(header.len() + value as usize)));
    }
    assert_eq!(encode_variable_byte_integer(MAXIMUM_REMAINING_LENGTH + 1, &mut [0; 4]), Err(EncodeError::TooLarge));
}

/// A CONNECT without properties and with an empty Client Identifier.
fn connect(name: &str, level: u8) -> Vec<u8> {
    let rest: &[u8] = if level == 5 { &[2, 0, 60, 0, 0, 0] } else { &[2, 0, 60, 0, 0] };
    let body = [&[0, name.len() as u8], name.as_bytes(), &[level], rest].concat();
    [&[0x10, body.len() as u8], &body[..]].concat()
}
