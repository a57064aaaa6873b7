//! Bytes as people paste them: hex in the notations of many tools, dumps with offsets, strings with escapes, base64.
//!
//! | module | what |
//! |---|---|
//! | `hex` | `82 07`, `8207`, `82:07`, `0x82, 0x07`, `\x82\x07`, C arrays |
//! | `dump` | lines of offset, hex and text: `xxd`, `hexdump -C`, `od`, Wireshark, `tcpdump` |
//! | `quoted` | strings of programming languages: `b'\x82\x07'` |
//! | `base64` | base64 |

mod base64;
mod dump;
mod hex;
mod quoted;

use std::fmt;

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Hex digits with separators.
    Hex,
    /// Lines of an offset, hex, and perhaps text.
    Dump,
    /// Base64, also with the alphabet of URLs and without padding.
    Base64,
}

/// Text that is not bytes in a notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHex {
    /// From 1.
    pub line: u64,
    /// From 1, in bytes.
    pub column: u64,
    /// What is wrong, a lowercase fragment.
    pub what: String,
}

/// Reads bytes. Without a notation it is recognised.
///
/// # Errors
/// The text is not in that notation; or it can be read in two ways, and the error names the options that decide.
///
/// ```
/// use mqttspec::packet::read_pasted;
/// for text in ["c0 00", "C000", "0xC0, 0x00", r"\xc0\x00", "{0xC0, 0x0}", "00000000: c000  ..", "wAA="] {
///     assert_eq!(read_pasted(text.as_bytes(), None).unwrap(), [0xC0, 0x00]);
/// }
/// ```
pub fn read_pasted(text: &[u8], notation: Option<Notation>) -> Result<Vec<u8>, NotHex> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    match notation {
        Some(Notation::Hex) => hex::read(text, hex::Decimals::AreHex),
        Some(Notation::Dump) => dump::read(text),
        Some(Notation::Base64) => base64::read(text),
        None => recognised(text),
    }
}

fn recognised(text: &[u8]) -> Result<Vec<u8>, NotHex> {
    if quoted::is_quoted(text) {
        return quoted::read(text);
    }
    if dump::has_colons(text) {
        return dump::read(text);
    }
    let hex = hex::read(text, hex::Decimals::AreRefused);
    let certainty = dump::certainty(text);
    match (dump::read(text), hex) {
        (Ok(bytes), Err(_)) if dump::has_offset(text) => Ok(bytes),
        (Ok(dump), Ok(_)) if certainty == dump::Certainty::Sure => Ok(dump),
        (Ok(_), Ok(_)) if certainty == dump::Certainty::Open => Err(NotHex::at(text, 0, AMBIGUOUS_OFFSET)),
        (Err(error), Err(_)) if certainty == dump::Certainty::Sure => Err(error),
        (Err(error), Ok(_)) if certainty == dump::Certainty::Sure => {
            let what = format!("{}; use --hex if the first column has no offsets", error.what);
            Err(NotHex { what, ..error })
        }
        (_, Ok(hex)) => Ok(hex),
        (_, Err(error)) => base64::recognised(text).unwrap_or(Err(error)),
    }
}

impl NotHex {
    /// A mistake at an offset in the text.
    fn at(text: &[u8], offset: usize, what: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len) + 1;
        let number = |number| u64::try_from(number).unwrap_or(u64::MAX);
        NotHex { line: number(line), column: number(column), what: what.into() }
    }
}

impl fmt::Display for NotHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for NotHex {}

/// The character at an offset, quoted; U+FFFD if it is none.
fn character(text: &[u8], offset: usize) -> String {
    let rest = text.get(offset..).unwrap_or_default();
    let sign = String::from_utf8_lossy(rest.get(..rest.len().min(4)).unwrap_or_default());
    format!("{:?}", sign.chars().next().unwrap_or_default())
}

/// The value of a hex digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();
const AMBIGUOUS_OFFSET: &str =
    "the first column may be the offsets of a dump, or bytes; use --dump or --hex to say which";

#[cfg(test)]
mod tests;
