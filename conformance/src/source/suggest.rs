//! "did you mean": the nearest of the possible words.

// how many characters must be inserted, deleted, replaced or swapped with their neighbour
use strsim::osa_distance as distance;

/// The word nearest to what was written, if one is close enough to be what was meant.
#[must_use]
pub fn nearest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).clamp(1, 4);
    words
        .into_iter()
        .map(|word| (distance(written, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_words_with_small_typos() {
        let words = ["retain", "payload", "qos"];
        assert_eq!(nearest("retian", words), Some("retain"));
        assert_eq!(nearest("paylod", words), Some("payload"));
        assert_eq!(nearest("qs", words), Some("qos"));
        assert_eq!(nearest("something", words), None);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("ab", "ba"), 1);
    }
}
