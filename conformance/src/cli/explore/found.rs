//! What was found, and its vector: it is given out only if it fails on the broker and passes on the reference broker.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::{
    cli::CliError,
    explore::{ENOUGH, Find, Pace, TIMES, vector},
    runner::{Login, Suite, Tally},
    text::Text,
    transport::{Reference, Target},
};

/// A find with its vector, or why it has none.
#[derive(Debug)]
pub(super) struct Found<'a> {
    find: &'a Find,
    vector: Result<String, String>,
}

impl<'a> Found<'a> {
    /// Writes the vector and plays it on both brokers.
    pub(super) fn new(find: &'a Find, target: &Target, login: &Login) -> Self {
        let vector = match find.rate {
            ENOUGH.. => proven(find, target, login),
            _ => Err(format!("it is shown in {} of {TIMES} replays only", find.rate)),
        };
        Self { find, vector }
    }

    pub(super) fn vector(&self) -> Option<&str> {
        self.vector.as_deref().ok()
    }

    /// The name of its file, which none of the others has.
    pub(super) fn name(&self, others: &[PathBuf]) -> String {
        let violation = &self.find.violation;
        let version = if violation.version.has_properties() { "v5" } else { "v3.1.1" };
        let name = format!("{:?}", violation.rule).to_lowercase();
        let taken = others.iter().filter(|path| path.to_string_lossy().contains(&format!("{name}-{version}"))).count();
        if taken == 0 { format!("{name}-{version}") } else { format!("{name}-{version}-{}", taken + 1) }
    }
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Find { seed, from, plan, history, violation, rate, replays } = self.find;
        write!(f, "{}", Text::from(violation.to_string()))?;
        let ops = plan.ops.len();
        write!(f, "\n   {from} operations of plan {seed} came down to {ops} by {replays} replays; ")?;
        write!(f, "shown in {rate} of {TIMES} replays")?;
        if let Err(why) = &self.vector {
            write!(f, "\n   no vector: {why}")?;
            for line in history.to_string().lines() {
                write!(f, "\n   {line}")?;
            }
        }
        Ok(())
    }
}

/// The vector, if it fails on the broker and passes on the reference broker.
fn proven(find: &Find, target: &Target, login: &Login) -> Result<String, String> {
    let text = vector(&find.history, &find.violation, Pace::CALM.lag, find.seed);
    let suite =
        Suite::parse("found.yaml", &text).map_err(|error| format!("what is written is no vector: {error}\n{text}"))?;
    let reference = suite.run_in_memory(Reference::default, &mut ()).map_err(|error| error.to_string())?;
    let Tally { pass, warn, .. } = reference.summary.tally;
    if pass + warn == 0 {
        return Err(format!("the reference broker does not pass what is written\n{text}"));
    }
    let suite = suite.login(login.clone());
    for _ in 0..TRIES {
        let report = suite.run_blocking(target, &mut (), std::future::pending()).map_err(|error| error.to_string())?;
        if report.summary.tally.fail + report.summary.tally.blocked > 0 {
            return Ok(text);
        }
    }
    Err(format!("the broker passes what is written\n{text}"))
}

/// Writes a file and the folders above it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let unwritable = |error| CliError(format!("cannot write {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    fs::write(path, text).map_err(unwritable)
}

/// How often the vector may be played until it fails.
const TRIES: usize = 3;
