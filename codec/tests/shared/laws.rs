//! The laws of the codec. Each function takes any input and panics if the law does not hold for it.

use mqttspec_codec::*;

/// Any bytes cause no panic, and what is decoded can be encoded again in its shortest form and means the same.
pub(crate) fn decodes_or_says_why(bytes: &[u8]) {
    for version in VERSIONS {
        match decode(bytes, version) {
            Ok(Some((packet, len))) => {
                decoded(&packet, &bytes[..len], version);
                rejects_only_what_is_asked(&packet, &bytes[..len], version);
            }
            Ok(None) => {}
            Err(error) => refused(&error, bytes, version),
        }
    }
}

fn decoded(packet: &Packet<'_>, bytes: &[u8], version: Version) {
    assert_eq!(decode_frame(bytes, version).as_ref(), Ok(packet));
    for end in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(decode(&bytes[..end], version), Ok(None), "the beginning of a legal packet is not an error");
    }
    // a CONNECT has its own version
    let version = if let Packet::Connect(connect) = packet { connect.version } else { version };
    let again = encoded(packet, version).expect("what was decoded can be encoded");
    let decoded = decode_frame(&again, version);
    assert_eq!(decoded.as_ref(), Ok(packet));
    assert_eq!(decoded.ok().and_then(|packet| encoded(&packet, version)).as_ref(), Some(&again));
    assert!(again.len() <= bytes.len(), "the encoder's form is the shortest");
    // 3.1 allows two variations of the same length: DUP in other packets than PUBLISH, flags of absent fields
    if again.len() == bytes.len() && version != Version::V3_1 {
        assert_eq!(again, bytes, "bytes that are canonical come back");
    }
    assert!(!format!("{packet:?}").is_empty());
}

/// [`decode_with`] rejects only what it was asked to, at a byte of the packet; otherwise it returns the same as [`decode`].
fn rejects_only_what_is_asked(packet: &Packet<'_>, bytes: &[u8], version: Version) {
    assert_eq!(decode_with(bytes, version, Reject::NONE), Ok(Some((*packet, bytes.len()))));
    let errors = Tolerated::ALL.iter().filter_map(|tolerated| {
        let error = decode_frame_with(bytes, version, Reject::NONE.with(*tolerated)).err()?;
        let kind = match tolerated {
            Tolerated::OverLongIntegers => DecodeErrorKind::OverLongInteger,
            Tolerated::ControlCharacters => DecodeErrorKind::ControlCharacter,
            Tolerated::NonCharacters => DecodeErrorKind::NonCharacter,
            Tolerated::PayloadFormats => DecodeErrorKind::PropertyValue,
            _ => DecodeErrorKind::RepeatedProperty,
        };
        assert_eq!((error.kind, error.packet_type), (kind, Some(packet.packet_type())));
        assert!(error.at < bytes.len(), "{error:?}");
        Some(error)
    });
    let first = errors.min_by_key(|error| error.at);
    assert_eq!(decode_frame_with(bytes, version, Reject::ALL).err().map(|error| error.at), first.map(|e| e.at));
    // what the encoder writes has no over-long integers, and is the shortest
    let is_over_long = decode_frame_with(bytes, version, Reject::NONE.with(Tolerated::OverLongIntegers)).is_err();
    if version == Version::V5 && matches!(packet, Packet::Publish(_) | Packet::Subscribe(_) | Packet::Pingreq(_)) {
        let shortest = encoded_len(packet, version).expect("what was decoded can be encoded");
        assert_eq!(is_over_long, shortest < bytes.len());
    }
}

fn refused(error: &DecodeError, bytes: &[u8], version: Version) {
    assert!(error.at <= bytes.len().max(1), "{error:?}");
    let more = [bytes, &[0xFF; 3]].concat();
    assert_eq!(decode(&more, version), Err(*error), "what follows changes nothing");
    let _ = (error.statement(version), error.in_version(version).to_string());
    if version == Version::V5 && error.kind != DecodeErrorKind::PasswordWithoutUserName {
        assert!(error.statement_in(bytes, version).is_some(), "{error:?} names no statement");
    }
}

