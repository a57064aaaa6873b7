//! Durations in the notation of vectors: `500ms`, `3s`, `2m`.

use std::time::Duration;

/// Parses a duration.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_unit() {
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse("3s"), Some(Duration::from_secs(3)));
        assert_eq!(parse("2m"), Some(Duration::from_secs(120)));
        for wrong in ["", "3", "s", "3 s", "1.5s", "-1s", "3h"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
