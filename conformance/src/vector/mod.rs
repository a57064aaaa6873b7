//! The vectors: reads YAML files into cases, and compiles a case to the script that the judge runs.
//!
//! There are two stages because a script contains values that are known only when a run begins: the run's prefix, and
//! the limits that the broker announced.
//!
//! | module | what |
//! |---|---|
//! | `library` | all cases of a folder, of either kind |
//! | `file`, `case` | a file of exchanges with a broker, and its cases |
//! | `bytes` | a file of bytes and packets, and its cases |
//! | `common`, `requires`, `citation` | the keys around the steps |
//! | `compiler`, `names`, `rows` | replace names, versions and `for` |
//! | `steps`, `head`, `acts`, `blocks`, `expectation` | compile steps to actions |
//! | `literal` | the same language without names and prefixes, for `bytes` and the command line |
//! | [`script`] | a compiled case, ready to run |
//! | [`parts`] | visits the parts of a script |
//! | [`tempo`] | the same with more time, for a slow network |
//! | `outgoing`, `sendable`, `matcher`, `scalar`, `text`, `hex`, `prefix`, `duration` | values, by the kind of their field |

mod acts;
mod blocks;
mod bytes;
mod case;
mod citation;
mod common;
mod compiler;
pub(crate) mod duration;
mod expectation;
mod file;
mod head;
mod hex;
mod library;
mod literal;
mod matcher;
mod names;
mod outgoing;
pub mod parts;
mod prefix;
mod requires;
mod rows;
mod scalar;
pub mod script;
mod sendable;
mod steps;
pub mod tempo;
mod text;
mod version;

pub use self::{
    bytes::{Expected, PACKET_CASE_KEYS, PACKET_FILE_KEYS, PacketCase, encode},
    case::{Case, RunContext},
    citation::Citation,
    common::COMMON_KEYS,
    expectation::EXPECTATION_KEYS,
    file::{CASE_KEYS, FILE_KEYS},
    library::{Library, PacketLibrary},
    prefix::Prefix,
    requires::{capabilities, capability, unlearned},
};
pub use crate::source::LoadError;
