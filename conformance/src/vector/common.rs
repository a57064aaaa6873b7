//! The keys that a file and a case have in common. Those of the case replace those of the file.

use mqttspec_codec::Version;

use super::{
    compiler::{Compiler, Scope},
    head,
    script::{Framing, Name},
    version,
};
use crate::source::{Keys, Mistake, Node, Tree};

/// Their names.
pub const COMMON_KEYS: [&str; 8] =
    ["versions", "cites", "client_breaks", "requires", "connected", "clients", "framing", "no_prefix"];

/// The values of the common keys, as written.
#[derive(Debug, Clone, Default)]
pub(super) struct Common {
    pub(super) versions: Option<Node>,
    pub(super) cites: Option<Node>,
    pub(super) client_breaks: Option<Node>,
    pub(super) requires: Option<Node>,
    pub(super) connected: Option<Node>,
    pub(super) clients: Option<Node>,
    pub(super) framing: Option<Node>,
    pub(super) no_prefix: Option<Node>,
}

impl Common {
    /// Takes the keys of a file or a case.
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        let [versions, cites, client_breaks, requires, connected, clients, framing, no_prefix] =
            COMMON_KEYS.map(|key| keys.get(key).cloned());
        Common { versions, cites, client_breaks, requires, connected, clients, framing, no_prefix }
    }

    /// The values of the case, or else of the file.
    pub(super) fn or(self, file: &Common) -> Self {
        let file = file.clone();
        Common {
            versions: self.versions.or(file.versions),
            cites: self.cites.or(file.cites),
            client_breaks: self.client_breaks.or(file.client_breaks),
            requires: self.requires.or(file.requires),
            connected: self.connected.or(file.connected),
            clients: self.clients.or(file.clients),
            framing: self.framing.or(file.framing),
            no_prefix: self.no_prefix.or(file.no_prefix),
        }
    }
}

/// `versions: [v3.1.1, v5]`
pub(super) fn versions(node: &Node) -> Result<Vec<Version>, Mistake> {
    let items = node.list().map_err(|_| node.expected("a list such as `[v3.1.1, v5]`"))?;
    let mut versions = Vec::new();
    for item in items {
        let version = version::read(item)?;
        if versions.contains(&version) {
            return Err(item.mistake(format!("{version} appears twice")));
        }
        versions.push(version);
    }
    match versions.is_empty() {
        true => Err(node.mistake("expected at least one version")),
        false => Ok(versions),
    }
}

impl Compiler<'_> {
    /// `clients: {sub: {version: v3.1.1, node: 2}}`
    pub(super) fn declare(&mut self, node: &Node, scope: Scope<'_>) -> Result<(), Mistake> {
        for entry in node.map()? {
            head::check_name(&entry.key, entry.at)?;
            let mut keys = Keys::of(&entry.value, "a client")?;
            let (version, number) = (keys.get("version"), keys.get("node"));
            keys.done()?;
            let version = match version.map(|node| Ok((node, self.find(node, scope)?))).transpose()? {
                Some((written, found)) => version::read(found.node().unwrap_or(written))?,
                None => self.version,
            };
            let number = number.map(|node| self.known_number(node, scope)).transpose()?.flatten().unwrap_or(1);
            let number = usize::try_from(number).ok().filter(|number| (1..=255).contains(number));
            let number = number.ok_or_else(|| entry.value.mistake("expected a number of at least 1 as `node`"))?;
            self.declared.insert(Name::from(entry.key.as_str()), (version, number));
        }
        Ok(())
    }

    /// `framing`
    pub(super) fn framing(&self, node: &Node, scope: Scope<'_>) -> Result<Framing, Mistake> {
        let found = self.find(node, scope)?;
        match found.node().map(|node| &node.value) {
            None => Ok(Framing::Packet),
            Some(Tree::Text(word)) if word == "bytes" => Ok(Framing::Bytes),
            Some(Tree::Text(word)) if word == "joined" => Ok(Framing::Joined),
            Some(Tree::Map(_)) => {
                let mut keys = Keys::of(found.node().unwrap_or(node), "`framing`")?;
                let cut = keys.need("cut")?;
                keys.done()?;
                let at = self.known_number(cut, scope)?.unwrap_or_default();
                match usize::try_from(at) {
                    Ok(at) if at > 0 => Ok(Framing::Cut(at)),
                    _ => Err(cut.mistake("expected a number of at least 1 as `cut`")),
                }
            }
            Some(_) => Err(node.expected("`bytes`, `joined` or `{cut: 3}`")),
        }
    }
}