/// `decode(encode(p, v), v) == p` wherever `encode` succeeds; says whether it did.
pub(crate) fn round_trips(packet: &Packet<'_>, version: Version) -> bool {
    let Some(bytes) = encoded(packet, version) else { return false };
    match decode_frame(&bytes, version) {
        Ok(decoded) => {
            assert_eq!(decoded, *packet);
            assert_eq!(encoded(&decoded, version).as_ref(), Some(&bytes));
        }
        Err(error) => panic!("{packet:?} was encoded, and then {error}"),
    }
    true
}

/// The bytes of the packet. `encoded_len` is exact, and one byte less is too small and stays as it was.
fn encoded(packet: &Packet<'_>, version: Version) -> Option<Vec<u8>> {
    let mut bytes = vec![0xA5; 4];
    let needed = match encoded_len(packet, version) {
        Ok(needed) => needed,
        Err(error) => {
            assert_eq!(encode(packet, version, &mut bytes), Err(error));
            assert_eq!(bytes, [0xA5; 4]);
            return None;
        }
    };
    bytes.resize(needed - 1, 0xA5);
    assert_eq!(encode(packet, version, &mut bytes), Err(EncodeError::BufferTooSmall { needed }));
    assert!(bytes.iter().all(|byte| *byte == 0xA5), "nothing was written");
    bytes.resize(needed + 1, 0xA5);
    assert_eq!(encode(packet, version, &mut bytes), Ok(needed));
    assert_eq!(bytes.pop(), Some(0xA5), "nothing was written after the packet");
    Some(bytes)
}

/// A stream gives the same packets and the same error in pieces of any size.
pub(crate) fn pieces_are_as_one(stream: &[u8], lengths: &[u8], maximum_packet_size: u16) {
    let whole = frames(&[stream], maximum_packet_size);
    let mut pieces = Vec::new();
    let (mut rest, mut lengths) = (stream, lengths.iter().cycle());
    while !rest.is_empty() {
        let len = usize::from(lengths.next().copied().unwrap_or(1));
        let (piece, tail) = rest.split_at(len.min(rest.len()));
        pieces.push(piece);
        rest = tail;
        // an empty piece is allowed, but there must be progress
        if piece.is_empty() {
            let (piece, tail) = rest.split_at(1);
            pieces.push(piece);
            rest = tail;
        }
    }
    assert_eq!(frames(&pieces, maximum_packet_size), whole);
}

fn frames(pieces: &[&[u8]], maximum_packet_size: u16) -> (Vec<Vec<u8>>, Option<DecodeError>, bool) {
    let mut buffer = vec![0; usize::from(maximum_packet_size).max(5)];
    let mut splitter = Splitter::new(SliceBuffer::new(&mut buffer), maximum_packet_size.into());
    let mut frames = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        loop {
            match splitter.next(&mut rest) {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => return (frames, Some(error), false),
            }
        }
        assert!(rest.is_empty());
    }
    (frames, None, splitter.is_partial())
}

/// Filters match like a model that follows section 4.7 word by word.
pub(crate) fn matches_as_the_model(filter: &str, topic: &str) {
    let (Ok(filter), Ok(topic)) = (TopicFilter::new(filter), TopicName::new(topic)) else { return };
    let filter_levels: Vec<_> = filter.as_str().split('/').collect();
    let topic_levels: Vec<_> = topic.as_str().split('/').collect();
    let hidden = topic.as_str().starts_with('$') && matches!(filter_levels[0], "#" | "+");
    let expected = !hidden && model(&filter_levels, &topic_levels);
    assert_eq!(filter.matches(topic), expected, "{filter} {topic}");
}

fn model(filter: &[&str], topic: &[&str]) -> bool {
    match (filter, topic) {
        (["#"], _) => true,
        ([], []) => true,
        (["+", filter @ ..], [_, topic @ ..]) => model(filter, topic),
        ([expected, filter @ ..], [level, topic @ ..]) => expected == level && model(filter, topic),
        _ => false,
    }
}

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
