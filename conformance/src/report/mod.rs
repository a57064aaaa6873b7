//! Reporters turn the events of a run into text and files. They do not depend on how cases run.
//!
//! | module | what |
//! |---|---|
//! | `deviations` | explains to people what the broker does wrong |
//! | `failure` | explains a failed case to people |
//! | `coverage` | tells how many statements were tested, to people |
//! | `flips` | tells of a case that changed its verdict, to people |
//! | `leak` | explains messages that reached other cases |
//! | `conformant` | a report as an assertion in a test |
//! | `terminal`, `bar` | the whole run as text for people, and the line below it while it lasts (feature `cli`) |
//! | `document` | the runs as data, from events and from a JSON report |
//! | `formats` | a document as JSON, JUnit XML, Markdown, .. |
//! | `outcome` | what every format says of a run as a whole |
//! | `compare` | what changed between reports, and what differs between brokers |
//! | `merge` | joins documents |
//! | `bug` | a bug report for the maintainers of a broker |
//! | `script` | a program that shows a failure without mqttspec |
//! | `trace` | a case as it is played, as lines |
//! | `replay` | a case that is played step by step, as text (feature `cli`) |
//! | `files` | collects a document, and writes it to files |

#[cfg(feature = "cli")]
mod bar;
mod bug;
pub mod compare;
mod conformant;
#[cfg(feature = "cli")]
mod coverage;
mod deviations;
pub mod document;
mod failure;
mod files;
#[cfg(feature = "cli")]
mod flips;
mod formats;
mod leak;
mod merge;
mod outcome;
#[cfg(feature = "cli")]
mod replay;
pub mod script;
#[cfg(feature = "cli")]
mod terminal;
mod trace;

pub use self::{
    bug::bug_report, compare::Comparison, failure::explain, files::Reports, formats::Format, merge::MergeError,
    trace::trace_line,
};
#[cfg(feature = "cli")]
pub use self::{replay::replay_text, terminal::Terminal};
