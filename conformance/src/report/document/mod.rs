//! A report as data: what every kind of report is written from, and what is read back from a JSON report.
//!
//! | module | what |
//! |---|---|
//! | `run` | a run against one broker, and its summary |
//! | `case` | a case with its verdict and its evidence |
//! | `deviation` | what the broker does wrong |
//! | `collect` | makes a run from the events of the runner |
//! | `statements` | computes the verdicts on statements, and how many were tested |
//! | `read` | reads a JSON report |
//! | `convert` | makes the parts of a document from those of the runner |

mod case;
mod collect;
mod convert;
mod deviation;
mod read;
mod run;
mod statements;

use serde::{Deserialize, Serialize};

pub(super) use self::convert::{case as case_of, case_named, deviation as deviation_of, leak as leak_of};
#[cfg(feature = "cli")]
pub(super) use self::convert::{entry as entry_of, statements as statements_of};
pub use self::{
    case::{Case, Entry, Failure, Flips, Observed, Verdict, Way},
    collect::{Collector, Transcripts},
    deviation::{CaseName, Deviation, Leak},
    read::ReadError,
    run::{Capabilities, Coverage, Learned, Offer, Plan, Run, Share, Statement, Summary, Tally},
    statements::{coverage, statements},
};

/// The runs of one or more brokers. `conformance/report.schema.json` describes it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `mqttspec`.
    pub tool: String,
    /// The version of the tool that wrote it.
    pub tool_version: String,
    /// The version of the built-in vectors.
    pub vectors_version: String,
    /// See [`FORMAT`].
    pub format: u32,
    /// One for each broker and URL.
    pub runs: Vec<Run>,
}

/// The version of the format. It grows by one when a key changes its meaning or is removed.
pub const FORMAT: u32 = 4;

impl Default for Document {
    /// A report of this tool, without runs.
    fn default() -> Self {
        Self {
            tool: "mqttspec".to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            vectors_version: mqttspec_vectors::VERSION.to_owned(),
            format: FORMAT,
            runs: Vec::new(),
        }
    }
}
