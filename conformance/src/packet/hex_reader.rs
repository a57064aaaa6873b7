//! Reads hex as people and tools print it: digits, with optional spaces.

use std::fmt;

/// Converts hex to bytes, piece by piece.
#[derive(Debug, Clone)]
pub struct HexReader {
    bytes: Vec<u8>,
    /// The first digit of a byte, and the mistake if there is no second one.
    half: Option<(u8, NotHex)>,
    line: u64,
    column: u64,
}

/// Text that is not hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHex {
    /// From 1.
    pub line: u64,
    /// From 1, in bytes.
    pub column: u64,
    /// What is wrong, a lowercase fragment.
    pub what: String,
}

impl Default for HexReader {
    fn default() -> Self {
        HexReader { bytes: Vec::new(), half: None, line: 1, column: 1 }
    }
}

impl HexReader {
    /// Reads the next piece.
    ///
    /// # Errors
    /// A character that is neither a hex digit nor a space.
    pub fn read(&mut self, text: &[u8]) -> Result<(), NotHex> {
        for (index, byte) in text.iter().enumerate() {
            match (char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()), byte) {
                (Some(digit), _) => match self.half.take() {
                    Some((high, _)) => self.bytes.push(high << 4 | digit),
                    None => {
                        self.half =
                            Some((digit, self.mistake("odd number of hex digits; write two for each byte".to_owned())))
                    }
                },
                (None, b' ' | b'\t' | b'\r' | b'\n') => {}
                (None, _) => {
                    let rest = text.get(index..).unwrap_or_default();
                    let sign = String::from_utf8_lossy(rest.get(..rest.len().min(4)).unwrap_or_default());
                    let sign = sign.chars().next().unwrap_or_default();
                    let what = format!("{sign:?} is not a hex digit; use --raw for binary input");
                    return Err(self.mistake(what));
                }
            }
            match byte {
                b'\n' => (self.line, self.column) = (self.line + 1, 1),
                _ => self.column += 1,
            }
        }
        Ok(())
    }

    /// All bytes.
    ///
    /// # Errors
    /// The number of digits is odd.
    pub fn end(self) -> Result<Vec<u8>, NotHex> {
        match self.half {
            Some((_, mistake)) => Err(mistake),
            None => Ok(self.bytes),
        }
    }

    fn mistake(&self, what: String) -> NotHex {
        NotHex { line: self.line, column: self.column, what }
    }
}

impl fmt::Display for NotHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for NotHex {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u8>, NotHex> {
        let mut digits = HexReader::default();
        digits.read(text.as_bytes())?;
        digits.end()
    }

    #[test]
    fn spaces_are_optional() {
        assert_eq!(read("82 07\t00\r\n0a").unwrap(), [0x82, 7, 0, 10]);
        assert_eq!(read("8 2").unwrap(), [0x82]);
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn invalid_hex_is_reported_with_its_place() {
        for (text, line, column, what) in [
            ("82 0G", 1, 5, "'G' is not a hex digit"),
            ("82\n 0", 2, 2, "odd number of hex digits"),
            ("8\n\nä", 3, 1, "'ä' is not a hex digit"),
            ("0x82", 1, 2, "'x' is not a hex digit"),
        ] {
            let mistake = read(text).unwrap_err();
            assert_eq!((mistake.line, mistake.column), (line, column), "{mistake}");
            assert!(mistake.what.starts_with(what), "{mistake}");
        }
    }
}
