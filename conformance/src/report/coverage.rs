//! How many statements a run has tested, in two lines.

use std::collections::BTreeMap;

use super::document::Coverage;
use crate::{
    registry::{Strength, Untestable},
    text::Text,
};

/// What was tested, and what no Server can be tested for; none if nothing was tested.
pub(super) fn lines(coverage: &BTreeMap<Text, Coverage>) -> Vec<String> {
    if coverage.is_empty() {
        return Vec::new();
    }
    let tested = coverage.iter().map(|(version, of)| {
        let shares = Strength::ALL.iter().filter_map(|strength| {
            let share = of.tested.get(strength.name())?;
            Some(format!("{strength} {} of {}", share.tested, share.testable))
        });
        format!("{version} {}", shares.collect::<Vec<_>>().join(", "))
    });
    let tested: Vec<String> = tested.collect();
    let mut lines = vec![format!("statements tested: {}", tested.join("; "))];
    let count = |why: &Untestable| coverage.values().filter_map(|of| of.not_testable.get(why.name())).sum::<usize>();
    let mut reasons: Vec<(usize, &str)> = Untestable::ALL.iter().map(|why| (count(why), why.predicate())).collect();
    reasons.retain(|(count, _)| *count > 0);
    reasons.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let all: usize = reasons.iter().map(|(count, _)| count).sum();
    let reasons: Vec<String> = reasons.iter().map(|(count, predicate)| format!("{count} {predicate}")).collect();
    if all > 0 {
        lines.push(format!("not testable: {all}; {}", reasons.join(", ")));
    }
    lines
}
