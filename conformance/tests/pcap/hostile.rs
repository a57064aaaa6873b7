//! Broken files: any result, but no panic, and a sentence with an offset.

use super::*;

/// Reads everything that is in a file.
fn exhaust(file: &[u8]) -> usize {
    let Ok(capture) = Capture::read(file) else { return 0 };
    let mut count = 0;
    for conversation in capture.conversations() {
        count += conversation.events(Version::V5, Reject::ALL).count();
        let held = [Side::Client, Side::Server].map(|side| conversation.stream(side).length());
        assert!(held.iter().sum::<usize>() <= file.len(), "no more bytes than the file has");
    }
    count
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let request =
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n\x82\x82\x01\x02\x03\x04\xC1\x02";
    let response = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x82\x02\xD0\0";
    let websocket = written(8083, &[(Side::Client, request), (Side::Server, response)]);
    let plain = written(MQTT_PORT, &EXCHANGE);
    vec![("pcap", pcap(1, &frames(&plain))), ("pcapng", plain), ("WebSocket", websocket)]
}

/// A file that ends anywhere: what comes before is read, and the place where it ends is told.
#[test]
fn truncated_files_are_read_up_to_their_end() {
    for (name, file) in files() {
        let all = exhaust(&file);
        assert!(all >= 3, "{name}");
        let mut before = 0;
        for length in 0..file.len() {
            let found = exhaust(&file[..length]);
            assert!(before <= found + 1 && found <= all, "{name} {length}");
            before = found;
            if let Ok(capture) = Capture::read(&file[..length])
                && let Some(broken) = capture.broken
            {
                assert!(broken.offset < length && broken.what.starts_with("the file ends inside this "), "{broken}");
            }
        }
    }
}

/// Every byte with other values.
#[test]
fn changed_files_are_read_or_refused() {
    for (_, file) in files() {
        for place in 0..file.len() {
            for change in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                let mut changed = file.clone();
                changed[place] ^= change;
                exhaust(&changed);
            }
        }
    }
}

/// Several changes at once, with numbers at the ends of their ranges, by a generator that is always the same.
#[test]
fn garbled_files_are_read_or_refused() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        // the constants of Knuth's MMIX
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for (_, file) in files() {
        for _ in 0..5000 {
            let mut changed = file.clone();
            for _ in 0..=random(4) {
                let place = random(changed.len() - 4);
                let number = [0, 1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX, random(1000) as u32][random(6)];
                changed[place..place + 4].copy_from_slice(&number.to_le_bytes());
            }
            exhaust(&changed);
        }
    }
}

/// A damaged length in the middle: what comes before is decoded, and the offset is that of the record.
#[test]
fn damage_is_told_with_its_offset() {
    let frames = frames(&written(MQTT_PORT, &EXCHANGE));
    let mut file = pcap(1, &frames);
    let record = 24 + frames[..6].iter().map(|(_, frame)| frame.len() + 16).sum::<usize>();
    file[record + 8..record + 12].copy_from_slice(&[0xFF; 4]);
    let capture = Capture::read(&file).unwrap();
    let broken = capture.broken.clone().unwrap();
    assert_eq!(broken.offset, record);
    assert!(broken.to_string().starts_with(&format!("byte {record}: the file ends inside this record; at least ")));
    let found: usize = capture.conversations().map(|found| found.events(Version::V5, Reject::NONE).count()).sum();
    assert_eq!(found, 2, "CONNECT and CONNACK");

    let mut file = written(MQTT_PORT, &EXCHANGE);
    let block = 28 + 32;
    file[block + 8] = 9;
    let broken = Capture::read(&file).unwrap().broken.unwrap();
    assert_eq!(broken.to_string(), "byte 60: the packet is of interface 9, which the file does not describe");
    file[block + 4] = 3;
    let broken = Capture::read(&file).unwrap().broken.unwrap();
    assert_eq!(broken.to_string(), "byte 60: this block is damaged: a length or a magic number in it is wrong");
}
