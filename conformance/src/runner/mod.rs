//! From cases to verdicts: which cases, prepared for which broker, played how, and what became of them.
//!
//! | module | what |
//! |---|---|
//! | `suite` | the front door: cases, a filter, a baseline; a run against a broker |
//! | `event`, `recorder` | what a run tells its reporters; counted and told once |
//! | `summary`, `coverage`, `report` | what became of a case, of statements and of the whole run |
//! | `filter`, `baseline`, `pattern` | which cases; which failures are known; how either names cases |
//! | `prepare`, `run_id` | a case made ready for one broker and one run |
//! | `probe`, `client` | what the suite does on its own behalf: learning what a broker offers |
//! | `memory` | plays a case against a broker in this process |
//! | `network` | plays cases over sockets (feature `network`) |

mod baseline;
mod client;
mod coverage;
mod event;
mod filter;
mod memory;
#[cfg(feature = "network")]
mod network;
mod pattern;
mod prepare;
mod probe;
mod recorder;
mod report;
mod run_id;
mod suite;
mod summary;

pub use self::{
    baseline::{Baseline, KnownFailure},
    client::{Client, Login},
    coverage::{Coverage, StatementVerdict},
    event::{Event, Reporter},
    filter::{Filter, FilterError},
    memory::{probe_in_memory, run_case_in_memory},
    prepare::{Prepared, prepare},
    probe::{Capabilities, Offer, ProbeError},
    report::{LoadErrors, Report, RunError},
    run_id::RunId,
    suite::Suite,
    summary::{CaseRun, Summary, Tally},
};
