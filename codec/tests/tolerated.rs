//! What a receiver tolerates although an encoder never writes it, and what the two older versions do differently.

use mqttspec_codec::*;

/// v5 [MQTT-1.5.5-1] binds the sender only.
#[test]
fn over_long_integers_are_decoded_and_encoded_in_their_shortest_form() {
    let over_long: &[u8] = &[0x30, 0x8C, 0, 0, 1, b't', 0x86, 0, 0x8B, 0, 0x82, 0, 1, 0, b'm'];
    let packet = decode_frame(over_long, Version::V5).expect("accepted");
    let Packet::Publish(publish) = packet else { panic!("a PUBLISH") };
    assert_eq!(publish.properties.subscription_identifier().map(SubscriptionIdentifier::number), Some(2));
    let mut buffer = [0; 32];
    let len = encode(&packet, Version::V5, &mut buffer).expect("fits");
    assert_eq!(&buffer[..len], [0x30, 9, 0, 1, b't', 4, 0x0B, 2, 1, 0, b'm']);
}

/// Found by the fuzz target `decode`: only the last byte before a wrong value was taken for the identifier.
#[test]
fn statement_of_a_wrong_value_after_an_over_long_identifier() {
    let bytes = [0x82, 11, 0x44, 0, 4, 0x8B, 0, 0, 0, 0, 1, b'a', 0];
    let error = decode(&bytes, Version::V5).expect_err("a Subscription Identifier of zero");
    assert_eq!((error.kind, error.at), (DecodeErrorKind::PropertyValue, 7));
    assert_eq!(error.statement_in(&bytes, Version::V5), Some("5.0§3.8.2.1.2-a"));
}

/// Found by the fuzz target `split`: in a buffer smaller than a fixed header, pieces fail with another error than the whole.
#[test]
fn smallest_buffer_has_room_for_a_fixed_header() {
    let mut buffer = [0; 5];
    let mut splitter = Splitter::new(SliceBuffer::new(&mut buffer), 2);
    let mut errors = [0x20, 0xAB, 0x8F, 0xFF, 0xFF].iter().filter_map(|byte| {
        let piece = [*byte];
        splitter.next(&mut &piece[..]).err()
    });
    assert_eq!(errors.next().map(|error| error.kind), Some(DecodeErrorKind::VariableByteIntegerTooLong));
}

/// 5.0§3.3.2.3.2-b and 5.0§3.3.2.3.3-a: the standard forbids it in the Will, and says nothing about PUBLISH.
#[test]
fn payload_format_and_expiry_may_appear_twice_in_publish() {
    let bytes = [0x30, 18, 0, 1, b't', 14, 1, 1, 1, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 2];
    let packet = decode_frame(&bytes, Version::V5).expect("accepted");
    let Packet::Publish(publish) = packet else { panic!("a PUBLISH") };
    assert_eq!(publish.properties.message_expiry_interval(), Some(1), "the first");
    assert_eq!(publish.properties.len(), 4);
}

/// 3.1 section 2.1: PUBREL, SUBSCRIBE and UNSUBSCRIBE that are sent again have DUP set.
#[test]
fn in_3_1_repeated_packets_may_have_dup_set() {
    for bytes in [&[0x6A, 2, 0, 1][..], &[0x8A, 6, 0, 1, 0, 1, b'a', 0], &[0xAA, 5, 0, 1, 0, 1, b'a']] {
        assert!(decode_frame(bytes, Version::V3_1).is_ok(), "{bytes:02X?}");
        let error = decode_frame(bytes, Version::V3_1_1).expect_err("reserved since 3.1.1");
        assert_eq!(error.kind, DecodeErrorKind::FixedHeaderFlags);
    }
    assert!(decode_frame(&[0x48, 2, 0, 1], Version::V3_1).is_err(), "never on PUBACK");
}

/// 3.1 section 3.1: the flags may be set although the fields are missing, which the Remaining Length shows.
#[test]
fn in_3_1_user_name_and_password_may_be_missing() {
    let bytes = b"\x10\x12\0\x06MQIsdp\x03\xC2\0\x3C\0\x01c\0\x01u";
    let Ok(Packet::Connect(connect)) = decode_frame(bytes, Version::V3_1) else { panic!("a CONNECT") };
    assert_eq!(connect.user_name.map(Utf8String::as_str), Some("u"));
    assert_eq!(connect.password, None);
}

/// 3.1 section 3.1: Will QoS and Will Retain are ignored without the Will flag.
#[test]
fn in_3_1_will_bits_are_ignored_without_a_will() {
    for flags in [0x08, 0x10, 0x18, 0x20, 0x38] {
        let bytes = [b"\x10\x0F\0\x06MQIsdp\x03", &[flags][..], b"\0\x3C\0\x01c"].concat();
        let Ok(Packet::Connect(connect)) = decode_frame(&bytes, Version::V3_1) else { panic!("{flags:02X}") };
        assert_eq!(connect.will, None);
    }
}

/// The error of `decode_frame` names the packet type of bytes that end too soon.
#[test]
fn frame_that_ends_too_soon_is_malformed() {
    let error = decode_frame(&[0x30, 5, 0, 1], Version::V5).expect_err("one byte is missing");
    assert_eq!((error.kind, error.at), (DecodeErrorKind::Truncated, 4));
    assert_eq!(error.packet_type, Some(PacketType::Publish));
    assert_eq!(error.statement(Version::V5), Some("5.0§2.1.4-a"));
}
