//! The vectors: from YAML files to cases, and from a case to the script that the judge plays.
//!
//! In two stages, because a script holds what is known only when a run begins: the run's prefix, and the limits that the
//! broker announced.
//!
//! | module | what |
//! |---|---|
//! | `library` | all cases of a folder, of either kind |
//! | `file`, `case` | a file of exchanges with a broker, and its cases |
//! | `bytes` | a file of bytes and packets, and its cases |
//! | `common`, `requires`, `citation` | the keys around the steps |
//! | `compiler`, `names`, `rows` | what a name, a version or a `for` stands for |
//! | `steps`, `head`, `acts`, `blocks`, `expectation` | steps into actions |
//! | `literal` | the same language without names and prefixes, for `bytes` and the command line |
//! | [`script`] | what a case says, ready to be played |
//! | `outgoing`, `sendable`, `matcher`, `scalar`, `text`, `hex`, `prefix`, `duration` | values, by the kind of their field |

mod acts;
mod blocks;
mod bytes;
mod case;
mod citation;
mod common;
mod compiler;
mod duration;
mod expectation;
mod file;
mod head;
mod hex;
mod library;
mod literal;
mod matcher;
mod names;
mod outgoing;
mod prefix;
mod requires;
mod rows;
mod scalar;
pub mod script;
mod sendable;
mod steps;
mod text;
mod version;

pub use self::{
    bytes::{Expected, PACKET_CASE_KEYS, PACKET_FILE_KEYS, PacketCase, encode},
    case::{Case, RunContext},
    citation::Citation,
    common::COMMON_KEYS,
    file::{CASE_KEYS, FILE_KEYS},
    library::{Library, PacketLibrary},
    prefix::Prefix,
    requires::{capabilities, capability, unlearned},
};
pub use crate::source::LoadError;
