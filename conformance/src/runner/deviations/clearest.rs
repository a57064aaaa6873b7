//! Chooses the case that shows a deviation best.

use std::{cmp::Reverse, collections::BTreeSet};

use super::Failed;

/// The clearest of some failed cases: the newest version, the fewest statements and clients, the shortest exchange.
pub(super) fn clearest<'a, 'r>(failed: &[&'a Failed<'r>]) -> Option<&'a Failed<'r>> {
    failed.iter().copied().min_by_key(|failed| {
        let run = failed.run;
        let clients: BTreeSet<_> = run.transcript.iter().map(|entry| &entry.who).collect();
        (
            Reverse(run.case.version),
            run.case.cites.len(),
            clients.len(),
            run.transcript.len(),
            run.transcript.iter().map(|entry| entry.bytes.len()).sum::<usize>(),
            &run.case.id,
        )
    })
}
