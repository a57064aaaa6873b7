//! The entry point: the cases, the filter, the baseline, and a run against a broker.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    Baseline, DeniedTopic, Filter, LoadErrors, Login, Report, Reporter, RunError, Trace, Updated,
    probe::Untested,
    probe_in_memory,
    recorder::{Reached, Recorder},
    restarting::Restarting,
    run_case_in_memory,
};
#[cfg(feature = "network")]
use crate::transport::Target;
use crate::{
    source::LoadError,
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
    /// How the broker is restarted.
    pub(super) restarting: Restarting,
    /// Where the user has no rights.
    pub(super) denied: Option<DeniedTopic>,
    /// The other nodes, if the broker is a cluster.
    #[cfg(feature = "network")]
    pub(super) nodes: Vec<Target>,
    /// How many times each case is played over sockets.
    #[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, the verdict is the same each time"))]
    pub(super) times: usize,
    /// Sees cases as they are played over sockets.
    #[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, nobody watches"))]
    pub(super) trace: Option<Trace>,
    /// Whether entries of the baseline that are not needed fail a run.
    pub(super) strict: bool,
    /// How the run begins and ends.
    pub(super) pace: Bounds,
    /// The vectors beside the built-in ones, and whether the suite has those.
    vectors: Vec<PathBuf>,
    has_builtin: bool,
}

/// How long a run waits for the broker, and when it stops.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, nothing has to be waited for"))]
pub(super) struct Bounds {
    /// How long to wait for a broker that is starting.
    pub(super) wait: Option<Duration>,
    /// How long the run may take.
    pub(super) timeout: Option<Duration>,
    /// Whether no more cases start after the first unexpected failure.
    pub(super) fail_fast: bool,
}

impl Suite {
    /// The cases of this project, which are embedded in the library.
    ///
    /// # Errors
    /// The embedded cases have mistakes, which means a broken build.
    pub fn embedded() -> Result<Self, LoadErrors> {
        Library::embedded().map(Self::of).map_err(LoadErrors)
    }

