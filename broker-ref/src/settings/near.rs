//! "did you mean": the known name that is nearest to one that is unknown.

use strsim::levenshtein as distance;

/// The most similar name, if it differs only in a few letters or in the part before its last dot.
pub(super) fn nearest<'n>(unknown: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let tail = last(unknown);
    known
        .map(|name| (distance(unknown, name).min(distance(&tail, &last(name)) + 1), name))
        .min()
        .filter(|(distance, _)| *distance <= tail.len() / 3 + 1)
        .map(|(_, name)| name)
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
    fn similar_names_are_suggested() {
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
