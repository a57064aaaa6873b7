//! A case for one version and one row, and the script it becomes for a run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use mqttspec_codec::{PacketType, Version};

use super::{
    citation::Citation,
    common::Common,
    compiler::{Compiler, Scope},
    head,
    names::Rows,
    prefix::Prefix,
    script::{Action, Framing, Matcher, Outgoing, Script, Step},
    steps::names_in,
};
use crate::{
    packet::Value,
    source::{LoadError, Mistake, Node, Place, Source, Tree},
};

/// A case for one version and one row.
#[derive(Clone)]
#[non_exhaustive]
pub struct Case {
    /// Path and name, and its row: `3.01-connect/keep-alive/silence[x=1,y=2]`. The version is not in it.
    pub id: String,
    /// The title of its file.
    pub title: String,
    /// The version it runs for.
    pub version: Version,
    /// The statements it cites for that version.
    pub cites: Vec<Citation>,
    /// The statements that its clients break on purpose, for that version.
    pub client_breaks: Vec<Citation>,
    /// What the broker must offer, by name of the capability; otherwise the case is skipped.
    #[doc(hidden)]
    pub requires: Vec<(String, Matcher)>,
    /// Whether it runs alone, with topics and Client Identifiers exactly as written.
    pub no_prefix: bool,
    /// The place of its name.
    pub place: Place,
    /// How many nodes of a cluster it connects to.
    pub nodes: usize,
    pub(super) needs_websocket: bool,
    pub(super) body: Arc<Body>,
    pub(super) rows: Rows,
}

/// The part of a case that all its versions and rows share, as written.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) source: Source,
    pub(super) common: Common,
    pub(super) steps: Node,
}

/// What must be known about the run before a case is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunContext {
    /// The prefix of topics and Client Identifiers, unique to run, case and version.
    pub prefix: Prefix,
    /// The broker's capabilities, by the names of `requires`: flags, numbers and text.
    pub known: BTreeMap<String, Value>,
    /// The value of `${run}`: letters and digits, unique to run, case and version.
    pub run: String,
}

impl RunContext {
    /// For compiling a case before a broker is known.
    pub(crate) fn placeholder() -> Self {
        let prefix = Prefix { level: "prefix".to_owned(), letters: "prefix".to_owned() };
        Self { prefix, known: BTreeMap::new(), run: "run".to_owned() }
    }
}

impl Case {
    /// The id without the row; all rows of a case share it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.split_once('[').map_or(&self.id, |(name, _)| name)
    }

    /// The path of its file on disk; `None` if it is built in.
    #[doc(hidden)]
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.body.source.path.as_deref()
    }

    /// The case in its file: its lines with their numbers.
    #[doc(hidden)]
    pub fn lines(&self) -> impl Iterator<Item = (u64, &str)> {
        self.lines_at(&self.place)
    }

    /// The same of the step at this place. A step of several lines has them all.
    #[doc(hidden)]
    pub fn lines_at(&self, place: &Place) -> impl Iterator<Item = (u64, &str)> {
        self.body.source.item(place.line)
    }

    /// Whether it can only run over WebSocket.
    #[must_use]
    pub fn needs_websocket(&self) -> bool {
        self.needs_websocket
    }

    /// The requirement of that name, as written: `maximum_qos: 2`.
    #[must_use]
    pub fn requirement(&self, name: &str) -> String {
        let entries = self.body.common.requires.as_ref().and_then(|requires| requires.map().ok()).unwrap_or_default();
        let written = entries.iter().find(|entry| entry.key == name).map(|entry| entry.value.to_string());
        format!("{name}: {}", written.unwrap_or_else(|| "true".to_owned()))
    }

    /// The script for this run.
    ///
    /// # Errors
    /// The first mistake that only this run reveals; `Library::load` has found all others.
    #[doc(hidden)]
    pub fn script(&self, context: &RunContext) -> Result<Script, LoadError> {
        let (script, mistakes) = self.compile(context);
        match mistakes.into_iter().next() {
            Some(mistake) => Err(self.body.source.error(mistake)),
            None => Ok(script),
        }
    }

    /// The script, and all mistakes in it.
    pub(super) fn compile(&self, context: &RunContext) -> (Script, Vec<Mistake>) {
        let common = &self.body.common;
        let mut compiler = Compiler::new(&self.body.source, self.version, context);
        let scope = Scope { rows: &self.rows, version: self.version, me: "" };
        compiler.no_prefix = self.no_prefix;
        compiler.required = self.requires.iter().map(|(name, _)| name.clone()).collect();
        if let Some(clients) = &common.clients {
            let declared = compiler.declare(clients, scope);
            compiler.keep(declared);
            let unused = unused(clients, common.connected.as_ref(), &self.body.steps);
            compiler.mistakes.extend(unused);
        }
        let framing = common.framing.as_ref().map(|framing| compiler.framing(framing, scope));
        let framing = framing.and_then(|framing| compiler.keep(framing)).unwrap_or(Framing::Packet);
        let mut steps = match &common.connected {
            Some(names) => connected(&mut compiler, names),
            None => Vec::new(),
        };
        steps.extend(compiler.steps(&self.body.steps, scope));
        let script = Script {
            id: self.id.clone(),
            version: self.version,
            cites: self.cites.clone(),
            framing,
            no_prefix: self.no_prefix,
            clients: compiler.clients,
            steps,
        };
        (script, compiler.mistakes)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.version, self.id, self.place)
    }
}

/// `connected: [a]`: short for `a => CONNECT`.
fn connected(compiler: &mut Compiler<'_>, names: &Node) -> Vec<Step> {
    let mut steps = Vec::new();
    let items = names.list();
    for item in compiler.keep(items).unwrap_or_default() {
        let client = item.text().and_then(|who| compiler.client(who, item.at));
        if let Some((who, _)) = compiler.keep(client) {
            let connect = Outgoing { packet_type: PacketType::Connect, fields: BTreeMap::new() };
            compiler.acted.insert(who.clone());
            let text = Arc::from(format!("{who} => CONNECT"));
            let place = compiler.source.place(item.at);
            steps.push(Step { place, text, warn: None, action: Action::Exchange(who, connect) });
        }
    }
    steps
}

/// Clients that are declared but not used.
fn unused(clients: &Node, connected: Option<&Node>, steps: &Node) -> Vec<Mistake> {
    let mut used = BTreeSet::new();
    names_in("steps", steps, &mut used);
    let connected = connected.and_then(|names| names.list().ok()).into_iter().flatten();
    used.extend(connected.filter_map(|name| name.text().ok()));
    let entries = clients.map().unwrap_or_default().iter();
    let unused = entries.filter(|entry| !used.contains(entry.key.as_str()));
    unused
        .map(|entry| Mistake::new(entry.at, format!("client `{}` is not used in any step of this case", entry.key)))
        .collect()
}

/// Whether steps use features that only WebSocket has: `frame`, `open` with fields, or an expected subprotocol.
pub(super) fn uses_websocket(node: &Node) -> bool {
    match &node.value {
        Tree::List(items) => items.iter().any(uses_websocket),
        Tree::Map(entries) => entries.iter().any(|entry| {
            let last = entry.key.split_whitespace().last().filter(|_| head::has_arrow(&entry.key));
            let has_fields = matches!(&entry.value.value, Tree::Map(fields) if !fields.is_empty());
            last == Some("frame") || (last == Some("open") && has_fields) || uses_websocket(&entry.value)
        }),
        _ => false,
    }
}
