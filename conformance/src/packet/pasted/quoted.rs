//! Strings of programming languages.

use super::{NotHex, character, digit};

/// Whether the text begins like a string with escapes, or like an escape.
pub(super) fn is_quoted(text: &[u8]) -> bool {
    let text = value(text).1.trim_ascii_start();
    [&b"\""[..], b"'", b"b\"", b"b'", b"B\"", b"B'", b"\\x"].iter().any(|start| text.starts_with(start))
}

/// Reads strings one after another: `b'\x30\x05'`, `"\x30" "\x05"`, `\x30\x05`.
pub(super) fn read(text: &[u8]) -> Result<Vec<u8>, NotHex> {
    let (mut place, _) = value(text);
    let (mut bytes, mut quote) = (Vec::new(), None);
    while let Some(byte) = text.get(place).copied() {
        let next = text.get(place + 1).copied();
        match (byte, quote) {
            (b'\\', _) => {
                let (value, length) = escape(text, place)?;
                bytes.extend(value);
                place += length;
                continue;
            }
            (byte, Some((open, _))) if byte == open => quote = None,
            (byte, Some(_)) => bytes.push(byte),
            (b'"' | b'\'', None) => quote = Some((byte, place)),
            (b'b' | b'B', None) if matches!(next, Some(b'"' | b'\'')) => {}
            (byte, None) if byte.is_ascii_whitespace() || b",;+()".contains(&byte) => {}
            (_, None) => {
                let what = format!("{} is outside of the quotes; quote all text", character(text, place));
                return Err(NotHex::at(text, place, what));
            }
        }
        place += 1;
    }
    match quote {
        Some((_, open)) => Err(NotHex::at(text, open, "this quote is never closed")),
        None => Ok(bytes),
    }
}

/// What follows the `=` of an assignment, and its place.
fn value(text: &[u8]) -> (usize, &[u8]) {
    let quote = text.iter().position(|byte| matches!(byte, b'"' | b'\''));
    let before = text.get(..quote.unwrap_or(0)).unwrap_or_default();
    let start = before.iter().rposition(|byte| *byte == b'=').map_or(0, |place| place + 1);
    (start, text.get(start..).unwrap_or_default())
}

/// The bytes of an escape, and its length. It begins with a backslash.
fn escape(text: &[u8], place: usize) -> Result<(Option<u8>, usize), NotHex> {
    let rest = text.get(place + 1..).unwrap_or_default();
    let simple = |byte: u8| Ok((Some(byte), 2));
    match rest {
        [b'x', high, low, ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => Ok((Some(high << 4 | low), 4)),
            _ => Err(NotHex::at(text, place, "write two hex digits after \\x")),
        },
        [b'n', ..] => simple(b'\n'),
        [b'r', ..] => simple(b'\r'),
        [b't', ..] => simple(b'\t'),
        [b'a', ..] => simple(7),
        [b'b', ..] => simple(8),
        [b'v', ..] => simple(11),
        [b'f', ..] => simple(12),
        [b'e', ..] => simple(27),
        [sign @ (b'\\' | b'"' | b'\''), ..] => simple(*sign),
        // a line that continues
        [b'\n', ..] => Ok((None, 2)),
        [b'0'..=b'7', ..] => {
            let digits = rest.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
            let (value, count) =
                digits.fold((0_u16, 0), |(value, count), digit| (value * 8 + u16::from(*digit - b'0'), count + 1));
            match u8::try_from(value) {
                Ok(value) => Ok((Some(value), 1 + count)),
                Err(_) => Err(NotHex::at(text, place, "an octal escape is at most \\377")),
            }
        }
        _ => Err(NotHex::at(text, place, "unknown escape; write \\x and two hex digits")),
    }
}
