//! The caret is under the wrong byte, or behind the last one if a byte is missing, wherever that is.

use mqttspec::packet::PacketStream;
use mqttspec_codec::Version;

/// What is shown of the first part of a stream.
fn shown(bytes: &[u8]) -> Vec<String> {
    PacketStream::new(bytes, Version::V5).next().expect("a part").lines()
}

/// The line above the caret, and the caret's column.
fn caret(lines: &[String]) -> (&str, usize) {
    let at = lines.iter().position(|line| line.contains("^^ byte ")).expect("a caret");
    (&lines[at - 1], lines[at].find('^').expect("a caret"))
}

/// A SUBSCRIBE whose last byte is wrong, of every length: the mark moves over all columns and several lines.
#[test]
fn caret_is_under_the_wrong_byte() {
    for filter in 1..=110_u8 {
        let bytes = [&[0x82, filter + 6, 0, 10, 0, 0, filter][..], &vec![b'a'; filter.into()], &[0x40]].concat();
        let lines = shown(&bytes);
        assert!(lines[0].starts_with(&format!("malformed SUBSCRIBE at byte {}: ", bytes.len() - 1)), "{lines:?}");
        let (above, column) = caret(&lines);
        assert_eq!(&above[column..], "40", "{lines:#?}");
    }
}

/// A wrong byte with others behind it.
#[test]
fn caret_is_under_a_byte_in_the_middle() {
    for topic in 2..=100_u8 {
        for wrong in 0..topic {
            let mut text = vec![b'a'; topic.into()];
            text[usize::from(wrong)] = 0xFF;
            let bytes = [&[0x30, topic + 8, 0, topic][..], &text, &[0, b'1', b'2', b'3', b'4', b'5']].concat();
            let lines = shown(&bytes);
            let (above, column) = caret(&lines);
            assert_eq!(&above[column..column + 2], "FF", "{lines:#?}");
        }
    }
}

/// Every beginning of a packet: the mark is where the next byte would be, on the same line.
#[test]
fn caret_is_where_a_byte_is_missing() {
    let bytes: Vec<u8> = [0x30, 100, 0, 1, b'a', 0].into_iter().chain(6..=101).collect();
    for length in 1..bytes.len() {
        let lines = shown(&bytes[..length]);
        assert!(lines[0].starts_with("incomplete PUBLISH after "), "{lines:?}");
        let (above, column) = caret(&lines);
        assert_eq!(column, above.len() + 1, "{lines:#?}");
        assert!(above.ends_with(&format!(" {:02X}", bytes[length - 1])), "{lines:#?}");
        assert!(lines.last().unwrap().ends_with(&format!("^^ byte {length}")), "{lines:?}");
    }
}
