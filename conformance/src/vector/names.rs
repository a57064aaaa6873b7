//! Resolves versions and names in a node, as far as they are known before the case starts.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    compiler::{Compiler, Scope},
    duration, requires,
    script::{Name, Piece},
    version::{choose, is_by_version},
};
use crate::{
    packet::Value,
    source::{Mistake, Node, Tree},
};
use std::time::Duration;

/// The names that `for` defines, and their values as written.
pub(super) type Rows = BTreeMap<String, Node>;

/// What a node resolves to.
pub(super) enum Found<'n> {
    /// A value as written in the vector or in a row.
    Node(&'n Node),
    /// The value of a capability, or the name of the run; it gets no prefix.
    Known(Node),
    /// A name that is bound while the case runs.
    Name(Name),
    /// There is a value for another version only, so the field is left out.
    Nothing,
}

impl Found<'_> {
    /// The node, if there is one before the case starts.
    pub(super) fn node(&self) -> Option<&Node> {
        match self {
            Found::Node(node) => Some(node),
            Found::Known(node) => Some(node),
            Found::Name(_) | Found::Nothing => None,
        }
    }
}

impl Compiler<'_> {
    /// Resolves versions, and names that are a whole value.
    pub(super) fn find<'n>(&self, node: &'n Node, scope: Scope<'n>) -> Result<Found<'n>, Mistake> {
        let mut current = node;
        for _ in 0..DEEPEST {
            match &current.value {
                Tree::Map(entries) if is_by_version(entries)? => match choose(entries, scope.version) {
                    Some(chosen) => current = chosen,
                    None => return Ok(Found::Nothing),
                },
                Tree::Text(text) => match whole_name(text).filter(|_| !self.plain) {
                    None => return Ok(Found::Node(current)),
                    Some(name) => match scope.rows.get(name) {
                        Some(row) => current = row,
                        None => {
                            let known = self.known(name, current)?;
                            return Ok(known.map_or_else(|| Found::Name(Name::from(name)), Found::Known));
                        }
                    },
                },
                _ => return Ok(Found::Node(current)),
            }
        }
        Err(node.mistake("these names refer to each other"))
    }

    /// The value of a name that has one before the case starts, apart from those of rows.
    pub(super) fn known(&self, name: &str, at: &Node) -> Result<Option<Node>, Mistake> {
        if name == "run" {
            return Ok(Some(Node { at: at.at, value: Tree::Text(self.context.run.clone()) }));
        }
        if !self.required.contains(name) {
            return match requires::capability(name) {
                Some(_) => Err(at.mistake(format!("`${name}` has a value only if `requires` lists it"))),
                None => Ok(None),
            };
        }
        let value = match self.context.known.get(name) {
            Some(Value::Bool(value)) => Tree::Bool(*value),
            Some(Value::Number(number)) => Tree::Number(*number),
            Some(Value::Bytes(bytes)) => Tree::Text(String::from_utf8_lossy(bytes).into_owned()),
            _ => return Err(at.mistake(format!("the broker's `{name}` is unknown"))),
        };
        Ok(Some(Node { at: at.at, value }))
    }

    /// The pieces of a string. Names with a known value are replaced; other names must be bound by then.
    pub(super) fn pieces(&self, node: &Node, text: &str, scope: Scope<'_>) -> Result<Vec<Piece>, Mistake> {
        let mut pieces = Pieces::default();
        if self.plain {
            pieces.literal(text);
            return Ok(pieces.0);
        }
        self.push_pieces(node, text, scope, DEEPEST, &mut pieces)?;
        Ok(pieces.0)
    }

    fn push_pieces(
        &self,
        node: &Node,
        text: &str,
        scope: Scope<'_>,
        depth: u8,
        into: &mut Pieces,
    ) -> Result<(), Mistake> {
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            into.literal(before);
            let at = self.inside(node, text, text.len() - from.len());
            let name = from.strip_prefix("${").and_then(|from| from.split_once('}'));
            let Some((name, after)) = name.filter(|(name, _)| is_name(name)) else {
                return Err(Mistake::new(at, "unclosed `${`; expected a name and `}`"));
            };
            rest = after;
            let here = Node { at, value: node.value.clone() };
            let known = match scope.rows.get(name) {
                Some(row) => self.find(row, scope)?,
                None => self.known(name, &here)?.map_or_else(|| Found::Name(Name::from(name)), Found::Known),
            };
            match (&known, known.node().map(|node| &node.value)) {
                (_, Some(Tree::Number(number))) => into.literal(&number.to_string()),
                (Found::Known(_), Some(Tree::Text(text))) => into.literal(text),
                (_, Some(Tree::Text(text))) if depth > 0 => self.push_pieces(node, text, scope, depth - 1, into)?,
                (Found::Name(name), _) if self.flow.bound.contains(name) => into.0.push(Piece::Name(name.clone())),
                (Found::Name(name), _) => return Err(Mistake::new(at, unbound(name))),
                _ => {
                    return Err(Mistake::new(
                        at,
                        format!("`{name}` is neither a string nor a number, so it cannot be part of a string"),
                    ));
                }
            }
        }
        into.literal(rest);
        Ok(())
    }

    /// A string that is known before the case starts.
    pub(super) fn known_text(&self, node: &Node, scope: Scope<'_>) -> Result<Option<String>, Mistake> {
        let found = self.find(node, scope)?;
        let text = match &found {
            Found::Nothing => return Ok(None),
            Found::Name(name) => return Err(node.mistake(unbound(name))),
            Found::Known(known) => return Ok(Some(known.text()?.to_owned())),
            Found::Node(found) => found.text()?,
        };
        let mut bytes = Vec::new();
        for piece in self.pieces(node, text, scope)? {
            match piece {
                Piece::Literal(literal) => bytes.extend(literal),
                Piece::Name(name) => {
                    return Err(node.mistake(format!("`${{{name}}}` has no value before the case starts")));
                }
            }
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A number that is known before the case starts.
    pub(super) fn known_number(&self, node: &Node, scope: Scope<'_>) -> Result<Option<u64>, Mistake> {
        match self.find(node, scope)? {
            Found::Nothing => Ok(None),
            Found::Name(name) => Err(node.mistake(format!("`${name}` has no value before the case starts"))),
            Found::Node(node) => node.number().map(Some),
            Found::Known(node) => node.number().map(Some),
        }
    }

    /// A time.
    pub(super) fn duration(&self, node: &Node, scope: Scope<'_>) -> Result<Option<Duration>, Mistake> {
        let wanted = || node.expected("a time such as `3s` or `500ms`");
        if matches!(node.value, Tree::Number(_) | Tree::OtherNumber(_) | Tree::Bool(_) | Tree::Null) {
            return Err(wanted());
        }
        let text = self.known_text(node, scope)?;
        text.map(|text| duration::parse(&text).ok_or_else(wanted)).transpose()
    }
}

/// The message for a name that has no value yet.
pub(super) fn unbound(name: &str) -> String {
    format!("`${name}` may have no value here; bind it before, on every path, with `for` or an expectation")
}

/// The name, if the whole text is one: `$x`.
pub(super) fn whole_name(text: &str) -> Option<&str> {
    text.strip_prefix('$').filter(|name| is_name(name))
}

/// Whether a name consists of lower-case letters, digits and `_`, beginning with a letter.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Collects pieces, and joins neighbouring literals.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn literal(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Literal(last)) => last.extend(text.as_bytes()),
            _ => self.0.push(Piece::Literal(text.as_bytes().to_vec())),
        }
    }
}

/// How deeply the text of a name may refer to further names.
const DEEPEST: u8 = 16;

/// The node without its key `for`.
pub(super) fn without<'n>(node: &'n Node, key: &str) -> Cow<'n, Node> {
    match &node.value {
        Tree::Map(entries) if entries.iter().any(|entry| entry.key == key) => {
            let rest = entries.iter().filter(|entry| entry.key != key).cloned().collect();
            Cow::Owned(Node { at: node.at, value: Tree::Map(rest) })
        }
        _ => Cow::Borrowed(node),
    }
}
