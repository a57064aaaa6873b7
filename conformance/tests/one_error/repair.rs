//! Repairs the error that the codec finds first, in every way that is tried.

use mqttspec_codec::{DecodeErrorKind, Version, decode};

/// The packet with its first error repaired, in several ways; one of them is meant.
pub(crate) fn repairs(bytes: &[u8], version: Version) -> impl Iterator<Item = Vec<u8>> {
    let mut tried = Vec::new();
    if let Err(error) = decode(bytes, version) {
        let at = error.at.min(bytes.len());
        replaced(bytes, at, &mut tried);
        removed(bytes, at, &mut tried);
        completed(bytes, at, &mut tried);
        if error.kind == DecodeErrorKind::ProtocolName {
            named(bytes, &mut tried);
        }
        if error.kind == DecodeErrorKind::VariableByteIntegerTooLong {
            shortened(bytes, at, &mut tried);
        }
        if error.kind == DecodeErrorKind::FixedHeaderFlags {
            (0..16).for_each(|flags| tried.push([&[bytes[0] & 0xF0 | flags], &bytes[1..]].concat()));
        }
    }
    tried.into_iter()
}

/// Another value in one of the bytes from there, or letters in several.
fn replaced(bytes: &[u8], at: usize, tried: &mut Vec<Vec<u8>>) {
    for place in at..bytes.len().min(at + 4) {
        for value in 0..=u8::MAX {
            let mut changed = bytes.to_vec();
            changed[place] = value;
            tried.push(changed);
        }
    }
    for len in 2..=4 {
        if at + len <= bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at..at + len].fill(b'x');
            tried.push(changed);
        }
    }
}

/// Without some bytes from there, or just before it, and with the lengths that cover them lowered.
fn removed(bytes: &[u8], at: usize, tried: &mut Vec<Vec<u8>>) {
    for start in at.saturating_sub(1)..=at {
        for len in 1..=bytes.len().saturating_sub(start) {
            let kept = [&bytes[..start], &bytes[start + len..]].concat();
            with_lengths(&kept, start, -(len as isize), tried);
        }
    }
}

/// With some bytes put in there, behind a length there, or at the end, as they may be missing.
fn completed(bytes: &[u8], at: usize, tried: &mut Vec<Vec<u8>>) {
    // letters; a Packet Identifier, an empty property list, a filter and its options; a Will; an Authentication Method
    let fillers: [&[u8]; 8] = [
        &[b'a'; 72],
        &[0, 1, 0, 0, 1, b'a', 0],
        &[1, 0, 0, 1, b'a', 0],
        &[0, 1, b'a', 0],
        &[0, 1, b'a', 0, 1, b'a'],
        &[0, 0, 1, b'a', 0, 1, b'a'],
        &[0x15, 0, 1, b'x'],
        METHOD,
    ];
    for place in [at, (at + 2).min(bytes.len()), bytes.len()] {
        for filler in fillers {
            for len in 1..=filler.len() {
                for last in [&[][..], &[0]] {
                    let longer = [&bytes[..place], &filler[..len], last, &bytes[place..]].concat();
                    with_lengths(&longer, place, (len + last.len()) as isize, tried);
                }
            }
        }
    }
    // a CONNECT that breaks off
    let connect = [&[0, 4][..], b"MQTT", &[0, 2, 0, 60, 0, 0, 1, b'a']].concat();
    for level in [4, 5] {
        let mut whole = connect.clone();
        whole[6] = level;
        if level == 4 {
            whole.remove(10);
        }
        if let Some(rest) = whole.get(bytes.len().saturating_sub(2)..) {
            with_lengths(&[bytes, rest].concat(), bytes.len(), 0, tried);
        }
    }
}

/// With one byte instead of the five from there, or that end there.
fn shortened(bytes: &[u8], at: usize, tried: &mut Vec<Vec<u8>>) {
    for start in at.saturating_sub(4)..=at {
        let Some(rest) = bytes.get(start + 5..) else { continue };
        for value in 0..=u8::MAX {
            let short = [&bytes[..start], &[value], rest].concat();
            with_lengths(&short, start, -4, tried);
        }
    }
}

/// With the right Protocol Name.
fn named(bytes: &[u8], tried: &mut Vec<Vec<u8>>) {
    let len = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    let body = [&[0, 4][..], b"MQTT", &bytes[4 + len..]].concat();
    tried.push([&[bytes[0], body.len() as u8], &body[..]].concat());
}

/// The bytes with a Remaining Length that fits, and also with another length before `place` changed by as much. Both
/// take one byte.
fn with_lengths(bytes: &[u8], place: usize, by: isize, tried: &mut Vec<Vec<u8>>) {
    if bytes.len() < 2 || bytes.len() > 129 {
        return;
    }
    let mut fitting = bytes.to_vec();
    fitting[1] = (bytes.len() - 2) as u8;
    for length in 2..place.min(bytes.len()) {
        let changed = isize::from(fitting[length]) + by;
        if let Ok(changed) = u8::try_from(changed) {
            let mut also = fitting.clone();
            also[length] = changed;
            tried.push(also);
        }
    }
    tried.push(fitting);
}

/// The Reason Code, the properties and the Authentication Method of an AUTH.
const METHOD: &[u8] = &[0, 4, 0x15, 0, 1, b'x'];
