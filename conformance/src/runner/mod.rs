//! Selects, prepares and runs cases, and summarizes the verdicts.
//!
//! | module | what |
//! |---|---|
//! | `suite` | the entry point: cases, filter, baseline, and a run against a broker |
//! | `event`, `recorder` | the events for reporters, and their one source |
//! | `evidence` | bounds what a run keeps of what brokers sent |
//! | `summary`, `coverage`, `report` | the results of cases, of statements and of the whole run |
//! | `standing` | what tests a Server for each statement, or why nothing does |
//! | `deviations` | what the broker does wrong, each once |
//! | `leak` | messages that reached another case |
//! | `repeat` | which cases change their verdict if they are played again |
//! | `filter`, `shard`, `statement`, `pattern` | selects cases; parts of them; how statements and cases are named |
//! | `baseline` | lists expected failures |
//! | `denied`, `restarting` | what the user says about rights, and how the broker is restarted |
//! | `prepare`, `run_id` | prepares a case for a broker and a run |
//! | `probe`, `client` | finds out what a broker supports, with the suite's own client |
//! | `trace` | shows cases as they are played, and lets them be played step by step |
//! | `memory` | runs a case against a broker in this process |
//! | `network` | runs cases over sockets (feature `network`) |

mod baseline;
mod client;
mod coverage;
mod denied;
mod deviations;
mod event;
mod evidence;
mod filter;
mod leak;
mod memory;
#[cfg(feature = "network")]
mod network;
mod pattern;
mod prepare;
mod probe;
mod recorder;
mod repeat;
mod report;
mod restarting;
mod run_id;
mod shard;
mod standing;
mod statement;
mod suite;
mod summary;
#[cfg_attr(not(feature = "network"), expect(dead_code, reason = "in memory, nobody watches"))]
mod trace;

pub(crate) use self::suite::quoted;
pub use self::{
    baseline::{Baseline, KnownFailure, Transport, Updated},
    client::{Client, Login},
    coverage::{Coverage, StatementVerdict},
    denied::{DeniedTopic, DeniedTopicError},
    deviations::{CaseName, Deviation, deviations},
    event::{Event, Reporter},
    filter::{Filter, FilterError},
    leak::Leak,
    memory::{probe_in_memory, run_case_in_memory},
    prepare::{Prepared, prepare},
    probe::{Capabilities, Offer, Pace, ProbeError},
    repeat::Flips,
    report::{LoadErrors, Report, RunError},
    run_id::RunId,
    shard::{Shard, ShardError},
    standing::{Share, Standing, shares, standings, untestable},
    statement::{Named, spelt},
    suite::Suite,
    summary::{CaseRun, Span, Summary, Tally},
    trace::{Choice, Trace, Traced},
};
