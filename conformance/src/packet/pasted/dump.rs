//! Lines of an offset, hex, and perhaps the same bytes as text.

use super::{NotHex, digit};

/// Whether the offsets are followed by colons, as `xxd` and `tcpdump` write them, so that this is nothing else.
pub(super) fn has_colons(text: &[u8]) -> bool {
    lines(text, 16).next().is_some_and(|line| line.has_colon)
}

/// Whether the text begins with an offset, as each dump does.
pub(super) fn has_offset(text: &[u8]) -> bool {
    lines(text, 16).next().is_some_and(|line| !line.is_repeat && line.digits >= SHORTEST_OFFSET)
}

/// How sure it is that the first column of a dump has offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Several offsets that follow one another from 0.
    Sure,
    /// A single 0, or offsets that follow one another from elsewhere.
    Open,
    /// Only by chance.
    None,
}

/// How sure it is that a text is a dump, if it can be read as hex as well.
pub(super) fn certainty(text: &[u8]) -> Certainty {
    let offsets: Vec<u64> = lines(text, 16).filter(|line| !line.is_repeat).map(|line| line.offset).collect();
    let grow = offsets.windows(2).all(|pair| pair[0] < pair[1]);
    let has_text = || {
        lines(text, 16)
            .filter(|line| !line.is_repeat)
            .last()
            .is_some_and(|line| line.last(text).is_ok_and(|(_, fits)| fits))
    };
    match offsets[..] {
        _ if !has_offset(text) => Certainty::None,
        [0, _, ..] if grow => Certainty::Sure,
        [0, ..] if has_text() => Certainty::Sure,
        [0, ..] => Certainty::Open,
        [_, _, ..] if grow => Certainty::Open,
        _ => Certainty::None,
    }
}

/// Reads a dump, or several one after another.
pub(super) fn read(text: &[u8]) -> Result<Vec<u8>, NotHex> {
    let hex = read_in(text, 16);
    // `od` counts in octal
    hex.or_else(|error| read_in(text, 8).map_err(|_| error))
}

fn read_in(text: &[u8], radix: u32) -> Result<Vec<u8>, NotHex> {
    let lines: Vec<Line<'_>> = lines(text, radix).collect();
    let mut bytes: Vec<u8> = Vec::new();
    // the offset that comes next, the last line's bytes, and whether they are repeated up to the next offset
    let (mut expected, mut last, mut repeats) = (None, Vec::new(), false);
    for (index, line) in lines.iter().enumerate() {
        if line.is_repeat {
            repeats = true;
            continue;
        }
        if line.digits < SHORTEST_OFFSET {
            return Err(NotHex::at(text, line.start, "a line of a dump begins with its offset"));
        }
        match expected {
            Some(next) if repeats => repeat(text, line, next, &last, &mut bytes)?,
            // another dump begins at 0
            Some(next) if next != line.offset && line.offset != 0 => {
                let what = format!("the offset is {:#x}, but the bytes before it end at {next:#x}", line.offset);
                return Err(NotHex::at(text, line.start, what));
            }
            _ => {}
        }
        let next = lines.get(index + 1).filter(|next| !next.is_repeat);
        let length = next.and_then(|next| next.offset.checked_sub(line.offset)).filter(|length| *length > 0);
        last = match length {
            Some(length) => line.exactly(text, length)?,
            None => line.last(text)?.0,
        };
        expected = Some(line.offset.saturating_add(u64::try_from(last.len()).unwrap_or(u64::MAX)));
        bytes.extend(&last);
        repeats = false;
    }
    match repeats {
        true => {
            Err(NotHex::at(text, text.len(), "the dump ends with `*`, so it is unknown how many lines are repeated"))
        }
        false => Ok(bytes),
    }
}

/// `*`: the last line again, up to the offset of this one.
fn repeat(text: &[u8], line: &Line<'_>, from: u64, last: &[u8], bytes: &mut Vec<u8>) -> Result<(), NotHex> {
    let length = line.offset.checked_sub(from).and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= LONGEST_REPEAT && !last.is_empty()).ok_or_else(|| {
        let what =
            format!("`*` repeats up to the offset {:#x}; at most {LONGEST_REPEAT} bytes can be repeated", line.offset);
        NotHex::at(text, line.start, what)
    })?;
    bytes.extend(last.iter().cycle().take(length));
    Ok(())
}

/// A line that is not empty.
#[derive(Debug)]
struct Line<'a> {
    /// Where it begins in the text.
    start: usize,
    offset: u64,
    /// The number of digits of the offset.
    digits: usize,
    has_colon: bool,
    is_repeat: bool,
    /// What follows the offset, and where in the text.
    rest: &'a [u8],
    place: usize,
}

