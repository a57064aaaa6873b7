//! Reporters turn the events of a run into text and files. They do not depend on how cases run.
//!
//! | module | what |
//! |---|---|
//! | `deviations` | explains to people what the broker does wrong |
//! | `failure` | explains a failed case to people |
//! | `leak` | explains messages that reached other cases |
//! | `conformant` | a report as an assertion in a test |
//! | `terminal` | the whole run as text for people (feature `cli`) |
//! | `json` | the whole run as one document |

mod conformant;
mod deviations;
mod failure;
mod json;
mod leak;
#[cfg(feature = "cli")]
mod terminal;

#[cfg(feature = "cli")]
pub use self::terminal::Terminal;
pub use self::{failure::explain, json::Json};
