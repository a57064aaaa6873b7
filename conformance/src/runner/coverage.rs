//! Verdicts for each statement, computed from the cases that ran.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_codec::{PacketType, Version};

use super::standing;
use crate::{
    judge::{Direction, Verdict},
    runner::CaseRun,
    vector::Citation,
};

/// The verdict on a statement: the worst verdict of its cases, ignoring those that did not get to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementVerdict {
    /// Every case that cites it was skipped, or failed for another statement.
    NotRun,
    /// All cases passed, or the packets passed that every case checks for it.
    Pass,
    /// Some cases passed with a warning; the others passed.
    Warn,
    /// Some cases could not be judged, and none failed.
    Error,
    /// Some cases accuse it.
    Fail,
}

impl StatementVerdict {
    /// `pass`, `warn`, `fail`, `error` or `not run`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            StatementVerdict::NotRun => "not run",
            StatementVerdict::Pass => "pass",
            StatementVerdict::Warn => "warn",
            StatementVerdict::Error => "error",
            StatementVerdict::Fail => "fail",
        }
    }
}

/// The statements that a run covered.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    verdicts: BTreeMap<Citation, StatementVerdict>,
    /// What the broker sent to cases of a version.
    came: BTreeSet<(Version, PacketType)>,
}

impl Coverage {
    /// Counts a case for each statement that it cites. A failed case counts for the statement that it accuses: it did
    /// not get to the others. What every case checks is counted for each packet that came.
    pub fn count(&mut self, run: &CaseRun) {
        let verdict = match &run.verdict {
            Verdict::Pass => StatementVerdict::Pass,
            Verdict::Warn(_) => StatementVerdict::Warn,
            Verdict::Skip(_) | Verdict::Fail(_) => StatementVerdict::NotRun,
            Verdict::Error(_) => StatementVerdict::Error,
        };
        for cited in &run.case.cites {
            self.worsen(cited.clone(), verdict);
        }
        if let (None, Some(accused)) = (&run.blocked_by, &run.accused) {
            self.worsen(accused.clone(), StatementVerdict::Fail);
        }
        let version = run.case.version;
        let received = run.transcript.iter().filter(|entry| entry.direction == Direction::Received);
        for packet_type in received.filter_map(|entry| PacketType::from_number(entry.bytes.first()? >> 4)) {
            if self.came.insert((version, packet_type)) {
                for statement in standing::tested_by(version, packet_type) {
                    self.worsen(Citation::new(version, &statement.id), StatementVerdict::Pass);
                }
            }
        }
    }

    fn worsen(&mut self, citation: Citation, verdict: StatementVerdict) {
        let entry = self.verdicts.entry(citation).or_insert(verdict);
        *entry = (*entry).max(verdict);
    }

    /// Every statement that some case cites or that a packet of the broker tested, with its verdict.
    pub fn iter(&self) -> impl Iterator<Item = (&Citation, StatementVerdict)> {
        self.verdicts.iter().map(|(citation, verdict)| (citation, *verdict))
    }

    /// How many statements of a version were tested, so that at least one case passed or failed for them.
    #[must_use]
    pub fn ran(&self, version: Version) -> usize {
        self.iter().filter(|(cited, verdict)| cited.version == version && *verdict != StatementVerdict::NotRun).count()
    }
}
