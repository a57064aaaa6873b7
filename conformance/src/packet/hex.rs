//! Bytes as hex.

/// `82 07 00`
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// `820700`, for programs.
#[must_use]
pub fn hex_digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hex with sixteen bytes per line, and a caret under the wrong or missing byte. Long packets are reduced to their
/// beginning and the lines around that byte.
#[must_use]
pub fn hex_lines(bytes: &[u8], mark: Option<usize>) -> Vec<String> {
    let mark = mark.map(|mark| mark.min(bytes.len()));
    let caret = |mark: usize| format!("{}^^ byte {mark}", " ".repeat(mark % ROW * 3));
    let mut lines = Vec::new();
    for (row, row_bytes) in bytes.chunks(ROW).enumerate() {
        let near_mark = mark.is_some_and(|mark| row.abs_diff(mark / ROW) <= 1);
        if row >= ROWS && !near_mark {
            if row == ROWS {
                lines.push(format!("... ({} bytes)", bytes.len()));
            }
            continue;
        }
        lines.push(hex(row_bytes));
        if let Some(mark) = mark.filter(|mark| mark / ROW == row) {
            lines.push(caret(mark));
        }
    }
    // a missing byte after a full line
    if let Some(mark) = mark.filter(|mark| *mark == bytes.len() && mark % ROW == 0) {
        lines.push(caret(mark));
    }
    lines
}

const ROW: usize = 16;
const ROWS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_is_under_its_byte() {
        assert_eq!(hex_lines(&[0x82, 7, 0], Some(1)), ["82 07 00", "   ^^ byte 1"]);
        assert_eq!(hex_lines(&[0x82, 7, 0], Some(3)), ["82 07 00", "         ^^ byte 3"]);
        assert_eq!(hex_lines(&[0; 16], Some(16)).last().unwrap(), "^^ byte 16");
        assert_eq!(hex_lines(&[], None), [""; 0]);
    }

    #[test]
    fn long_packets_are_shortened() {
        let lines = hex_lines(&[0; 1000], Some(500));
        assert_eq!(lines.len(), 4 + 1 + 3 + 1);
        assert_eq!(lines[4], "... (1000 bytes)");
        assert_eq!(lines[7], format!("{}^^ byte 500", " ".repeat(12)));
    }
}
