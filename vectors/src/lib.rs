//! The vectors of mqttspec as data: what an MQTT broker must do, and what a codec must read and write.
//!
//! The crate embeds the files and gives them by their path. It reads none of them, has no dependencies and is `no_std`.
//!
//! | folder | what it holds | what a runner needs |
//! |---|---|---|
//! | `packets/` | bytes, and the packets that they are | a YAML reader; the notation for bytes |
//! | `statements/` | the normative statements of MQTT 3.1.1 and 5.0 | a YAML reader |
//! | `exchange/` | what goes over a connection, step by step | a runner of the vector language, in the version [`LANGUAGE_VERSION`] |
//!
//! `README.md` describes the language, and `schema.json` is its JSON Schema for editors. Both are among the files. The
//! crate `mqttspec` is a runner of the language; use this crate to write another one, or to test a codec.
//!
//! ```
//! let file = mqttspec_vectors::get("packets/subscribe.yaml").expect("the byte vectors of SUBSCRIBE");
//! assert!(file.contains("packet: {SUBSCRIBE:"));
//!
//! let exchange = mqttspec_vectors::folder("exchange");
//! assert!(exchange.iter().any(|file| file.path == "exchange/3.12-pingreq/answered.yaml"));
//! ```

#![no_std]

use core::fmt;

/// The version of the vector language in which `exchange/` and `packets/` are written.
///
/// It grows by one whenever a runner of the version before would refuse a vector, or read it in another way: with a new
/// key, a new kind of step or value, and a changed rule of judgement. New vectors and new statements leave it as it is.
/// A runner should refuse a version that is higher than its own.
pub const LANGUAGE_VERSION: u32 = 2;

/// A file of the vectors.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The path from the root of the vectors, with `/` on every system: `exchange/3.12-pingreq/answered.yaml`.
    pub path: &'static str,
    /// The whole text: YAML, JSON or Markdown, by the ending of the path.
    pub text: &'static str,
}

impl fmt::Debug for File {
    /// Shows the path; the text is long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("path", &self.path).finish_non_exhaustive()
    }
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// All files, sorted by path.
#[must_use]
pub fn files() -> &'static [File] {
    FILES
}

/// The files below a folder such as `exchange` or `statements/v5`, sorted by path; none if there is no such folder.
#[must_use]
pub fn folder(path: &str) -> &'static [File] {
    let is_before = |file: &File| match file.path.strip_prefix(path) {
        Some(rest) => rest < "/",
        None => file.path < path,
    };
    let is_inside = |file: &File| matches!(file.path.strip_prefix(path), Some(rest) if rest.starts_with('/'));
    let start = FILES.partition_point(is_before);
    let len = FILES[start..].partition_point(is_inside);
    &FILES[start..start + len]
}

/// The text of the file at a path such as `packets/subscribe.yaml`.
#[must_use]
pub fn get(path: &str) -> Option<&'static str> {
    FILES.binary_search_by(|file| file.path.cmp(path)).ok().map(|index| FILES[index].text)
}
