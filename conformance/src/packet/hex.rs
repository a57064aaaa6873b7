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

/// Hex with sixteen bytes per line, and a caret under the wrong byte, or behind the last one for a missing byte. Long
/// packets are reduced to their beginning and the lines around that byte.
#[must_use]
pub fn hex_lines(bytes: &[u8], mark: Option<usize>) -> Vec<String> {
    let mark = mark.map(|mark| mark.min(bytes.len()));
    // a missing byte after a full line is marked behind that line, where it would be
    let marked_row = mark.map(|mark| if mark == bytes.len() { mark.saturating_sub(1) / ROW } else { mark / ROW });
    let mut lines = Vec::new();
    let mut left_out = 0;
    for (row, row_bytes) in bytes.chunks(ROW).enumerate() {
        if row >= ROWS && marked_row.is_none_or(|marked| row.abs_diff(marked) > 1) {
            left_out += row_bytes.len();
            continue;
        }
        lines.extend(ellipsis(left_out));
        left_out = 0;
        lines.push(hex(row_bytes));
        if let Some(mark) = mark.filter(|_| marked_row == Some(row)) {
            lines.push(caret(mark, mark - row * ROW));
        }
    }
    lines.extend(ellipsis(left_out));
    if let Some(mark) = mark.filter(|_| bytes.is_empty()) {
        lines.push(caret(mark, 0));
    }
    lines
}

fn caret(mark: usize, column: usize) -> String {
    format!("{}^^ byte {mark}", " ".repeat(column * 3))
}

fn ellipsis(left_out: usize) -> Option<String> {
    (left_out > 0).then(|| format!("... ({left_out} bytes)"))
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
        assert_eq!(hex_lines(&[], None), [""; 0]);
        assert_eq!(hex_lines(&[], Some(0)), ["^^ byte 0"]);
    }

    /// Every mark in packets of every length up to several lines: the digits above the caret are those of the marked
    /// byte, or the caret is right behind the last byte.
    #[test]
    fn mark_is_under_its_byte_on_every_line() {
        for length in 1..=200_u8 {
            let bytes: Vec<u8> = (0..length).collect();
            for mark in 0..=length {
                let lines = hex_lines(&bytes, Some(mark.into()));
                let at = lines.iter().position(|line| line.contains('^')).unwrap();
                let column = lines[at].find('^').unwrap();
                assert_eq!(lines[at].trim_start(), format!("^^ byte {mark}"));
                let above = &lines[at - 1];
                match mark < length {
                    true => assert_eq!(above[column..column + 2], format!("{mark:02X}"), "{length} {mark}"),
                    false => {
                        assert_eq!(column, above.len() + 1, "{length} {mark}");
                        assert!(above.ends_with(&format!("{:02X}", length - 1)));
                    }
                }
                assert_eq!(lines.iter().filter(|line| line.contains('^')).count(), 1);
            }
        }
    }

    /// What is shown and what is left out are together all bytes.
    #[test]
    fn long_packets_are_shortened() {
        for mark in (0..=1000).map(Some).chain([None]) {
            let lines = hex_lines(&[0; 1000], mark);
            let left_out = lines.iter().filter_map(|line| line.strip_prefix("... (")?.strip_suffix(" bytes)"));
            let left_out: usize = left_out.map(|count| count.parse::<usize>().unwrap()).sum();
            let shown = lines.iter().filter(|line| line.starts_with("00")).map(|line| line.split(' ').count());
            assert_eq!(shown.sum::<usize>() + left_out, 1000, "{mark:?}");
            assert!(lines.len() <= 10, "{mark:?}: {lines:?}");
        }
        let lines = hex_lines(&[0; 1000], Some(500));
        assert_eq!([&lines[4], &lines[9]], ["... (416 bytes)", "... (472 bytes)"]);
        assert_eq!(lines[7], format!("{}^^ byte 500", " ".repeat(12)));
    }
}
