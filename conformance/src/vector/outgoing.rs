//! The fields of a packet that is sent.

use std::collections::BTreeMap;

use mqttspec_codec::{PacketType, Version};

use super::{
    compiler::{Compiler, Scope},
    names::{Found, unbound},
    scalar,
    script::{Name, Outgoing, Term},
    sendable,
};
use crate::{
    packet::{
        Value,
        fields::{self, Field, Kind},
    },
    source::{Entry, Keys, Mark, Mistake, Node, Tree, nearest},
};

impl Compiler<'_> {
    /// A packet and its written fields.
    pub(super) fn outgoing(
        &mut self,
        packet_type: PacketType,
        node: &Node,
        at: Mark,
        scope: Scope<'_>,
    ) -> Result<Outgoing, Mistake> {
        let outgoing = self.written(packet_type, node, at, scope)?;
        match sendable::check(&outgoing, scope.version) {
            Ok(()) => Ok(outgoing),
            Err(why) => Err(Mistake::new(at, format!("cannot send this {packet_type} in {}: {why}", scope.version))),
        }
    }

    /// A packet and its written fields; required fields may be missing.
    pub(super) fn written(
        &mut self,
        packet_type: PacketType,
        node: &Node,
        at: Mark,
        scope: Scope<'_>,
    ) -> Result<Outgoing, Mistake> {
        exists(packet_type, at, scope.version)?;
        let table = fields::of(packet_type);
        let fields = match self.find(node, scope)?.node() {
            None | Some(Node { value: Tree::Null, .. }) => BTreeMap::new(),
            Some(node) => self.terms(node, &table, Some(packet_type), packet_type.name(), scope)?,
        };
        Ok(Outgoing { packet_type, fields })
    }

    /// The fields of a packet, a Will or a subscription.
    fn terms(
        &mut self,
        node: &Node,
        table: &[Field],
        packet: Option<PacketType>,
        what: &str,
        scope: Scope<'_>,
    ) -> Result<BTreeMap<&'static str, Term>, Mistake> {
        let mut terms = BTreeMap::new();
        for entry in node.map()? {
            let Some(field) = self.field(entry, table, what, &[], scope)? else { continue };
            if let Some(term) = self.term(&entry.value, field.kind, packet, field.name, scope)? {
                terms.insert(field.name, term);
            }
        }
        Ok(terms)
    }

    /// The field of a key; `None` if it has no value in this version.
    pub(super) fn field(
        &self,
        entry: &Entry,
        table: &[Field],
        what: &str,
        others: &[&str],
        scope: Scope<'_>,
    ) -> Result<Option<Field>, Mistake> {
        let Some(field) = table.iter().find(|field| field.name == entry.key) else {
            let names = table.iter().map(|field| field.name).chain(others.iter().copied());
            let help = nearest(&entry.key, names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Mistake::new(entry.at, format!("unknown field `{}` in {what}{help}", entry.key)));
        };
        if field.exists_in(scope.version) {
            return Ok(Some(*field));
        }
        match self.find(&entry.value, scope)? {
            Found::Nothing => Ok(None),
            _ => Err(Mistake::new(
                entry.at,
                format!("{what} has no `{}` in {}; write `{{v5: ..}}`", field.name, scope.version),
            )),
        }
    }

    /// A value to be sent; `None` if it exists only for another version.
    pub(super) fn term(
        &mut self,
        node: &Node,
        kind: Kind,
        packet: Option<PacketType>,
        name: &str,
        scope: Scope<'_>,
    ) -> Result<Option<Term>, Mistake> {
        let (found, is_known) = match self.find(node, scope)? {
            Found::Nothing => return Ok(None),
            Found::Name(name) => return self.name_in_send(node, name, kind).map(Some),
            Found::Node(found) => (found.clone(), false),
            Found::Known(known) => (known, true),
        };
        self.literal(&found, kind, packet, name, is_known, scope).map(Some)
    }

    fn name_in_send(&mut self, node: &Node, name: Name, kind: Kind) -> Result<Term, Mistake> {
        if kind == Kind::PacketId {
            self.flow.bound.insert(name.clone());
        }
        match self.flow.bound.contains(&name) {
            true => Ok(Term::Name(name)),
            false => Err(node.mistake(unbound(&name))),
        }
    }

    /// A value that is neither a name nor a map of versions.
    pub(super) fn literal(
        &mut self,
        node: &Node,
        kind: Kind,
        packet: Option<PacketType>,
        name: &str,
        is_known: bool,
        scope: Scope<'_>,
    ) -> Result<Term, Mistake> {
        match kind {
            Kind::Text | Kind::Topic | Kind::Filter | Kind::ClientId | Kind::Binary => {
                self.text(node, kind, is_known, scope)
            }
            Kind::ReasonCodes => self.list(node, Kind::ReasonCode, packet, name, scope),
            Kind::Filters => self.list(node, Kind::Filter, packet, name, scope),
            Kind::SubscriptionIdentifiers => self.list(node, Kind::Number(0x0FFF_FFFF), packet, name, scope),
            Kind::UserProperties => {
                let mut pairs = Vec::new();
                for (pair, rows) in self.items(node.list()?, scope)? {
                    let scope = Scope { rows: &rows, ..scope };
                    let [key, value] = pair_of(&pair)?;
                    let pair = [
                        self.term(key, Kind::Text, None, name, scope)?,
                        self.term(value, Kind::Text, None, name, scope)?,
                    ];
                    pairs.push(listed(pair.into_iter().flatten().collect()));
                }
                Ok(listed(pairs))
            }
            Kind::Subscriptions => {
                let mut subscriptions = Vec::new();
                for (item, rows) in self.items(node.list()?, scope)? {
                    let scope = Scope { rows: &rows, ..scope };
                    let fields = self.terms(&item, fields::SUBSCRIPTION, packet, "a subscription", scope)?;
                    if !fields.contains_key("filter") {
                        return Err(item.mistake("a subscription needs a `filter`"));
                    }
                    subscriptions.push(mapped(fields));
                }
                Ok(listed(subscriptions))
            }
            Kind::Will => {
                let fields = self.terms(node, &fields::will(), packet, "a Will", scope)?;
                if !fields.contains_key("topic") {
                    return Err(node.mistake("a Will needs a `topic`"));
                }
                Ok(mapped(fields))
            }
            Kind::Flag | Kind::Number(_) | Kind::Qos | Kind::PacketId | Kind::ReasonCode => {
                scalar::read(node, kind, packet, name).map(Term::Value)
            }
        }
    }

    fn list(
        &mut self,
        node: &Node,
        kind: Kind,
        packet: Option<PacketType>,
        name: &str,
        scope: Scope<'_>,
    ) -> Result<Term, Mistake> {
        let mut terms = Vec::new();
        for (item, rows) in self.items(node.list()?, scope)? {
            let item = repeated(&item)?;
            terms.extend(self.term(item, kind, packet, name, Scope { rows: &rows, ..scope })?);
        }
        Ok(listed(terms))
    }
}

