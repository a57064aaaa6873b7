//! Prepares the cases of a run. A case that is played again gets names that it has not used before, because what its
//! earlier attempt left on the broker must not reach it.

use std::{collections::BTreeMap, sync::Arc};

use mqttspec_codec::Version;

use super::{browser, scheduler::Job};
use crate::{
    runner::{Capabilities, Login, Prepared, RunId, prepare},
    vector::Case,
};

/// What is needed to prepare each case of a run, any number of times.
#[derive(Debug)]
pub(super) struct Jobs {
    pub(super) cases: Vec<Arc<Case>>,
    pub(super) run: RunId,
    pub(super) known: BTreeMap<Version, Capabilities>,
    pub(super) login: Login,
}

impl Jobs {
    /// Prepares a case for its first attempt; `None` if its version cannot be tested.
    pub(super) fn first(&self, index: usize) -> Option<Prepared> {
        let prepared = self.prepared(index, 0)?;
        let why_not = match &prepared {
            Prepared::Run(script, _) if cfg!(target_family = "wasm") => browser::why_not(script),
            _ => None,
        };
        Some(why_not.map_or(prepared, |why| Prepared::Skip(why.into())))
    }

    /// The job, with new names if it has been played before.
    pub(super) fn for_next_attempt(&self, job: Job) -> Job {
        match self.prepared(job.index, job.attempts) {
            Some(Prepared::Run(script, setup)) if job.attempts > 0 => Job { script, setup: setup.into(), ..job },
            // the broker offers what it has offered before, so that the case is always prepared
            _ => job,
        }
    }

    /// The case that published to that topic, in any of its attempts; `None` if it was none of this run.
    pub(super) fn owner(&self, topic: &str) -> Option<usize> {
        self.run.index_of(topic)?.checked_rem(self.cases.len())
    }

    fn prepared(&self, index: usize, attempts: usize) -> Option<Prepared> {
        let case = self.cases.get(index)?;
        let number = attempts.saturating_mul(self.cases.len()).saturating_add(index);
        Some(prepare(case, number, &self.run, self.known.get(&case.version)?, &self.login))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Library;

    #[test]
    fn each_attempt_has_names_of_its_own() {
        let library = Library::embedded().unwrap();
        let cases: Vec<Arc<Case>> = library.cases().filter(|case| case.version == Version::V5).cloned().collect();
        let index = cases.iter().position(|case| case.id.starts_with("3.12-pingreq/")).unwrap();
        let known = BTreeMap::from([(Version::V5, Capabilities::default())]);
        let jobs = Jobs { cases, run: RunId::random(), known, login: Login::default() };
        let Some(Prepared::Run(script, setup)) = jobs.first(index) else { panic!("it needs nothing") };
        let mut job = Job { index, script, setup: setup.into(), attempts: 0, is_replay: false };
        let mut levels = Vec::new();
        for _ in 0..3 {
            job = jobs.for_next_attempt(job);
            job.attempts += 1;
            levels.push(job.setup.levels.own.clone());
            assert_eq!(jobs.owner(&format!("{}/t", job.setup.levels.own)), Some(index));
        }
        levels.dedup();
        assert_eq!(levels.len(), 3, "{levels:?}");
    }
}
