//! Segments out of order, again, or not at all.

use super::*;

/// A connection whose client sends single bytes: the frames with data are at `DATA`, each followed by its
/// acknowledgement.
fn single_bytes() -> (Vec<Frame>, Vec<u8>) {
    let bytes = [CONNECT, b"\x30\x08\0\x01ahello", &[0xC0, 0], &[0xC0, 0]].concat();
    let exchange: Vec<(Side, &[u8])> = bytes.chunks(1).map(|byte| (Side::Client, byte)).collect();
    (frames(&written(MQTT_PORT, &exchange)), bytes)
}

const HANDSHAKE: usize = 3;

/// Every order of neighbours, every segment twice, and all in reverse: the bytes are the same.
#[test]
fn order_and_repetition_do_not_matter() {
    let (frames, bytes) = single_bytes();
    let client = |frames: &[Frame]| {
        let file = pcap(1, frames);
        let found = conversations(&file);
        assert_eq!(found.len(), 1);
        let stream = found[0].stream(Side::Client).clone();
        assert_eq!((stream.runs.len(), stream.missing_at_end), (1, 0));
        stream.first().to_vec()
    };
    assert_eq!(client(&frames), bytes);
    for place in HANDSHAKE..frames.len() - 6 {
        let mut swapped = frames.clone();
        swapped.swap(place, place + 2);
        assert_eq!(client(&swapped), bytes, "{place}");
        let mut moved = frames.clone();
        let frame = moved.remove(place);
        moved.push(frame);
        assert_eq!(client(&moved), bytes, "{place}");
        let mut again = frames.clone();
        again.push(frames[place].clone());
        again.insert(HANDSHAKE, frames[place].clone());
        assert_eq!(client(&again), bytes, "{place}");
    }
    let mut reversed = frames[..HANDSHAKE].to_vec();
    reversed.extend(frames[HANDSHAKE..].iter().rev().cloned());
    assert_eq!(client(&reversed), bytes);
    let twice: Vec<Frame> = frames.iter().flat_map(|frame| [frame.clone(), frame.clone()]).collect();
    assert_eq!(client(&twice), bytes);
}

/// Retransmissions that overlap: two bytes in one segment, of which one was there before.
#[test]
fn overlaps_are_read_once() {
    let (one, _) = single_bytes();
    let bytes = [CONNECT, b"\x30\x08\0\x01ahello", &[0xC0, 0], &[0xC0, 0]].concat();
    let exchange: Vec<(Side, &[u8])> = bytes.chunks(3).map(|bytes| (Side::Client, bytes)).collect();
    let three = frames(&written(MQTT_PORT, &exchange));
    for (place, frame) in three.iter().enumerate() {
        let mut mixed = one.clone();
        mixed.insert(HANDSHAKE + place, frame.clone());
        let found = conversations(&pcap(1, &mixed));
        assert_eq!(found[0].stream(Side::Client).first(), bytes, "{place}");
    }
}

/// A packet of a later time stands where its bytes could be read, not before.
#[test]
fn late_segments_delay_what_follows() {
    let file = written(MQTT_PORT, &[(Side::Client, CONNECT), (Side::Client, &[0xC0]), (Side::Client, &[0, 0xC0, 0])]);
    let mut frames = frames(&file);
    let late = frames.remove(HANDSHAKE + 2);
    frames.insert(HANDSHAKE + 5, (at(9), late.1));
    assert_eq!(story(&pcap(1, &frames))[1..3], ["9 -> PINGREQ", "9 -> PINGREQ"]);
}

/// A lost segment: within a packet whose length is known, decoding goes on behind that packet. Elsewhere the rest is not
/// decoded, rather than guessed.
#[test]
fn gaps_are_reported() {
    let (frames, _) = single_bytes();
    let without = |lost: &[usize]| {
        let kept =
            frames.iter().enumerate().filter(|(index, _)| !lost.iter().any(|lost| HANDSHAKE + lost * 2 == *index));
        let kept: Vec<Frame> = kept.map(|(_, frame)| frame.clone()).collect();
        story(&pcap(1, &kept)).iter().filter_map(|line| Some(line.split_once("-> ")?.1.to_owned())).collect::<Vec<_>>()
    };
    let connect = STORY[0].split_once("> ").unwrap().1;
    let publish = "PUBLISH: {topic: a, payload: hello}";
    let ping = "PINGREQ";
    assert_eq!(without(&[]), [connect, publish, ping, ping, "Fin"]);
    // byte 15 is the first of PUBLISH, 20 the first of its payload, 25 and 27 those of the PINGREQs
    let incomplete = "incomplete PUBLISH after 5 bytes: 5 missing";
    assert_eq!(without(&[20]), [connect, incomplete, "gap of 1, 0 not decoded", ping, ping, "Fin"]);
    assert_eq!(without(&[20, 21, 22, 23, 24]), [connect, incomplete, "gap of 5, 0 not decoded", ping, ping, "Fin"]);
    assert_eq!(
        without(&[20, 22]),
        [connect, incomplete, "gap of 1, 0 not decoded", "gap of 1, 0 not decoded", ping, ping, "Fin"]
    );
    assert_eq!(
        without(&[24, 25]),
        [connect, "incomplete PUBLISH after 9 bytes: 1 missing", "gap of 2, 3 not decoded", "Fin"]
    );
    assert_eq!(without(&[15]), [connect, "gap of 1, 13 not decoded", "Fin"]);
    assert_eq!(without(&[27, 28]), [connect, publish, ping, "gap of 2, 0 not decoded", "Fin"]);
}

