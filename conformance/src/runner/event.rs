//! What a run tells while it lasts. Reporters know nothing of how cases are played, and the runner nothing of output.

use std::io;

use mqttspec_codec::Version;

use super::{Capabilities, CaseRun, ProbeError, Summary};

/// What happens in a run, in this order: `Started`, `Probed` for each version, `Finished` for each case as it ends, once
/// `Interrupted` if it is, `Ended`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A run against a broker begins.
    #[non_exhaustive]
    Started {
        /// The broker: its URL, or `memory`.
        target: &'a str,
        /// What a command line says after `mqttspec check` to reach it, without the password; nothing for a broker in
        /// memory.
        again: &'a str,
        /// Whether any certificate is accepted under TLS: then it is not known who was checked.
        insecure: bool,
        /// How many cases were chosen.
        cases: usize,
    },
    /// What the broker offers in a version, or why not.
    Probed(Version, &'a Result<Capabilities, ProbeError>),
    /// A case has its verdict.
    Finished(&'a CaseRun),
    /// The run was interrupted: no new cases begin, and what was left behind is removed.
    Interrupted,
    /// The run is over.
    Ended(&'a Summary),
}

/// Is told what happens in a run. `()` is one that says nothing; a list of reporters is one too.
pub trait Reporter {
    /// Takes an event.
    ///
    /// # Errors
    /// The report cannot be written. The run goes on, and ends with the first such error.
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()>;
}

impl Reporter for () {
    fn on_event(&mut self, _: &Event<'_>) -> io::Result<()> {
        Ok(())
    }
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        (**self).on_event(event)
    }
}

impl<R: Reporter> Reporter for Vec<R> {
    /// All of them take the event; the first error counts.
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let mut written = Ok(());
        for reporter in self {
            let told = reporter.on_event(event);
            written = written.and(told);
        }
        written
    }
}
