//! Reports are sinks of one stream of events. They know nothing of how cases are played.

mod failure;
mod hex;
mod json;
mod statements;
mod terminal;

use std::{io, time::Duration};

use mqttspec_codec::Version;

pub use self::{
    failure::explain,
    hex::{hex, hex_lines},
    json::Json,
    statements::{Coverage, StatementVerdict},
    terminal::Terminal,
};
use crate::{
    guest::{Capabilities, ProbeError},
    run::{CaseRun, Expectation, Tally},
};

/// What a report hears.
#[derive(Debug)]
pub enum Event<'a> {
    /// A run against a broker begins.
    Started {
        /// The broker, as its URL.
        target: &'a str,
        /// How a command line names it: the URL with what else it takes to reach it, or nothing for the embedded
        /// broker.
        again: &'a str,
        /// Whether under TLS any certificate is accepted: then it is not known who was checked.
        insecure: bool,
        /// How many cases were chosen.
        cases: usize,
    },
    /// What the broker offers in a version, or why not.
    Probed(Version, &'a Result<Capabilities, ProbeError>),
    /// A case has its verdict; with the entry of the baseline that expects it to fail.
    Finished(&'a CaseRun<'a>, Option<&'a Expectation>),
    /// Ctrl-C.
    Interrupted,
    /// The run is over.
    Ended(&'a Summary),
}

/// How a run came out.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Counts of verdicts.
    pub tally: Tally,
    /// Of the whole run.
    pub elapsed: Duration,
    /// Why there was nothing to run.
    pub could_not_run: Option<String>,
    /// Entries of the baseline whose cases all passed, or that match no case: as written.
    pub needless: Vec<String>,
    /// It was ended early.
    pub interrupted: bool,
}

impl Summary {
    /// 0: conformant; 1: failures; 2: could not run, or not to the end.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        if self.tally.fail > 0 {
            1
        } else if self.could_not_run.is_some() || self.tally.error > 0 || self.interrupted {
            2
        } else {
            0
        }
    }
}

/// A report.
pub trait Sink {
    /// Hears an event.
    ///
    /// # Errors
    /// The report cannot be written.
    fn hear(&mut self, event: &Event<'_>) -> io::Result<()>;
}