fn lines(text: &[u8], radix: u32) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive(|byte| *byte == b'\n').filter_map(move |line| {
        let begin = start;
        start += line.len();
        Line::parse(line.trim_ascii_end(), begin, radix)
    })
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8], begin: usize, radix: u32) -> Option<Self> {
        let trimmed = line.trim_ascii_start();
        let start = begin + line.len() - trimmed.len();
        let after = trimmed.strip_prefix(b"0x").unwrap_or(trimmed);
        let digits = after.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
        let number = after.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok());
        let rest = after.get(digits..).unwrap_or_default();
        let has_colon = rest.first() == Some(&b':') && rest.get(1).is_none_or(u8::is_ascii_whitespace);
        let rest = if has_colon { rest.get(1..).unwrap_or_default() } else { rest };
        // an offset ends with a space; 16 digits are as many as any tool writes
        let is_offset = rest.first().is_none_or(u8::is_ascii_whitespace) && (SHORTEST_OFFSET..=16).contains(&digits);
        (!trimmed.is_empty()).then(|| Line {
            start,
            offset: number.and_then(|number| u64::from_str_radix(number, radix).ok()).unwrap_or(0),
            digits: if is_offset { digits } else { 0 },
            has_colon: has_colon && is_offset,
            is_repeat: trimmed == b"*",
            rest,
            place: begin + line.len() - rest.len(),
        })
    }

    /// The given number of bytes. What follows them is text.
    fn exactly(&self, text: &[u8], length: u64) -> Result<Vec<u8>, NotHex> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (mut bytes, mut place) = (Vec::new(), 0);
        while bytes.len() < length {
            place += self.rest.iter().skip(place).take_while(|byte| byte.is_ascii_whitespace()).count();
            let group = group(self.rest.get(place..).unwrap_or_default());
            let Some(group) = group.filter(|group| bytes.len() + group.len() / 2 <= length) else {
                let what = format!("the next offset needs {length} bytes in this line, but here are {}", bytes.len());
                return Err(NotHex::at(text, self.place + place, what));
            };
            self.refuse_words(text, group)?;
            bytes.extend(pairs(group));
            place += group.len();
        }
        Ok(bytes)
    }

    /// The bytes of a line whose length no offset tells, and whether a text column repeats them. They end before it.
    fn last(&self, text: &[u8]) -> Result<(Vec<u8>, bool), NotHex> {
        let (mut bytes, mut place, mut shorter) = (Vec::new(), 0, None);
        loop {
            let spaces = self.rest.iter().skip(place).take_while(|byte| byte.is_ascii_whitespace()).count();
            place += spaces;
            let after = self.rest.get(place..).unwrap_or_default();
            if after.is_empty() {
                return Ok((shorter.unwrap_or(bytes), false));
            }
            // a text column stands apart, or is framed
            let may_be_text = spaces >= 2 || matches!(after.first(), Some(b'|' | b'>'));
            if may_be_text && repeats(after, &bytes) {
                return Ok((bytes, true));
            }
            let Some(group) = group(after) else {
                // a column of text in another character set
                let found = shorter.or((may_be_text && !bytes.is_empty()).then_some(bytes));
                let what = "this is neither hex nor the text of the bytes before it";
                return found.map(|bytes| (bytes, false)).ok_or_else(|| NotHex::at(text, self.place + place, what));
            };
            self.refuse_words(text, group)?;
            // three spaces only come before text, but what comes first may still fit
            if spaces >= 3 && !bytes.is_empty() {
                shorter.get_or_insert_with(|| bytes.clone());
            }
            bytes.extend(pairs(group));
            place += group.len();
        }
    }

    /// `hexdump` without options prints numbers of 16 bits, in which the bytes of each pair are swapped or not.
    fn refuse_words(&self, text: &[u8], group: &[u8]) -> Result<(), NotHex> {
        if group.len() == 2 || self.has_colon {
            return Ok(());
        }
        let what = "this may be `hexdump` or `od` with words of the machine's byte order; print single bytes with \
                    `hexdump -C` or `xxd`";
        Err(NotHex::at(text, self.place, what))
    }
}

/// The hex digits at the start of `rest`, if they are whole bytes and a space or nothing follows.
fn group(rest: &[u8]) -> Option<&[u8]> {
    let count = rest.iter().take_while(|byte| digit(**byte).is_some()).count();
    let ends = rest.get(count).is_none_or(u8::is_ascii_whitespace);
    (count > 0 && count % 2 == 0 && ends).then(|| rest.get(..count)).flatten()
}

fn pairs(digits: &[u8]) -> impl Iterator<Item = u8> {
    digits.chunks(2).filter_map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?))
}

/// Whether a text column is that of the bytes: printable ones as they are, the others as dots.
fn repeats(column: &[u8], bytes: &[u8]) -> bool {
    let shown: Vec<u8> = bytes.iter().map(|byte| if matches!(byte, b' '..=b'~') { *byte } else { b'.' }).collect();
    let framed = |open: u8, close: u8| [&[open][..], &shown, &[close]].concat();
    column == shown.trim_ascii() || column == framed(b'|', b'|') || column == framed(b'>', b'<')
}

const SHORTEST_OFFSET: usize = 4;
/// In bytes.
const LONGEST_REPEAT: usize = 64 * 1024 * 1024;
