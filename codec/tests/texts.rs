//! Texts for people: errors, and one packet of each type.

use std::fmt::Write as _;

use mqttspec_codec::*;

/// Every kind of error, from bytes that break one rule.
#[test]
fn texts_of_decode_errors() {
    let mut text = String::new();
    for (bytes, version) in MALFORMED {
        let error = match packet_length(bytes, 64) {
            Err(error) => error,
            Ok(_) => decode_frame_with(bytes, *version, Reject::ALL).expect_err("malformed"),
        };
        writeln!(text, "{} -> {}", error.in_version(*version), error.reason_code()).expect("a String takes all");
    }
    insta::assert_snapshot!(text);
    let kinds = MALFORMED.iter().filter_map(|(bytes, version)| {
        packet_length(bytes, 64)
            .err()
            .or_else(|| decode_frame_with(bytes, *version, Reject::ALL).err())
            .map(|error| error.kind)
    });
    let missing: Vec<_> = DecodeErrorKind::ALL.iter().filter(|kind| !kinds.clone().any(|k| k == **kind)).collect();
    assert!(missing.is_empty(), "no text of {missing:?}");
}

#[test]
fn texts_of_encode_errors() {
    let errors = [
        EncodeError::BufferTooSmall { needed: 12 },
        EncodeError::TooLarge,
        EncodeError::PacketTypeNotInVersion { packet_type: PacketType::Auth, version: Version::V3_1_1 },
        EncodeError::NotInVersion { field: Field::WillProperties, version: Version::V3_1_1 },
        EncodeError::OtherVersion(Version::V5),
        EncodeError::ReasonCode(ReasonCode::SessionTakenOver),
        EncodeError::MisplacedProperty(0x23),
        EncodeError::RepeatedProperty(0x23),
        EncodeError::PropertyValue(0x24),
        EncodeError::Missing(Field::Subscriptions),
        EncodeError::MalformedShare,
        EncodeError::Contradiction(Field::SessionPresent, Field::ReasonCode),
    ];
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"));
}

#[test]
fn one_packet_of_each_type() {
    let mut text = String::new();
    for bytes in PACKETS {
        let packet = decode_frame(bytes, Version::V5).unwrap_or_else(|error| panic!("{error}: {bytes:02X?}"));
        writeln!(text, "{packet:?}").expect("a String takes all");
    }
    insta::assert_snapshot!(text);
    for packet_type in PacketType::ALL {
        let found = PACKETS.iter().any(|bytes| bytes.first().is_some_and(|first| first >> 4 == packet_type.number()));
        assert!(found, "no text of {packet_type}");
    }
}

const MALFORMED: &[(&[u8], Version)] = &[
    (b"\x00\x00", Version::V5),
    (b"\xC1\x00", Version::V3_1_1),
    (b"\xC0\xFF\xFF\xFF\xFF\x01", Version::V5),
    (b"\x30\x50", Version::V5),
    (b"\x40\x01\x00", Version::V5),
    (b"\xC0\x01\x00", Version::V5),
    (b"\x30\x05\x00\x03a\xED\xA0", Version::V3_1_1),
    (b"\x30\x05\x00\x03a\x00b", Version::V3_1_1),
    (b"\x30\x05\x00\x03a\x07b", Version::V3_1_1),
    (b"\x82\x09\x00\x0A\x00\x00\x03\xEF\xBF\xBF\x00", Version::V5),
    (b"\xC0\x80\x00", Version::V5),
    (b"\x62\x02\x00\x00", Version::V5),
    (b"\x10\x0A\x00\x04HTTP\x04\x02\x00\x00", Version::V3_1_1),
    (b"\x10\x0A\x00\x04MQTT\x06\x02\x00\x00", Version::V5),
    (b"\x82\x07\x00\x0A\x00\x00\x01a\x40", Version::V5),
    (b"\x10\x0A\x00\x04MQTT\x04\x0A\x00\x00", Version::V3_1_1),
    (b"\x36\x03\x00\x01a", Version::V5),
    (b"\x82\x07\x00\x0A\x00\x00\x01a\x03", Version::V5),
    (b"\x38\x03\x00\x01a", Version::V3_1_1),
    (b"\x82\x07\x00\x0A\x00\x00\x01a\x30", Version::V5),
    (b"\x10\x0A\x00\x04MQTT\x04\x42\x00\x00", Version::V3_1_1),
    (b"\x30\x02\x00\x00", Version::V3_1_1),
    (b"\x30\x03\x00\x00\x00", Version::V5),
    (b"\x30\x05\x00\x03a/#", Version::V3_1_1),
    (b"\xA2\x05\x00\x01\x00\x00\x00", Version::V5),
    (b"\xA2\x06\x00\x01\x00\x02a+", Version::V3_1_1),
    (b"\xA2\x0C\x00\x01\x00\x00\x07$share/", Version::V5),
    (b"\x82\x10\x00\x01\x00\x00\x0A$share/g/a\x04", Version::V5),
    (b"\x90\x03\x00\x01\x00", Version::V5),
    (b"\x20\x03\x01\x87\x00", Version::V5),
    (b"\xE0\x01\x84", Version::V5),
    (b"\x30\x06\x00\x01a\x02\x04\x01", Version::V5),
    (b"\xE0\x05\x00\x03\x21\x00\x01", Version::V5),
    (b"\xE0\x08\x00\x06\x1F\x00\x00\x1F\x00\x00", Version::V5),
    (b"\x20\x05\x00\x00\x02\x24\x02", Version::V5),
    (b"\x30\x07\x00\x01a\x03\x23\x00\x00", Version::V5),
    (b"\xF0\x00", Version::V5),
];

const PACKETS: &[&[u8]] = &[
    b"\x10\x1F\0\x04MQTT\x05\xEE\0\x3C\0\0\x01c\0\0\x01w\0\x02\x00\xFF\0\x04anna\0\x01p",
    b"\x20\x06\x01\0\x03\x21\0\x14",
    b"\x3D\x13\0\x03a/b\0\x0A\x0A\x23\0\x03\x26\0\x01k\0\x01vm",
    b"\x40\x02\0\x01",
    b"\x50\x03\0\x01\x10",
    b"\x62\x0A\0\x01\x92\x06\x1F\0\x03why",
    b"\x70\x02\0\x01",
    b"\x82\x0F\0\x01\x02\x0B\x05\0\x03a/#\x01\0\x01+\x2E",
    b"\x90\x06\0\x01\0\0\x01\x87",
    b"\xA2\x08\0\x01\0\0\x03a/#",
    b"\xB0\x04\0\x01\0\x11",
    b"\xC0\0",
    b"\xD0\0",
    b"\xE0\x01\x04",
    b"\xF0\x0E\x18\x0C\x15\0\x05SCRAM\x16\0\x01p",
];
