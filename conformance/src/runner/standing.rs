//! What tests a Server for each statement: cases, a check that every case makes, or nothing, for a reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mqttspec_codec::{PacketType, Version};

use super::Suite;
use crate::{
    judge::tested_everywhere,
    registry::{Binds, Registry, Statement, Strength, Untestable},
    vector::Case,
};

/// A statement, and what tests a Server for it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What the standard says.
    pub statement: &'static Statement,
    /// The cases that cite it, with each row of theirs.
    pub cases: Vec<Arc<Case>>,
    /// The packets of the Server on which every case checks it; empty if no case does that unasked.
    pub checked_on: BTreeSet<PacketType>,
}

impl Standing {
    /// Whether a case cites it, or every case checks it.
    #[must_use]
    pub fn is_tested(&self) -> bool {
        !self.cases.is_empty() || !self.checked_on.is_empty()
    }

    /// The names of its cases, without rows, and how many rows each has.
    #[must_use]
    pub fn names(&self) -> Vec<(&str, usize)> {
        let mut names: Vec<(&str, usize)> = Vec::new();
        for case in &self.cases {
            match names.last_mut() {
                Some((name, rows)) if *name == case.name() => *rows += 1,
                _ => names.push((case.name(), 1)),
            }
        }
        names
    }
}

/// Every statement, sorted by version and id, with the cases that the suite has for it.
#[must_use]
pub fn standings(suite: &Suite) -> Vec<Standing> {
    let statements = Registry::shared().into_iter().flat_map(Registry::iter);
    let standing = |statement: &'static Statement| Standing {
        statement,
        cases: cases_about(suite, statement),
        checked_on: checked_on(statement).cloned().unwrap_or_default(),
    };
    statements.map(standing).collect()
}

fn cases_about(suite: &Suite, statement: &Statement) -> Vec<Arc<Case>> {
    let is_cited = |case: &&Arc<Case>| {
        case.version == statement.version && case.cites.iter().any(|cited| cited.id == statement.id)
    };
    suite.library.cases().filter(is_cited).map(Arc::clone).collect()
}

/// The packets on which every case checks a statement. What a Server must not take from a Client is not checked by what the
/// Server sends.
fn checked_on(statement: &Statement) -> Option<&'static BTreeSet<PacketType>> {
    let binds_the_server = statement.binds != Binds::Client && statement.untestable().is_none();
    tested_everywhere(statement.version).get(&*statement.id).filter(|_| binds_the_server)
}

/// The statements that are tested by a packet of the Server that came.
pub(super) fn tested_by(version: Version, packet_type: PacketType) -> impl Iterator<Item = &'static Statement> {
    let statements = Registry::shared().into_iter().flat_map(Registry::iter);
    statements.filter(move |statement| {
        statement.version == version && checked_on(statement).is_some_and(|types| types.contains(&packet_type))
    })
}

/// How many statements of one strength were tested, of those that can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// MUST, SHOULD or MAY.
    pub strength: Strength,
    /// How many a case passed or failed for, or a check of every case.
    pub tested: usize,
    /// How many a Server can be tested for.
    pub testable: usize,
}

/// The shares of a version, for each strength. `is_tested` tells whether a statement was tested, by its id.
#[must_use]
pub fn shares(version: Version, is_tested: impl Fn(&str) -> bool) -> Vec<Share> {
    let share = |strength: &Strength| {
        let counted = of(version).filter(|statement| statement.level.strength() == Some(*strength));
        let (mut tested, mut testable) = (0, 0);
        for statement in counted.filter(|statement| statement.untestable().is_none()) {
            testable += 1;
            tested += usize::from(is_tested(&statement.id));
        }
        Share { strength: *strength, tested, testable }
    };
    Strength::ALL.iter().map(share).collect()
}

/// How many statements of a version a Server cannot be tested for, by the reason.
#[must_use]
pub fn untestable(version: Version) -> BTreeMap<Untestable, usize> {
    let mut counts = BTreeMap::new();
    for why in of(version).filter_map(Statement::untestable) {
        *counts.entry(why).or_default() += 1;
    }
    counts
}

fn of(version: Version) -> impl Iterator<Item = &'static Statement> {
    let statements = Registry::shared().into_iter().flat_map(Registry::iter);
    statements.filter(move |statement| statement.version == version)
}
