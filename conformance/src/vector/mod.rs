//! The vectors: from YAML files to cases, and from a case to the script that the judge plays.
//!
//! In two stages, because a script holds what is known only when a run begins: the run's prefix, and the limits that the
//! broker announced.
//!
//! | module | what |
//! |---|---|
//! | `library`, `file`, `case`, `files` | all cases of a folder |
//! | `common`, `requires`, `citation` | the keys around the steps |
//! | `compiler`, `names`, `rows` | what a name, a version or a `for` stands for |
//! | `steps`, `head`, `acts`, `blocks`, `expectation` | steps into actions |
//! | `literal` | the same language where nothing stands for something else: `packets`, the command line |
//! | `outgoing`, `sendable`, `matcher`, `scalar`, `text`, `hex`, `prefix`, `duration` | values, by the kind of their field |

mod acts;
mod blocks;
mod case;
pub(crate) mod citation;
mod common;
mod compiler;
mod duration;
mod expectation;
pub(crate) mod file;
pub(crate) mod files;
mod head;
mod hex;
mod library;
pub(crate) mod literal;
mod matcher;
mod names;
mod outgoing;
mod prefix;
mod requires;
mod rows;
mod scalar;
mod sendable;
mod steps;
mod text;
pub(crate) mod version;

pub use self::{
    case::{Case, Situation},
    citation::Citation,
    common::COMMON_KEYS,
    file::{CASE_KEYS, FILE_KEYS},
    library::Library,
    prefix::Prefix,
    requires::{capabilities, capability},
};
pub use crate::yaml::LoadError;
