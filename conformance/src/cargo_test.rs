//! Runs each case as a test of `cargo test` with its own name: `v5::3.01-connect/keep-alive/silence`.

use std::{
    collections::BTreeMap,
    fmt,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

#[cfg(feature = "network")]
use crate::transport::Target;
use crate::{
    judge::Verdict,
    report::explain,
    runner::{CaseRun, Login, Report, RunError, Suite},
    transport::MemoryBroker,
    vector::Case,
};

/// A broker to test, and the user to connect as.
pub struct Subject {
    broker: Broker,
    login: Option<Login>,
}

enum Broker {
    #[cfg(feature = "network")]
    Url(Box<Target>),
    Memory(Box<dyn Fn() -> Box<dyn MemoryBroker> + Send + Sync>),
}

impl Subject {
    /// A broker that listens at a URL.
    #[cfg(feature = "network")]
    #[must_use]
    pub fn url(target: Target) -> Self {
        Self { broker: Broker::Url(Box::new(target)), login: None }
    }

    /// A broker in this process; `start` returns a fresh one.
    #[must_use]
    pub fn memory<B: MemoryBroker + 'static>(start: impl Fn() -> B + Send + Sync + 'static) -> Self {
        Self { broker: Broker::Memory(Box::new(move || Box::new(start()))), login: None }
    }

    /// Connects as this user instead of the user of the suite.
    #[must_use]
    pub fn user(self, name: impl Into<String>, password: Option<Vec<u8>>) -> Self {
        Self { login: Some(Login { user_name: Some(name.into()), password, ..Login::default() }), ..self }
    }

    fn run(&self, suite: Suite) -> Result<Report, RunError> {
        let suite = match &self.login {
            Some(login) => suite.login(login.clone()),
            None => suite,
        };
        match &self.broker {
            #[cfg(feature = "network")]
            Broker::Url(target) => suite.run_blocking(target, &mut (), std::future::pending()),
            Broker::Memory(start) => suite.run_in_memory(start, &mut ()),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.broker {
            #[cfg(feature = "network")]
            Broker::Url(target) => write!(f, "Subject({target})"),
            Broker::Memory(_) => f.write_str("Subject(memory)"),
        }
    }
}

/// Turns every case that the suite's filter selects into a test, and runs those that the command line selects: `cargo
/// test --test NAME v5::3.12`, `-- --list`. Each case runs against the first broker that supports what it needs;
/// usually there is only one broker, or one in several configurations. Failures that the baseline expects count as
/// ignored, with their reason.
///
/// Use it as the main function of a test without `libtest`:
/// ```toml
/// [[test]]
/// name = "conformance"
/// harness = false
/// ```
/// ```no_run
/// # #[cfg(feature = "network")]
/// # mod test {
/// use std::process::ExitCode;
///
/// use mqttspec::{Subject, Suite, cargo_test};
///
/// fn main() -> ExitCode {
///     let suite = Suite::embedded().expect("the vectors load");
///     cargo_test(suite, [Subject::url("mqtt://127.0.0.1:1883".parse().expect("a URL"))])
/// }
/// # }
/// ```
#[must_use]
pub fn cargo_test(suite: Suite, subjects: impl IntoIterator<Item = Subject>) -> ExitCode {
    let arguments = Arguments::from_args();
    let cases: Vec<Arc<Case>> = suite.cases().cloned().collect();
    let is_chosen = |case: &&Arc<Case>| {
        !arguments.is_filtered_out(&Trial::ignorable_test(name(case), || Ok(Completion::Completed)))
    };
    let chosen = cases.iter().filter(is_chosen).cloned().collect();
    let subjects = subjects.into_iter().collect();
    let run = Arc::new(Run { suite, chosen, subjects, verdicts: OnceLock::new() });
    let trials = cases.iter().map(|case| {
        let (run, case) = (Arc::clone(&run), Arc::clone(case));
        Trial::ignorable_test(name(&case), move || run.verdict(&case))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Runs all cases when the first test asks for its verdict, so that cases wait concurrently.
struct Run {
    suite: Suite,
    chosen: Vec<Arc<Case>>,
    subjects: Vec<Subject>,
    verdicts: OnceLock<Result<Verdicts, RunError>>,
}

/// The results by test name, with the arguments of `mqttspec check` that reach the broker.
type Verdicts = BTreeMap<String, (CaseRun, Option<String>)>;

impl Run {
    fn verdict(&self, case: &Case) -> Result<Completion, Failed> {
        let verdicts = self.verdicts.get_or_init(|| self.run()).as_ref().map_err(ToString::to_string)?;
        let (run, rerun) = verdicts.get(&name(case)).ok_or("the broker went away before the case ran")?;
        match (&run.verdict, &run.known) {
            (Verdict::Pass | Verdict::Warn(_), _) => Ok(Completion::Completed),
            (Verdict::Skip(why), _) => Ok(Completion::ignored_with(why)),
            (Verdict::Fail(_), Some(reason)) => Ok(Completion::ignored_with(format!("known failure: {reason}"))),
            (Verdict::Fail(_), None) => {
                let blocked = run.blocked_by.as_ref();
                let blocked = blocked.map_or(String::new(), |by| format!("\nblocked: {by} tests what is broken"));
                Err(Failed::from(format!("{}{blocked}\n{}", case.title, explain(run, rerun.as_deref()))))
            }
            (Verdict::Error(why), _) => Err(Failed::from(why.clone())),
        }
    }

    fn run(&self) -> Result<Verdicts, RunError> {
        let mut verdicts = Verdicts::new();
        let mut left = self.chosen.clone();
        for subject in &self.subjects {
            if left.is_empty() {
                break;
            }
            let report = subject.run(self.suite.clone().exactly(std::mem::take(&mut left)))?;
            for run in report.cases {
                if matches!(run.verdict, Verdict::Skip(_)) {
                    left.push(Arc::clone(&run.case));
                    // the first reason is that of the usual configuration
                    verdicts.entry(name(&run.case)).or_insert_with(|| (run, report.rerun.clone()));
                } else {
                    verdicts.insert(name(&run.case), (run, report.rerun.clone()));
                }
            }
        }
        Ok(verdicts)
    }
}

fn name(case: &Case) -> String {
    format!("{}::{}", case.version, case.id)
}
