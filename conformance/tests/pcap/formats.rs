//! File formats and link types.

use super::*;

/// pcap in both byte orders, with microseconds and with nanoseconds.
#[test]
fn pcap_of_every_kind_is_read() {
    let frames = frames(&written(MQTT_PORT, &EXCHANGE));
    for (magic, nanoseconds) in [(0xA1B2_C3D4_u32, false), (0xA1B2_3C4D, true)] {
        for big_endian in [false, true] {
            let number = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
            let version = if big_endian { 0x0002_0004 } else { 0x0004_0002 };
            let mut file = [magic, version, 0, 0, 262_144, 1].map(number).concat();
            for (at, frame) in &frames {
                let fraction = if nanoseconds { at.subsec_nanos() } else { at.subsec_micros() };
                let length = frame.len() as u32;
                file.extend([at.as_secs() as u32, fraction, length, length].map(number).concat());
                file.extend(frame);
            }
            assert_eq!(story(&file), STORY, "{magic:X} {big_endian}");
            assert_eq!(conversations(&file)[0].opened.at, at(0));
        }
    }
}

/// pcapng in both byte orders, with times in decimal and binary fractions and an offset; two sections, each with its own
/// interfaces; packets without a time; blocks of unknown types.
#[test]
fn pcapng_of_every_kind_is_read() {
    let frames = frames(&written(MQTT_PORT, &EXCHANGE));
    for big_endian in [false, true] {
        for resolution in [3_u8, 6, 9, 12, 0x80 | 10, 0x80 | 20] {
            let file = pcapng(big_endian, resolution, 1_763_999_000, &frames);
            assert_eq!(story(&file), STORY, "{resolution} {big_endian}");
            let opened = conversations(&file)[0].opened.at;
            assert!(opened.abs_diff(at(0)) < Duration::from_millis(2), "{resolution} {opened:?}");
        }
    }
    let [first, second] = [true, false].map(|big_endian| pcapng(big_endian, 6, 0, &frames));
    assert_eq!(conversations(&[first, second].concat()).len(), 1, "the same connection");

    let mut simple = section(false, 6, 0);
    for (_, frame) in &frames {
        let mut body = (frame.len() as u32).to_le_bytes().to_vec();
        body.extend(frame);
        block(&mut simple, false, 3, body);
    }
    let without_time: Vec<String> = STORY.iter().map(|line| format!("0{}", &line[1..])).collect();
    assert_eq!(story(&simple), without_time);
}

fn pcapng(big_endian: bool, resolution: u8, offset: u64, frames: &[Frame]) -> Vec<u8> {
    let number = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let mut file = section(big_endian, resolution, offset);
    let power = u32::from(resolution & 0x7F);
    let per_second = if resolution & 0x80 == 0 { 10_u128.pow(power) } else { 1 << power };
    for (at, frame) in frames {
        let ticks = (at.as_nanos() - u128::from(offset) * 1_000_000_000) * per_second;
        let ticks = ticks.div_ceil(1_000_000_000) as u64;
        let length = frame.len() as u32;
        let mut body = [0, (ticks >> 32) as u32, ticks as u32, length, length].map(number).concat();
        body.extend(frame);
        block(&mut file, big_endian, 6, body);
        block(&mut file, big_endian, 0x0BAD, vec![1, 2, 3]);
    }
    file
}

/// A section header and an interface, with the options for time.
fn section(big_endian: bool, resolution: u8, offset: u64) -> Vec<u8> {
    let short = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let number = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let long = |number: u64| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let mut file = Vec::new();
    let header = [&number(0x1A2B_3C4D)[..], &short(1), &short(0), &long(u64::MAX)].concat();
    block(&mut file, big_endian, 0x0A0D_0D0A, header);
    let time =
        [&short(9)[..], &short(1), &[resolution, 0, 0, 0], &short(14), &short(8), &long(offset), &[0; 4]].concat();
    block(&mut file, big_endian, 1, [&short(1)[..], &short(0), &number(0), &time].concat());
    file
}

fn block(file: &mut Vec<u8>, big_endian: bool, block_type: u32, mut body: Vec<u8>) {
    let number = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    body.resize(body.len().next_multiple_of(4), 0);
    let length = number(body.len() as u32 + 12);
    file.extend([&number(block_type)[..], &length, &body, &length].concat());
}

/// The same IP packets behind the headers of each link.
#[test]
fn every_link_is_read() {
    let frames = frames(&written(MQTT_PORT, &EXCHANGE));
    let vlan: &[u8] = &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 5, 8, 0];
    let linux: &[u8] = &[0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0];
    let linux_v2: &[u8] = &[8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];
    for (link, header) in [
        (1, vlan),
        (0, &[2, 0, 0, 0]),
        (0, &[0, 0, 0, 2]),
        (108, &[0, 0, 0, 2]),
        (12, b""),
        (14, b""),
        (101, b""),
        (228, b""),
        (0x1000_0065, b""),
        (113, linux),
        (276, linux_v2),
    ] {
        let frames: Vec<Frame> = frames.iter().map(|(at, frame)| (*at, [header, &frame[14..]].concat())).collect();
        assert_eq!(story(&pcap(link, &frames)), STORY, "{link}");
    }
    let capture = pcap(147, &frames);
    let capture = Capture::read(&capture).unwrap();
    assert_eq!(capture.ignored.unknown_link, Some((147, frames.len() as u64)));
}

/// A minimal Ethernet frame is padded; the padding is not data.
#[test]
fn padding_is_not_data() {
    let mut frames = frames(&written(MQTT_PORT, &EXCHANGE));
    for (_, frame) in &mut frames {
        frame.resize(frame.len().max(60), 0xC0);
    }
    assert_eq!(story(&pcap(1, &frames)), STORY);
}

/// Frames that are no TCP are counted, not read.
#[test]
fn other_frames_are_counted() {
    let mut frames = frames(&written(MQTT_PORT, &EXCHANGE));
    let (at, mut fragment) = frames[0].clone();
    fragment[20] = 0x20; // more fragments
    let mut udp = frames[0].1.clone();
    udp[23] = 17;
    frames.extend([(at, fragment), (at, udp), (at, vec![0; 5]), (at, vec![])]);
    let file = pcap(1, &frames);
    let capture = Capture::read(&file).unwrap();
    assert_eq!((capture.ignored.fragments, capture.ignored.other), (1, 3));
    assert_eq!(story(&file), STORY);
}

#[test]
fn what_is_no_capture_is_refused() {
    for (file, what) in [
        (&b"hello"[..], "byte 0: it is neither a pcap nor a pcapng file"),
        (b"", "byte 0: it is neither a pcap nor a pcapng file"),
        (&[0x1F, 0x8B, 8], "byte 0: the capture is compressed; decompress it with `gunzip` first"),
        (&[0xD4, 0xC3, 0xB2, 0xA1, 2, 0], "byte 0: the file ends inside this header of the file; at least"),
    ] {
        assert!(Capture::read(file).unwrap_err().to_string().starts_with(what), "{file:?}");
    }
}
