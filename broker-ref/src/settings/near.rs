//! "did you mean": the known name that is nearest to one that is unknown.

/// The nearest name, if it is near: a few letters away, or the same but for what stands before its last dot.
pub(super) fn nearest<'n>(unknown: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let tail = last(unknown);
    known
        .map(|name| (distance(unknown, name).min(distance(&tail, &last(name)) + 1), name))
        .min()
        .filter(|(distance, _)| *distance <= tail.len() / 3 + 1)
        .map(|(_, name)| name)
}

/// Letters to add, take away or change (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (number, letter) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], number + 1);
        for (at, other) in right.chars().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[right.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_letters() {
        for (left, right, letters) in [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!(distance(left, right), letters);
        }
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["listen", "limits.sessions", "limits.session_bytes", "offer.maximum_qos"];
        for (unknown, found) in [
            ("limits.sesions", Some("limits.sessions")),
            ("sessions", Some("limits.sessions")),
            ("limits.maximum_qos", Some("offer.maximum_qos")),
            ("Listen", Some("listen")),
            ("limits.colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(unknown, known.into_iter()), found, "{unknown}");
        }
    }
}