/// Sequence numbers wrap around in the middle of data.
#[test]
fn sequence_numbers_wrap_around() {
    let (frames, bytes) = single_bytes();
    for before in [1_u32, 2, 10, 20] {
        let moved = renumbered(&frames, u32::MAX - before);
        let found = conversations(&pcap(1, &moved));
        assert_eq!(found[0].stream(Side::Client).first(), bytes);
        assert_eq!(found[0].stream(Side::Client).runs.len(), 1);
    }
}

/// The client's sequence numbers, all moved. Checksums are not read.
fn renumbered(frames: &[Frame], by: u32) -> Vec<Frame> {
    let mut frames = frames.to_vec();
    for (_, frame) in frames.iter_mut().filter(|(_, frame)| frame[34..36] == 50_000_u16.to_be_bytes()) {
        let sequence = u32::from_be_bytes(frame[38..42].try_into().unwrap()).wrapping_add(by);
        frame[38..42].copy_from_slice(&sequence.to_be_bytes());
    }
    frames
}

/// The same ports again are another connection, once a SYN with another number comes.
#[test]
fn ports_are_used_again() {
    let first = frames(&written(MQTT_PORT, &EXCHANGE));
    let both = [first.clone(), renumbered(&first, 77)].concat();
    assert_eq!(conversations(&pcap(1, &both)).len(), 2);
    assert_eq!(story(&pcap(1, &both)), [STORY, STORY].concat());
    // the same SYN is a retransmission
    assert_eq!(story(&pcap(1, &[first.clone(), first].concat())), STORY);
}

/// Without the handshake, the CONNECT, the port or the packets themselves tell that it is MQTT and who the client is.
#[test]
fn capture_may_begin_late() {
    for port in [MQTT_PORT, 60_000, 9] {
        let all = frames(&written(port, &EXCHANGE));
        let late = pcap(1, &all[HANDSHAKE..]);
        assert_eq!(story(&late).len(), STORY.len(), "{port}");
        let conversation = &conversations(&late)[0];
        assert_eq!((conversation.client, conversation.server), addresses(port));
        assert!(!conversation.is_whole);
        // without CONNECT as well; the version is then the one that is asked for
        let later = conversations(&pcap(1, &all[HANDSHAKE + 4..])).remove(0);
        assert_eq!(later.kind, Kind::Mqtt, "{port}");
        let last =
            later.events(Version::V3_1_1, Reject::NONE).filter(|heard| heard.from != Side::Client || port == 60_000);
        assert!(last.count() >= 2);
    }
}

#[test]
fn other_protocols_are_not_decoded() {
    for (bytes, why) in [
        (&b"\x16\x03\x01\0\x05hello"[..], "not MQTT: TLS, "),
        (b"GET / HTTP/1.1\r\n\r\n", "not MQTT: it does not begin with CONNECT"),
        (b"\x10\x04abcd", "not MQTT: it does not begin with CONNECT"),
        (b"", "not MQTT: no data"),
    ] {
        let found = story(&written(8000, &[(Side::Client, bytes)]));
        assert!(found.len() == 1 && found[0].starts_with(why), "{found:?}");
    }
    // on the port of MQTT, what is no CONNECT is a finding
    let found = story(&written(MQTT_PORT, &[(Side::Client, b"\x10\x04abcd")]));
    assert!(found[0].starts_with("1 -> malformed CONNECT"), "{found:?}");
    // on another port, a CONNECT is enough, also a malformed one
    let found = story(&written(8000, &[(Side::Client, b"\x10\x0D\0\x04MQTT\x04\x03\0\x3C\0\x01a")]));
    assert!(found[0].starts_with("1 -> malformed CONNECT"), "{found:?}");
}

/// Of a frame that is cut, the rest is a gap.
#[test]
fn cut_frames_are_gaps() {
    let mut frames =
        frames(&written(MQTT_PORT, &[(Side::Client, CONNECT), (Side::Client, b"\x30\x08\0\x01ahello\xC0\0")]));
    let place = HANDSHAKE + 2;
    let length = frames[place].1.len();
    frames[place].1.truncate(length - 5);
    let mut file = pcap(1, &frames);
    // the length that the frame had
    let record = 24 + frames[..place].iter().map(|(_, frame)| frame.len() + 16).sum::<usize>();
    file[record + 12..record + 16].copy_from_slice(&(length as u32).to_le_bytes());
    assert_eq!(
        story(&file)[1..3],
        ["2 -> incomplete PUBLISH after 7 bytes: 3 missing", "2 -> gap of 5, 0 not decoded"]
    );
    assert_eq!(Capture::read(&file).unwrap().ignored.cut, 1);
}