/// Checks that the packet type exists in that version.
pub(super) fn exists(packet_type: PacketType, at: Mark, version: Version) -> Result<(), Mistake> {
    if packet_type == PacketType::Auth && !version.has_properties() {
        return Err(Mistake::new(at, format!("AUTH does not exist in {version}")));
    }
    Ok(())
}

/// Key and value of a User Property.
pub(super) fn pair_of(node: &Node) -> Result<&[Node; 2], Mistake> {
    node.list()
        .ok()
        .and_then(|pair| <&[Node; 2]>::try_from(pair).ok())
        .ok_or_else(|| node.expected("a User Property `[key, value]`"))
}

/// The item that `for` repeats in a list whose items are not maps, as in `{for: {n: 1..3}, item: "f/${n}"}`; `for` has
/// been removed.
pub(super) fn repeated(node: &Node) -> Result<&Node, Mistake> {
    match &node.value {
        Tree::Map(entries) if entries.iter().any(|entry| entry.key == "item") => {
            let mut keys = Keys::of(node, "a repeated item")?;
            let item = keys.need("item")?;
            keys.done()?;
            Ok(item)
        }
        _ => Ok(node),
    }
}

/// A list; it is a value if all its items are values.
fn listed(terms: Vec<Term>) -> Term {
    let values = terms.iter().map(|term| match term {
        Term::Value(value) => Some(value.clone()),
        _ => None,
    });
    match values.collect() {
        Some(values) => Term::Value(Value::List(values)),
        None => Term::List(terms),
    }
}

/// A map; it is a value if all its fields are values.
fn mapped(fields: BTreeMap<&'static str, Term>) -> Term {
    let values = fields.iter().map(|(name, term)| match term {
        Term::Value(value) => Some((*name, value.clone())),
        _ => None,
    });
    match values.collect() {
        Some(values) => Term::Value(Value::Map(values)),
        None => Term::Map(fields),
    }
}
