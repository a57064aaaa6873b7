//! The file of users: TOML that says who may connect, publish and subscribe. `mqttspec broker passwd` changes one
//! entry.
//!
//! | module | what |
//! |---|---|
//! | `file` | [`parse`]: from the text to the core's [`Access`](crate::core::Access), or the first mistake |
//! | `edit` | the text with one user changed, its comments and order kept |
//! | [`passwd`] | the file with one user changed, written whole or not at all |

mod edit;
mod file;
pub mod passwd;

pub use file::{UsersError, parse};
