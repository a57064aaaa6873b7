//! Reporters: what a run tells, as text and as files. They know nothing of how cases are played.
//!
//! | module | what |
//! |---|---|
//! | `failure` | a failed case as a person reads it |
//! | `conformant` | a report as an assertion in a test |
//! | `terminal` | the whole run for a person (feature `cli`) |
//! | `json` | the whole run as one document |

mod conformant;
mod failure;
mod json;
#[cfg(feature = "cli")]
mod terminal;

#[cfg(feature = "cli")]
pub use self::terminal::Terminal;
pub use self::{failure::explain, json::Json};
