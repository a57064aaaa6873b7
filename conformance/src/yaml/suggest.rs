//! "did you mean": the nearest of the words that were possible.

/// The word nearest to what was written, if one is near enough to be meant.
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

/// How many characters must be put in, taken out, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, c) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, d) in to.iter().enumerate() {
            let mut cost = (last[column] + usize::from(c != *d)).min(last[column + 1] + 1).min(current[column] + 1);
            if column > 0 && previous == Some(*d) && to[column - 1] == c {
                cost = cost.min(before_last[column - 1] + 1);
            }
            current.push(cost);
        }
        previous = Some(c);
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_missing_and_strange_words() {
        let words = ["retain", "payload", "qos"];
        assert_eq!(nearest("retian", words), Some("retain"));
        assert_eq!(nearest("paylod", words), Some("payload"));
        assert_eq!(nearest("qs", words), Some("qos"));
        assert_eq!(nearest("something", words), None);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("ab", "ba"), 1);
    }
}
