//! The entry point: the cases, the filter, the baseline, and a run against a broker.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    Baseline, Filter, LoadErrors, Login, Report, Reporter, RunError, Trace, probe::Untested, probe_in_memory,
    recorder::Recorder, run_case_in_memory,
};
use crate::{
    transport::{Memory, MemoryBroker},
    vector::{Case, Library},
};

/// The cases of a run, and how they are run.
///
/// ```no_run
/// use mqttspec::{Baseline, Filter, Suite, Target};
/// # #[cfg(feature = "network")]
/// # async fn conforms() -> Result<(), Box<dyn std::error::Error>> {
/// let broker: Target = "mqtt://127.0.0.1:1883".parse()?;
/// let suite = Suite::embedded()?
///     .filter(Filter::default().only("3.01-connect")?)
///     .baseline(Baseline::read("known-failures.yaml")?);
/// suite.run(&broker).await?.assert_conformant();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Suite {
    pub(super) library: Library,
    filter: Filter,
    pub(super) baseline: Baseline,
    pub(super) login: Login,
    /// How many cases run concurrently over sockets; `None` leaves it to the measured times.
    #[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, cases run one after the other"))]
    pub(super) jobs: Option<usize>,
    /// A shell command that restarts the broker.
    #[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, each case has a fresh broker"))]
    pub(super) restart_command: Option<String>,
    /// How many times each case is played over sockets.
    #[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, the verdict is the same each time"))]
    pub(super) times: usize,
    /// Sees cases as they are played over sockets.
    #[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, nobody watches"))]
    pub(super) trace: Option<Trace>,
}

impl Suite {
    /// The cases of this project, which are embedded in the library.
    ///
    /// # Errors
    /// The embedded cases have mistakes, which means a broken build.
    pub fn embedded() -> Result<Self, LoadErrors> {
        Library::embedded().map(Self::of).map_err(LoadErrors)
    }

    /// The cases of a folder such as `vectors/exchange`.
    ///
    /// # Errors
    /// All mistakes in its files.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, LoadErrors> {
        Library::load(folder.as_ref()).map(Self::of).map_err(LoadErrors)
    }

    fn of(library: Library) -> Self {
        let (filter, baseline, login) = (Filter::default(), Baseline::default(), Login::default());
        Self { library, filter, baseline, login, jobs: None, restart_command: None, times: 1, trace: None }
    }

    /// Selects the cases to run.
    #[must_use]
    pub fn filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// Sets the expected failures, which do not fail a run.
    #[must_use]
    pub fn baseline(self, baseline: Baseline) -> Self {
        Self { baseline, ..self }
    }

    /// Connects as this user, who needs full publish and subscribe rights. The default is to connect without a user
    /// name.
    #[must_use]
    pub fn user(self, name: impl Into<String>, password: Option<Vec<u8>>) -> Self {
        Self { login: Login { user_name: Some(name.into()), password, ..Login::default() }, ..self }
    }

    /// Like [`user`](Self::user), but the user name and the password are both optional.
    #[cfg(any(feature = "cli", feature = "cargo-test"))]
    pub(crate) fn login(self, login: Login) -> Self {
        Self { login, ..self }
    }

    /// Sets how many cases run concurrently over sockets, at least 1. The default is 64, more on a slow network, and
    /// fewer if the broker accepts one connection after the other. In memory, cases run one after the other.
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Self { jobs: Some(jobs.max(1)), ..self }
    }

    /// Plays the cases that many times over sockets, at least once, each time with other topics and Client Identifiers.
    /// A case that does not get the same verdict each time has [`Flips`](super::Flips).
    #[must_use]
    pub fn repeat(self, times: usize) -> Self {
        Self { times: times.max(1), ..self }
    }

    /// Sets a shell command that restarts the broker: `docker restart broker`. The suite runs it when the broker is gone,
    /// or serves only some clients, and so finds the case that caused this. The command returns when the restart is
    /// under way; its output is discarded. In memory, each case has a fresh broker anyway.
    #[must_use]
    pub fn restart_command(self, command: impl Into<String>) -> Self {
        Self { restart_command: Some(command.into()), ..self }
    }

    /// Shows cases as they are played over sockets.
    #[must_use]
    pub fn trace(self, trace: Trace) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// The cases that the filter selects, sorted by path and in the order of each file.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.library.cases().filter(|case| self.filter.takes(case))
    }

    /// Replaces the cases, and the filter.
    #[cfg(feature = "cargo-test")]
    pub(crate) fn exactly(self, cases: Vec<Arc<Case>>) -> Self {
        Self { library: Library::of(cases), filter: Filter::default(), ..self }
    }

    pub(super) fn chosen(&self) -> Result<Vec<Arc<Case>>, RunError> {
        let cases: Vec<Arc<Case>> = self.cases().cloned().collect();
        if cases.is_empty() { Err(RunError::NothingChosen) } else { Ok(cases) }
    }

    /// Runs the cases against brokers in memory, under a virtual clock. `start` returns a fresh broker for each case.
    /// Cases that need a WebSocket are skipped.
    ///
    /// # Errors
    /// See [`RunError`]. Failures are not errors.
    pub fn run_in_memory<B: MemoryBroker + 'static>(
        &self,
        start: impl Fn() -> B,
        reporter: &mut dyn Reporter,
    ) -> Result<Report, RunError> {
        let cases = self.chosen()?;
        let mut recorder = Recorder::new(&self.baseline, reporter);
        recorder.started(MEMORY, "", false, cases.len());
        let memory = || Memory::new(Box::new(start()));
        let mut elapsed = Duration::ZERO;
        let mut known = std::collections::BTreeMap::new();
        for case in &cases {
            let learned = known.entry(case.version).or_insert_with(|| {
                let learned = probe_in_memory(&mut memory(), case.version, &self.login);
                recorder.probed(case.version, &learned);
                learned.map_err(|error| Untested::new(case.version, error, &cases))
            });
            match learned {
                Ok(capabilities) => {
                    let run = run_case_in_memory(case, memory(), capabilities, &self.login);
                    elapsed += run.elapsed;
                    recorder.finished(run);
                }
                Err(untested) => recorder.not_run(case, untested.verdict(case)),
            }
        }
        let nothing = known.values().all(|learned| learned.as_ref().is_err_and(|untested| !untested.is_a_finding()));
        let done = match nothing {
            true => {
                let why = known.values().find_map(|learned| learned.as_ref().err().map(Untested::why));
                Err(RunError::NoVersion(why.unwrap_or_default().into()))
            }
            false => Ok(()),
        };
        recorder.end(done, &self.library, elapsed, (MEMORY.to_owned(), None))
    }
}

const MEMORY: &str = "memory";
