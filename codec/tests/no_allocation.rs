//! Decoding, encoding and splitting allocate nothing, for every packet type.

use allocation_counter::measure;
use mqttspec_codec::*;

#[test]
fn decode_encode_and_split_allocate_nothing() {
    for packet in PACKETS {
        let (bytes, version) = (frame(packet), &packet.2);
        let info = measure(|| {
            let packet = decode_frame(&bytes, *version).unwrap_or_else(|error| panic!("{error}: {bytes:02X?}"));
            assert_eq!(decode_frame_with(&bytes, *version, Reject::ALL), Ok(packet));
            let mut buffer = [0; 256];
            let len = encode(&packet, *version, &mut buffer).expect("fits");
            assert_eq!(buffer.get(..len), Some(&bytes[..]));
            walk(&packet);
        });
        assert_eq!(info.count_total, 0, "{bytes:02X?} in {version}");
        let info = measure(|| {
            let mut buffer = [0; 256];
            let mut splitter = Splitter::new(SliceBuffer::new(&mut buffer), 256);
            let mut frames = 0;
            for piece in bytes.chunks(3) {
                let mut rest = piece;
                while splitter.next(&mut rest).expect("legal").is_some() {
                    frames += 1;
                }
            }
            assert_eq!(frames, 1);
        });
        assert_eq!(info.count_total, 0, "{bytes:02X?} in pieces");
        for end in 0..bytes.len() {
            let info =
                measure(|| assert!(decode_frame(&bytes[..end], *version).is_err_and(|error| error.at <= bytes.len())));
            assert_eq!(info.count_total, 0, "{:02X?} refused in {version}", &bytes[..end]);
        }
    }
}

#[test]
fn there_is_a_packet_of_every_type() {
    for packet_type in PacketType::ALL {
        let found = PACKETS.iter().any(|(first, ..)| first >> 4 == packet_type.number());
        assert!(found, "{packet_type}");
    }
}

/// Reads every list.
fn walk(packet: &Packet<'_>) {
    let properties = match packet {
        Packet::Connect(connect) => connect.properties,
        Packet::Publish(publish) => publish.properties,
        Packet::Subscribe(subscribe) => {
            assert!(subscribe.subscriptions.iter().all(|subscription| !subscription.filter.as_bytes().is_empty()));
            subscribe.properties
        }
        Packet::Unsubscribe(unsubscribe) => {
            assert!(unsubscribe.filters.iter().all(|filter| !filter.as_bytes().is_empty()));
            unsubscribe.properties
        }
        Packet::Suback(suback) => {
            assert!(!suback.reason_codes.iter().any(ReasonCode::is_failure));
            suback.properties
        }
        _ => Properties::EMPTY,
    };
    assert_eq!(properties.iter().count(), properties.len());
}

/// A packet made from its first byte and the bytes after its Remaining Length, which is under 128.
fn frame(packet: &(u8, &[u8], Version)) -> Vec<u8> {
    let (first, body, _) = packet;
    [&[*first, u8::try_from(body.len()).expect("short")], *body].concat()
}

const PACKETS: &[(u8, &[u8], Version)] = &[
    (0x10, b"\0\x06MQIsdp\x03\x02\0\x3C\0\x05small", Version::V3_1),
    (0x10, b"\0\x04MQTT\x04\xEE\0\x0A\0\x01c\0\x01w\0\x02\xFF\0\0\x04user\0\x01\xFE", Version::V3_1_1),
    (0x10, b"\0\x04MQTT\x05\x06\0\x3C\x05\x11\0\0\0\x0A\0\x01c\x05\x18\0\0\0\x05\0\x01w\0\x03bye", Version::V5),
    (0x20, b"\x01\0", Version::V3_1_1),
    (0x20, b"\0\0\x03\x21\0\x14", Version::V5),
    (0x3B, b"\0\x03a/b\x12\x34!", Version::V3_1_1),
    (0x3D, b"\0\x03a/b\0\x0A\x14\x01\x01\x03\0\x04text\x26\0\x01k\0\x02\xC3\xA4\x0B\x80\x01hi", Version::V5),
    (0x40, b"\0\x01", Version::V3_1_1),
    (0x50, b"\0\x01\x10", Version::V5),
    (0x62, b"\0\x01\x92\x06\x1F\0\x03why", Version::V5),
    (0x70, b"\0\x01", Version::V5),
    (0x82, b"\0\x01\x02\x0B\x05\0\x03a/#\x01\0\x01+\x2E", Version::V5),
    (0x90, b"\0\x01\0\0\x01\x02", Version::V5),
    (0xA2, b"\0\x01\0\0\x03a/#", Version::V5),
    (0xB0, b"\0\x01\0\x11", Version::V5),
    (0xC0, b"", Version::V5),
    (0xD0, b"", Version::V5),
    (0xE0, b"\x04", Version::V5),
    (0xF0, b"\x18\x08\x15\0\x05SCRAM", Version::V5),
];
