//! Hex digits with separators.

use super::{NotHex, character, digit};

/// What numbers are that have commas between them, no `0x` and no digit above 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimals {
    AreHex,
    AreRefused,
}

/// Reads pairs of digits, with separators and prefixes, and C arrays.
pub(super) fn read(text: &[u8], decimals: Decimals) -> Result<Vec<u8>, NotHex> {
    let clean = without_comments(text);
    let (start, end) = array(&clean);
    let inside = clean.get(..end).unwrap_or(&clean);
    if decimals == Decimals::AreRefused {
        refuse_decimals(inside, start)?;
    }
    Reader { text: inside, place: start, bytes: Vec::new(), half: None }.read()
}

struct Reader<'a> {
    text: &'a [u8],
    place: usize,
    bytes: Vec<u8>,
    /// The first digit of a byte, and its place.
    half: Option<(u8, usize)>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Vec<u8>, NotHex> {
        while let Some(byte) = self.text.get(self.place).copied() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b':' | b'-' => self.place += 1,
                b'0' | b'\\' if self.text.get(self.place + 1).is_some_and(|next| matches!(next, b'x' | b'X')) => {
                    self.place += 2;
                    self.digits(true)?;
                }
                _ => self.digits(false)?,
            }
        }
        match self.half {
            Some((_, place)) => Err(self.mistake(place, ODD)),
            None => Ok(self.bytes),
        }
    }

    /// The digits from here to the next separator. A byte may be split by a space, as a line break does with long hex,
    /// but it never begins with a digit that stands alone, which could be a byte of its own.
    fn digits(&mut self, is_prefixed: bool) -> Result<(), NotHex> {
        let rest = self.text.get(self.place..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| digit(**byte).is_some()).count();
        let next = rest.get(count).copied();
        let place = self.place;
        if next.is_some_and(|next| !SEPARATORS.contains(&next)) || count == 0 {
            let wrong = place + count;
            return Err(match wrong < self.text.len() {
                true => self.mistake(
                    wrong,
                    &format!("{} is not a hex digit; use --raw for binary input", character(self.text, wrong)),
                ),
                false => self.mistake(place, "no hex digit follows the prefix"),
            });
        }
        self.place += count;
        let digits = rest.iter().take(count).copied().filter_map(digit);
        match (is_prefixed, self.half) {
            (true, Some((_, half))) => return Err(self.mistake(half, ODD)),
            (true, None) if count == 1 => self.bytes.extend(digits),
            (true, None) if count % 2 == 1 => return Err(self.mistake(place, ODD)),
            (false, None) if count == 1 => return Err(self.mistake(place, ODD)),
            _ => {
                for (place, digit) in (place..).zip(digits) {
                    match self.half.take() {
                        Some((high, _)) => self.bytes.push(high << 4 | digit),
                        None => self.half = Some((digit, place)),
                    }
                }
            }
        }
        Ok(())
    }

    fn mistake(&self, place: usize, what: &str) -> NotHex {
        NotHex::at(self.text, place, what)
    }
}

/// The inside of a C array, or all of the text: its first and its last place.
fn array(text: &[u8]) -> (usize, usize) {
    let opened = text.iter().position(|byte| *byte == b'{').map(|place| (place, b'}'));
    // `[0x82, 0x07]`; the brackets of `char packet[2]` do not come first
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace());
    let listed = first.filter(|place| text.get(*place) == Some(&b'[')).map(|place| (place, b']'));
    let Some((open, close)) = opened.or(listed) else { return (0, text.len()) };
    let inside = text.get(open..).unwrap_or_default();
    let end = inside.iter().position(|byte| *byte == close).map_or(text.len(), |length| open + length);
    (open + 1, end)
}

/// The text with C comments as spaces.
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut clean = text.to_vec();
    let mut place = 0;
    while let Some(two) = text.get(place..place + 2) {
        let end: &[u8] = match two {
            b"/*" => b"*/",
            b"//" => b"\n",
            _ => {
                place += 1;
                continue;
            }
        };
        let rest = text.get(place + 2..).unwrap_or_default();
        let length =
            rest.windows(end.len()).position(|window| window == end).map_or(text.len(), |at| at + 2 + end.len());
        for byte in clean.iter_mut().skip(place).take(length).filter(|byte| **byte != b'\n') {
            *byte = b' ';
        }
        place = place.saturating_add(length);
    }
    clean
}

/// Refuses `16, 12, 0`, which may be decimal.
fn refuse_decimals(text: &[u8], start: usize) -> Result<(), NotHex> {
    let inside = text.get(start..).unwrap_or_default();
    let is_listed = start > 0 || inside.contains(&b',');
    let is_hex = inside.iter().any(|byte| matches!(byte, b'a'..=b'f' | b'A'..=b'F' | b'x' | b'X'));
    let number = inside.iter().position(u8::is_ascii_digit);
    match number {
        Some(number) if is_listed && !is_hex => {
            let what =
                "these numbers may be decimal or hexadecimal; use --hex to read them as hex, or write 0x before each";
            Err(NotHex::at(text, start + number, what))
        }
        _ => Ok(()),
    }
}

const ODD: &str = "odd number of hex digits; write two for each byte";
const SEPARATORS: &[u8] = b" \t\r\n,;:-\\";
