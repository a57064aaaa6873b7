//! The ladder: nothing works without what is below it.

use super::Failed;
use crate::judge::{Cell, Key};

/// The rungs from the bottom up: what is missing on each, and the case that proves it by itself.
const LADDER: [(&[Cell], &str); 9] = [
    (&[Cell::NoConnack], "3.01-connect/accepted/plain"),
    (&[Cell::NoPingresp], "3.12-pingreq/answered/each-one"),
    (&[Cell::NoSuback], "3.08-subscribe/answered/one-filter"),
    (&[Cell::NoMessage], "4.05-receipt/delivered/qos-0"),
    (&[Cell::NoPuback], "3.04-puback/answered/without-subscribers"),
    (&[Cell::NoPubrec, Cell::NoPubcomp, Cell::NoPubrel], "4.03-qos/each-step-of-qos-2/pubrec"),
    (&[Cell::NoRetained, Cell::RetainedGone, Cell::NoShared], "3.03-publish/retain-stored/stored"),
    (&[Cell::NotStored, Cell::NotResent], "4.01-session-state/kept/one-message"),
    (&[Cell::NoWill], "3.01-connect/will/after-close"),
];

/// Blocks what is missing on a rung while the proof of a lower one fails in the same version.
pub(super) fn block(failed: &mut [Failed<'_>]) {
    let mut broken = Vec::new();
    for failed in failed.iter() {
        let Some(rung) = rung(&failed.accusation.key) else { continue };
        if LADDER.get(rung).is_some_and(|(_, proof)| failed.run.case.name() == *proof) {
            broken.push((failed.run.case.version, rung, failed.accusation.key.clone()));
        }
    }
    for failed in failed {
        let Some(rung) = rung(&failed.accusation.key) else { continue };
        let below = broken.iter().filter(|(version, below, _)| *version == failed.run.case.version && *below < rung);
        failed.behind = below.min_by_key(|(_, below, _)| *below).map(|(_, _, key)| key.clone());
    }
}

fn rung(key: &Key) -> Option<usize> {
    let Key::Cell(cell) = key else { return None };
    LADDER.iter().position(|(cells, _)| cells.contains(cell))
}
