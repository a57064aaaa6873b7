//! Groups failed cases that show the same deviation.

use std::collections::BTreeMap;

use super::{Failed, parser};
use crate::{judge::Key, vector::Citation};

/// The failed cases of one deviation.
#[derive(Debug)]
pub(super) struct Group<'a, 'r> {
    pub(super) key: Key,
    pub(super) failed: Vec<&'a Failed<'r>>,
}

/// Groups the failed cases by key. A key that is only a statement joins the key that accuses this statement in most
/// cases, and the same step that fails in both versions joins their keys.
pub(super) fn of<'a, 'r>(failed: &'a [Failed<'r>]) -> Vec<Group<'a, 'r>> {
    let mut joined = Joined::default();
    for (statement, key) in known_by(failed) {
        joined.join(&Key::Statement(statement.clone()), key);
    }
    for (one, other) in twins(failed) {
        joined.join(one, other);
    }
    for (one, other) in same_need(failed) {
        joined.join(one, other);
    }
    for (one, other) in parser::same_packet(failed) {
        joined.join(one, other);
    }
    let mut groups: BTreeMap<Key, Vec<&Failed<'_>>> = BTreeMap::new();
    for failed in failed {
        let key = failed.behind.as_ref().unwrap_or(&failed.accusation.key);
        groups.entry(joined.root(key)).or_default().push(failed);
    }
    groups.into_iter().map(|(key, failed)| Group { key, failed }).collect()
}

/// For each statement, the key that says more than the statement and accuses it in most cases.
fn known_by<'a>(failed: &'a [Failed<'_>]) -> BTreeMap<&'a Citation, &'a Key> {
    let mut counts: BTreeMap<(&Citation, &Key), usize> = BTreeMap::new();
    for Failed { accusation, .. } in failed {
        if let (Some(statement), key) = (&accusation.statement, &accusation.key)
            && !matches!(key, Key::Statement(_))
        {
            *counts.entry((statement, key)).or_default() += 1;
        }
    }
    let mut known: BTreeMap<&Citation, (&Key, usize)> = BTreeMap::new();
    for ((statement, key), count) in counts {
        let best = known.entry(statement).or_insert((key, count));
        if count > best.1 {
            *best = (key, count);
        }
    }
    known.into_iter().map(|(statement, (key, _))| (statement, key)).collect()
}

/// The keys of the same step that fails in both versions, where at least one of them is only a statement.
fn twins<'a>(failed: &'a [Failed<'_>]) -> Vec<(&'a Key, &'a Key)> {
    let mut seen: BTreeMap<_, &Failed<'_>> = BTreeMap::new();
    let mut twins = Vec::new();
    for failed in failed.iter().filter(|failed| failed.behind.is_none()) {
        let step = super::place(failed.run);
        match seen.get(&(failed.run.case.id.as_str(), step.clone())) {
            Some(other) if other.run.case.version != failed.run.case.version => {
                let (one, other) = (&failed.accusation.key, &other.accusation.key);
                if matches!(one, Key::Statement(_)) && matches!(other, Key::Statement(_)) {
                    twins.push((one, other));
                }
            }
            Some(_) => {}
            None => drop(seen.insert((failed.run.case.id.as_str(), step), failed)),
        }
    }
    twins
}

/// Rows that depend on the state of the broker and accuse the same statement: a message that is not stored, and a Session
/// that is not present.
fn same_need<'a>(failed: &'a [Failed<'_>]) -> Vec<(&'a Key, &'a Key)> {
    let mut seen: BTreeMap<&Citation, &Key> = BTreeMap::new();
    let mut same = Vec::new();
    for Failed { accusation, .. } in failed {
        let (Key::Cell(cell), Some(statement)) = (&accusation.key, &accusation.statement) else { continue };
        if cell.depends_on_state() && accusation.about {
            let first = *seen.entry(statement).or_insert(&accusation.key);
            same.push((first, &accusation.key));
        }
    }
    same
}

/// Keys that are the same deviation: each points to another one, up to the root.
#[derive(Default)]
struct Joined(BTreeMap<Key, Key>);

impl Joined {
    fn root(&self, key: &Key) -> Key {
        let mut current = key;
        while let Some(next) = self.0.get(current) {
            current = next;
        }
        current.clone()
    }

    /// The root that says more remains: `Key` sorts plain statements last.
    fn join(&mut self, one: &Key, other: &Key) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            let (less, more) = if one > other { (one, other) } else { (other, one) };
            self.0.insert(less, more);
        }
    }
}