    /// The cases of a file, or of a folder such as `vectors/exchange`.
    ///
    /// # Errors
    /// All mistakes in its files.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadErrors> {
        Self::empty().vectors(&[path.as_ref().to_owned()])
    }

    /// The cases in this text, the content of a file of vectors. Errors call the file by that name.
    ///
    /// # Errors
    /// All mistakes in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, LoadErrors> {
        let library = Library::parse(file, text).map_err(LoadErrors)?;
        Ok(Self { has_builtin: false, ..Self::of(library) })
    }

    /// No cases, for [`vectors`](Self::vectors) to add some.
    #[must_use]
    pub fn empty() -> Self {
        Self { has_builtin: false, ..Self::of(Library::default()) }
    }

    /// Adds the cases of these files and folders.
    ///
    /// # Errors
    /// All mistakes in them, and cases with an id that is taken.
    pub fn vectors(self, paths: &[PathBuf]) -> Result<Self, LoadErrors> {
        let library = Library::load_all(paths, Some(self.library)).map_err(LoadErrors)?;
        let vectors = [self.vectors, paths.to_vec()].concat();
        Ok(Self { library, vectors, ..self })
    }

    #[cfg(feature = "network")]
    /// The command-line arguments for the vectors beside the built-in ones, each with a space before it.
    pub(super) fn vector_arguments(&self) -> String {
        let none = if self.has_builtin { "" } else { " --no-builtin-vectors" };
        let paths = self.vectors.iter().map(|path| format!(" --vectors {}", quoted(&path.display().to_string())));
        paths.chain([none.to_owned()]).collect()
    }

    fn of(library: Library) -> Self {
        let (filter, baseline, login) = (Filter::default(), Baseline::default(), Login::default());
        Self {
            library,
            filter,
            baseline,
            login,
            jobs: None,
            restarting: Restarting::default(),
            denied: None,
            #[cfg(feature = "network")]
            nodes: Vec::new(),
            times: 1,
            trace: None,
            strict: false,
            pace: Bounds::default(),
            vectors: Vec::new(),
            has_builtin: true,
        }
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

    /// Sets whether entries of the baseline that pass, or that match no case, fail a run. The default is that they are
    /// only reported.
    #[must_use]
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// The baseline after these runs of the suite, each of which must have finished: what fails now is in it, and what
    /// no longer happens is not. `None` if a run did not finish.
    #[must_use]
    pub fn updated_baseline(&self, reports: &[Report]) -> Option<Updated> {
        let finished = |report: &Report| report.summary.could_not_run.is_none() && !report.summary.interrupted;
        let finished = reports.iter().all(finished);
        finished.then(|| self.baseline.updated(&self.library, self.has_builtin, reports))
    }

    /// The entries of the baseline that match no case, each with a sentence that says why.
    #[must_use]
    pub fn unknown_entries(&self) -> Vec<LoadError> {
        self.baseline.unknown(&self.library)
    }

    /// Checks what a run checks first: each pattern and statement of the filter selects some case, all of them together
    /// do so too, and no entry of the baseline looks misspelt.
    ///
    /// # Errors
    /// See [`RunError`].
    pub fn check(&self) -> Result<(), RunError> {
        self.chosen().map(drop)
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

    /// Names topics on which the user may neither publish nor subscribe, for the cases about that. The default is that the
    /// user may do so everywhere.
    #[must_use]
    pub fn denied_topic(self, denied: DeniedTopic) -> Self {
        Self { denied: Some(denied), ..self }
    }

    /// Names further nodes of the broker, if it is a cluster, for the cases whose clients are on different nodes. The
    /// node that a run is against is the first. How long the nodes need to agree is measured.
    #[must_use]
    #[cfg(feature = "network")]
    pub fn nodes(self, nodes: Vec<Target>) -> Self {
        Self { nodes, ..self }
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

    /// Waits that long for the broker to answer CONNECT before the run begins. The default is not to wait, so that a
    /// broker that is not there ends the run at once. In memory there is nothing to wait for.
    #[must_use]
    pub fn wait(self, limit: Duration) -> Self {
        Self { pace: Bounds { wait: Some(limit), ..self.pace }, ..self }
    }

    /// Sets how long a run over sockets may take, with the time that it waits for the broker. After that no more cases
    /// start, and the cases without a verdict are counted; see [`Summary::could_not_run`](super::Summary::could_not_run).
    #[must_use]
    pub fn timeout(self, limit: Duration) -> Self {
        Self { pace: Bounds { timeout: Some(limit), ..self.pace }, ..self }
    }

    /// Sets whether no more cases start after the first failure that the baseline does not expect.
    #[must_use]
    pub fn fail_fast(self, fail_fast: bool) -> Self {
        Self { pace: Bounds { fail_fast, ..self.pace }, ..self }
    }

    /// Sets a shell command that restarts the broker: `docker restart broker`. The suite runs it when the broker is gone,
    /// or serves only some clients, and so finds the case that caused this. The command returns when the restart is
    /// under way; its output is discarded. In memory, each case has a fresh broker anyway.
    #[must_use]
    pub fn restart_command(self, command: impl Into<String>) -> Self {
        Self { restarting: Restarting { restart_command: Some(command.into()), ..self.restarting }, ..self }
    }

    /// Sets a shell command that ends the broker without a chance to store anything (SIGKILL) and starts it again:
    /// `docker kill broker && docker start broker`. It is for the cases that do so, if the broker is
    /// [`persistent`](Self::persistent).
    #[must_use]
    pub fn kill_command(self, command: impl Into<String>) -> Self {
        Self { restarting: Restarting { kill_command: Some(command.into()), ..self.restarting }, ..self }
    }

    /// Sets whether the broker is configured to keep Sessions and messages when it is restarted. Only then the cases are
    /// played that restart it, with [`restart_command`](Self::restart_command), or kill it, with
    /// [`kill_command`](Self::kill_command). The default is that it is not.
    #[must_use]
    pub fn persistent(self, persistent: bool) -> Self {
        Self { restarting: Restarting { persistent, ..self.restarting }, ..self }
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
        self.filter.check(&self.library).map_err(RunError::Filter)?;
        let misspelt = self.baseline.misspelt(&self.library);
        if !misspelt.is_empty() {
            return Err(RunError::Baseline(LoadErrors(misspelt)));
        }
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
        let baseline = self.baseline.over(None);
        let mut recorder = Recorder::new(&baseline, reporter).strict(self.strict);
        // there is no clock in memory
        recorder.started(MEMORY, "", false, cases.len(), None);
        let memory = || Memory::new(Box::new(start()));
        let mut elapsed = Duration::ZERO;
        let mut known = std::collections::BTreeMap::new();
        for case in &cases {
            let learned = known.entry(case.version).or_insert_with(|| {
                let learned = probe_in_memory(&mut memory(), case.version, &self.login);
                let learned = learned.map(|mut capabilities| {
                    self.denied.iter().for_each(|denied| denied.learn(&mut capabilities, "0"));
                    capabilities
                });
                recorder.probed(case.version, &learned);
                learned.map_err(|error| Untested::new(case.version, error, &cases))
            });
            match learned {
                Ok(capabilities) => {
                    let run = run_case_in_memory(case, memory(), capabilities, &self.login);
                    elapsed += run.elapsed;
                    recorder.finished(run);
                    if self.pace.fail_fast && recorder.has_failed() {
                        let left = cases.len() - recorder.cases();
                        recorder.broken_off(format!("{FAILED_FAST}; {left} cases have no verdict"), left, Vec::new());
                        break;
                    }
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
        let memory_broker = Reached { target: MEMORY.to_owned(), transport: None, rerun: None };
        recorder.end(done, &self.library, elapsed, memory_broker)
    }
}

const MEMORY: &str = "memory";
/// Why a run ends with `fail_fast`.
pub(super) const FAILED_FAST: &str = "stopped after the first failure, as --fail-fast asks";

/// Quoted for a shell.
pub(crate) fn quoted(text: &str) -> String {
    match !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "/-._:@".contains(c)) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
