//! The vectors of mqttspec as data.
//!
//! They say what an MQTT broker must do, and how a codec must decode and encode packets.
//!
//! The crate embeds the files and returns them by path. It does not parse them, has no dependencies and is `no_std`.
//!
//! | folder | what it holds | what a runner needs |
//! |---|---|---|
//! | `packets/` | bytes and the packets they encode | a YAML reader and the notation for bytes |
//! | `statements/` | the normative statements of MQTT 3.1.1 and 5.0 | a YAML reader |
//! | `exchange/` | exchanges over a connection, step by step | a runner of the vector language in version [`LANGUAGE_VERSION`] |
//!
//! `README.md` describes the language, and `schema.json` is its JSON Schema for editors. Both are among the files with the
//! feature `readme`, which is on by default; without the feature `comments` the
//! exchanges have none, and the statements no remarks. The crate `mqttspec` runs the vectors. Use this crate to write another
//! runner, or to test a codec.
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
/// It grows by one with every change that would make an older runner refuse a vector or read it differently: a new key,
/// a new kind of step or value, or a changed rule of judgement. New vectors and new statements do not change it.
/// A runner should refuse a version that is higher than its own.
pub const LANGUAGE_VERSION: u32 = 3;

/// The version of the data itself, which is that of this crate. It changes with every release that adds or changes a
/// vector or a statement.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One of the embedded files.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The path from the root of the vectors, with `/` on every platform: `exchange/3.12-pingreq/answered.yaml`.
    pub path: &'static str,
    /// The whole text, in YAML, JSON or Markdown according to the extension of the path.
    pub text: &'static str,
}

impl fmt::Debug for File {
    /// Shows only the path, as the text is long.
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

/// The files in a folder such as `exchange` or `statements/v5` and its subfolders, sorted by path. Empty if there is no
/// such folder.
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

/// The text of the file at a path such as `packets/subscribe.yaml`, or `None` if there is no such file.
#[must_use]
pub fn get(path: &str) -> Option<&'static str> {
    FILES.binary_search_by(|file| file.path.cmp(path)).ok().map(|index| FILES[index].text)
}
