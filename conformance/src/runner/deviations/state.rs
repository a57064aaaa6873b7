//! Exonerates what works elsewhere: a failure that depends on the state of the broker, and that no case about it shares.

use std::collections::{BTreeMap, BTreeSet};

use super::Failed;
use crate::{
    judge::{Accusation, Cell, How, Key, Verdict},
    runner::CaseRun,
    vector::Citation,
};
use mqttspec_codec::Version;

/// Lets cases accuse what they are about where only their circumstances can be the reason.
pub(super) fn exonerate(failed: &mut [Failed<'_>], runs: &[CaseRun]) {
    let about = failed.iter().filter(|failed| failed.accusation.about);
    let shown: BTreeSet<Citation> = about.filter_map(|failed| failed.accusation.statement.clone()).collect();
    let passed: BTreeSet<&Citation> =
        runs.iter().filter(|run| run.verdict == Verdict::Pass).flat_map(|run| &run.case.cites).collect();
    let wrong: BTreeSet<(Version, Key)> = failed
        .iter()
        .filter(|failed| failed.accusation.about)
        .map(|failed| (failed.run.case.version, failed.accusation.key.clone()))
        .collect();
    for failed in failed.iter_mut() {
        let (version, Key::Cell(cell)) = (failed.run.case.version, &failed.accusation.key) else { continue };
        if let Some(general) = cell.general().filter(|general| wrong.contains(&(version, Key::Cell(*general)))) {
            let statement = general.statements(version).first().map(|id| Citation::new(version, id));
            failed.accusation.about = statement.as_ref().is_some_and(|cited| failed.run.case.cites.contains(cited));
            (failed.accusation.key, failed.accusation.statement) = (Key::Cell(general), statement);
        }
    }
    let unanswered = unanswered(failed);
    for failed in failed.iter_mut().filter(|failed| !failed.accusation.about) {
        let version = failed.run.case.version;
        let Key::Cell(cell) = failed.accusation.key else { continue };
        let statements = cell.statements(version).iter().map(|id| Citation::new(version, id));
        match statements.into_iter().find(|statement| shown.contains(statement)) {
            Some(statement) => failed.accusation.statement = Some(statement),
            None if unanswered.contains(&(version, cell, failed.accusation.how)) => {}
            // a PINGREQ is the same in all circumstances
            None if cell == Cell::NoPingresp && failed.accusation.how == How::NothingCame => {}
            None if cell.depends_on_state() && works(cell, version, &passed) => {
                failed.accusation = Accusation::own(std::mem::take(&mut failed.accusation.among));
            }
            None => {}
        }
    }
}

/// Whether a case about the first statement of a row passed.
fn works(cell: Cell, version: Version, passed: &BTreeSet<&Citation>) -> bool {
    let statement = cell.statements(version).first().map(|id| Citation::new(version, id));
    statement.is_some_and(|statement| passed.contains(&statement))
}

/// The answers that do not come in cases which have nothing in common that they are about. Then the circumstances do not
/// matter, and the request itself is not answered.
fn unanswered(failed: &[Failed<'_>]) -> BTreeSet<(Version, Cell, How)> {
    let mut common: BTreeMap<(Version, Cell, How), (usize, Vec<&Citation>)> = BTreeMap::new();
    for failed in failed {
        let Failed { run, accusation, .. } = failed;
        let Key::Cell(cell) = accusation.key else { continue };
        if accusation.about || !cell.is_owed_always() || !is_unanswered(failed) {
            continue;
        }
        let (cases, shared) = common
            .entry((run.case.version, cell, accusation.how))
            .or_insert_with(|| (0, accusation.among.iter().collect()));
        *cases += 1;
        shared.retain(|cited| accusation.among.contains(cited));
    }
    let apart = common.into_iter().filter(|((_, _, how), (cases, shared))| {
        let several = if *how == How::EndCame { SEVERAL_ENDS } else { SEVERAL };
        *cases >= several && shared.is_empty()
    });
    apart.map(|(which, _)| which).collect()
}

/// Whether an answer did not come. Of the end of the connection in its place, a PUBLISH may be the reason by what it holds.
fn is_unanswered(failed: &Failed<'_>) -> bool {
    let holds_no_message = matches!(failed.accusation.key, Key::Cell(Cell::NoSuback | Cell::NoUnsuback));
    match failed.accusation.how {
        How::NothingCame => true,
        How::EndCame => holds_no_message,
        _ => false,
    }
}

/// How many cases show that they have nothing in common.
const SEVERAL: usize = 3;
/// The same if the connection ended, for which a case has more reasons.
const SEVERAL_ENDS: usize = 5;
