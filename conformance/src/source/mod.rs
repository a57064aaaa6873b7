//! Parses YAML into a tree in which every node knows its place, so that each mistake in a vector is reported with its
//! line and column and with what was expected there. Other modules interpret the tree.

mod access;
pub(crate) mod files;
mod mistake;
mod reader;
mod suggest;

use std::{fmt, path::Path, sync::Arc};

pub use {
    access::Keys,
    mistake::{LoadError, Mistake, Source},
    reader::parse,
    suggest::nearest,
};

/// A position in a string; line and column start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

/// A file and a place in it, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its path; for vectors, relative to the folder of their kind.
    pub file: Arc<str>,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: u64,
}

impl Place {
    /// The place in a file below this folder.
    pub(crate) fn below(&self, folder: Option<&Path>) -> Self {
        let file = folder.map(|folder| folder.join(&*self.file).display().to_string());
        Self { file: file.map_or_else(|| Arc::clone(&self.file), Arc::from), ..*self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub at: Mark,
    /// The measure.
    pub value: Tree,
}

/// A YAML value: a scalar of some kind, a list or a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// Text, bare or in quotes.
    Text(String),
    /// A whole number, also `0x8E`.
    Number(u64),
    /// A number that is negative or has a fraction.
    OtherNumber(String),
    /// `true` or `false`; no other words are booleans.
    Bool(bool),
    /// `null`, `~` or nothing at all.
    Null,
    /// `[..]` or lines with `-`
    List(Vec<Node>),
    /// `{..}` or lines with `:`, in the order written. No key appears twice.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key; numbers and booleans are not allowed as keys.
    pub key: String,
    /// The place of the key.
    pub at: Mark,
    /// The value after the colon.
    pub value: Node,
}

/// Shows it on one line, as it might have been written.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |index: usize| if index == 0 { "" } else { ", " };
        match &self.value {
            Tree::Text(text) | Tree::OtherNumber(text) => f.write_str(text),
            Tree::Number(number) => write!(f, "{number}"),
            Tree::Bool(value) => write!(f, "{value}"),
            Tree::Null => f.write_str("null"),
            Tree::List(items) => {
                f.write_str("[")?;
                items.iter().enumerate().try_for_each(|(index, item)| write!(f, "{}{item}", comma(index)))?;
                f.write_str("]")
            }
            Tree::Map(entries) => {
                f.write_str("{")?;
                let mut entries = entries.iter().enumerate();
                entries
                    .try_for_each(|(index, Entry { key, value, .. })| write!(f, "{}{key}: {value}", comma(index)))?;
                f.write_str("}")
            }
        }
    }
}

impl Tree {
    /// The kind of value, for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Tree::Text(_) => "a string",
            Tree::Number(_) | Tree::OtherNumber(_) => "a number",
            Tree::Bool(_) => "a boolean",
            Tree::Null => "nothing",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a map",
        }
    }
}
