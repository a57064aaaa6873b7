//! The state of compiling a case for one version and one row.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mqttspec_codec::Version;

use super::{
    case::RunContext,
    head,
    names::Rows,
    prefix::Prefix,
    script::{Client, Name},
};
use crate::source::{Mark, Mistake, Node, Source};

/// Compiles nodes to steps.
pub(super) struct Compiler<'a> {
    pub(super) source: &'a Source,
    pub(super) version: Version,
    pub(super) no_prefix: bool,
    /// Whether names are disabled: `$x` is text, and there is no `for`. This is so outside of `exchange`.
    pub(super) plain: bool,
    pub(super) context: &'a RunContext,
    /// The capabilities that `requires` names.
    pub(super) required: BTreeSet<String>,
    /// The clients that `clients` declares.
    pub(super) declared: BTreeMap<Name, (Version, usize)>,
    /// Every client named so far.
    pub(super) clients: BTreeMap<Name, Client>,
    /// Every client that has acted, on some path.
    pub(super) acted: BTreeSet<Name>,
    /// Whether a `may` is being read; its clients may connect later.
    pub(super) in_may: bool,
    pub(super) flow: Flow,
    pub(super) mistakes: Vec<Mistake>,
}

/// What is known at a step, on every path that leads to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flow {
    /// Names that have a value.
    pub(super) bound: BTreeSet<Name>,
    /// Clients that have sent DISCONNECT and have not closed yet.
    pub(super) leaving: BTreeSet<Name>,
}

impl Flow {
    /// What is known after either of two paths.
    pub(super) fn meet(&self, other: &Flow) -> Flow {
        Flow {
            bound: self.bound.intersection(&other.bound).cloned().collect(),
            leaving: self.leaving.intersection(&other.leaving).cloned().collect(),
        }
    }
}

/// The client on whose behalf a node is read.
#[derive(Clone, Copy)]
pub(super) struct Scope<'r> {
    /// The names of `for` and their values.
    pub(super) rows: &'r Rows,
    /// The version of the client acting.
    pub(super) version: Version,
    /// Its Client Identifier.
    pub(super) me: &'r str,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(source: &'a Source, version: Version, context: &'a RunContext) -> Self {
        Compiler {
            source,
            version,
            no_prefix: false,
            plain: false,
            context,
            required: BTreeSet::new(),
            declared: BTreeMap::new(),
            clients: BTreeMap::new(),
            acted: BTreeSet::new(),
            in_may: false,
            flow: Flow::default(),
            mistakes: Vec::new(),
        }
    }

    /// The client of that name, which belongs to the case from now on.
    pub(super) fn client(&mut self, who: &str, at: Mark) -> Result<(Name, Client), Mistake> {
        if let Some((name, client)) = self.clients.get_key_value(who) {
            return Ok((Arc::clone(name), client.clone()));
        }
        head::check_name(who, at)?;
        let (version, node) = self.declared.get(who).copied().unwrap_or((self.version, 1));
        let client_id = format!("{}{who}", self.context.prefix.letters);
        let (name, client) = (Name::from(who), Client { version, node, client_id });
        self.clients.insert(Arc::clone(&name), client.clone());
        Ok((name, client))
    }

    /// Records a mistake, so that reading can go on.
    pub(super) fn keep<T>(&mut self, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }

    /// The line of a place, trimmed and without the `-` of a list item.
    pub(super) fn line(&self, at: Mark) -> Arc<str> {
        Arc::from(self.source.line(at.line).trim_start_matches([' ', '-']).trim_end())
    }

    /// A place within a string, if the file contains the text verbatim.
    pub(super) fn inside(&self, node: &Node, text: &str, offset: usize) -> Mark {
        let line = self.source.line(node.at.line);
        let start = usize::try_from(node.at.column).unwrap_or(1).saturating_sub(1);
        let written: String = line.chars().skip(start).collect();
        let quote = u64::from(written.starts_with(['"', '\'']));
        if written.trim_start_matches(['"', '\'']).starts_with(text) {
            let before = text.get(..offset).map_or(0, |before| before.chars().count());
            return Mark { column: node.at.column + quote + u64::try_from(before).unwrap_or(0), ..node.at };
        }
        node.at
    }

    pub(super) fn prefix(&self) -> &'a Prefix {
        &self.context.prefix
    }
}
