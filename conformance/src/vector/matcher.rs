//! Matchers: what a field of an expectation accepts.

use mqttspec_codec::PacketType;

use super::{
    compiler::{Compiler, Scope},
    names::{Found, unbound},
    outgoing::{pair_of, repeated},
    script::Matcher,
};
use crate::{
    packet::fields::Kind,
    source::{Keys, Mistake, Node, Tree},
};

/// A field of an expectation.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'n> {
    pub(super) kind: Kind,
    pub(super) name: &'n str,
    /// The packet that carries it, which decides which Reason Codes are possible.
    pub(super) packet: Option<PacketType>,
    /// Whether an unbound name is allowed here; the value received then binds it.
    pub(super) binds: bool,
}

impl Compiler<'_> {
    /// The matcher of a field; `None` if the field exists only in another version.
    pub(super) fn matcher(
        &mut self,
        node: &Node,
        wanted: Wanted<'_>,
        scope: Scope<'_>,
    ) -> Result<Option<Matcher>, Mistake> {
        let (found, is_known) = match self.find(node, scope)? {
            Found::Nothing => return Ok(None),
            Found::Name(name) => {
                if wanted.binds {
                    self.flow.bound.insert(name.clone());
                }
                return match self.flow.bound.contains(&name) {
                    true => Ok(Some(Matcher::Is(crate::vector::script::Term::Name(name)))),
                    false => Err(node.mistake(unbound(&name))),
                };
            }
            Found::Node(found) => (found.clone(), false),
            Found::Known(known) => (known, true),
        };
        if let Some(word) = word(&found, wanted).filter(|_| !is_known) {
            return Ok(Some(word));
        }
        if let Some(matcher) = self.choice(&found, wanted, scope)? {
            return Ok(Some(matcher));
        }
        let inner = |kind| Wanted { kind, ..wanted };
        let matcher = match wanted.kind {
            Kind::ReasonCodes => Matcher::Items(self.matchers(&found, inner(Kind::ReasonCode), scope)?),
            Kind::Filters => Matcher::Items(self.matchers(&found, inner(Kind::Filter), scope)?),
            Kind::SubscriptionIdentifiers => {
                Matcher::Unordered(self.matchers(&found, inner(Kind::Number(0x0FFF_FFFF)), scope)?)
            }
            Kind::UserProperties => {
                let mut pairs = Vec::new();
                for (pair, rows) in self.items(found.list()?, scope)? {
                    let scope = Scope { rows: &rows, ..scope };
                    let [key, value] = pair_of(&pair)?;
                    let pair =
                        [self.matcher(key, inner(Kind::Text), scope)?, self.matcher(value, inner(Kind::Text), scope)?];
                    pairs.push(Matcher::Items(pair.into_iter().flatten().collect()));
                }
                Matcher::Within(pairs)
            }
            kind => Matcher::Is(self.literal(&found, kind, wanted.packet, wanted.name, is_known, scope)?),
        };
        Ok(Some(matcher))
    }

    /// `{any of: ..}`, `{not: ..}`, `{at least: ..}`, `{each: ..}`
    fn choice(&mut self, node: &Node, wanted: Wanted<'_>, scope: Scope<'_>) -> Result<Option<Matcher>, Mistake> {
        let Tree::Map(entries) = &node.value else { return Ok(None) };
        let Some(first) = entries.iter().map(|entry| entry.key.as_str()).find(|key| CHOICES.contains(key)) else {
            return match wanted.kind {
                Kind::Text | Kind::Topic | Kind::Filter | Kind::ClientId | Kind::Binary => Ok(None),
                _ => Err(node.mistake(format!("`{}` accepts a map with {} only", wanted.name, CHOICES.join(", ")))),
            };
        };
        let free = Wanted { binds: false, ..wanted };
        let mut keys = Keys::of(node, "a choice of values")?;
        let matcher = match first {
            "any of" | "warn" => {
                let hard = keys.need("any of")?;
                let hard = self.matchers(hard, free, scope)?;
                let warn = keys.get("warn").map(|warn| self.matchers(warn, free, scope)).transpose()?;
                Matcher::AnyOf { hard, warn: warn.unwrap_or_default() }
            }
            "not" => {
                let not = keys.need("not")?;
                match self.matcher(not, free, scope)? {
                    Some(matcher) => Matcher::Not(Box::new(matcher)),
                    None => return Err(not.mistake("no value for this version")),
                }
            }
            "each" => {
                let each = keys.need("each")?;
                let kind = match wanted.kind {
                    Kind::ReasonCodes => Kind::ReasonCode,
                    Kind::Filters => Kind::Filter,
                    Kind::SubscriptionIdentifiers => Kind::Number(0x0FFF_FFFF),
                    _ => {
                        return Err(
                            node.mistake(format!("`{}` is not a list, so `each` is not allowed here", wanted.name))
                        );
                    }
                };
                match self.matcher(each, Wanted { kind, ..free }, scope)? {
                    Some(matcher) => Matcher::Each(Box::new(matcher)),
                    None => return Err(each.mistake("no value for this version")),
                }
            }
            _ => {
                if !matches!(wanted.kind, Kind::Number(_) | Kind::Qos | Kind::PacketId) {
                    return Err(node.mistake(format!("`{}` is not a number, so it cannot have bounds", wanted.name)));
                }
                let least = keys.get("at least").map(|node| self.known_number(node, scope)).transpose()?.flatten();
                let most = keys.get("at most").map(|node| self.known_number(node, scope)).transpose()?.flatten();
                Matcher::Between(least.unwrap_or(0), most.unwrap_or(u64::MAX))
            }
        };
        keys.done()?;
        Ok(Some(matcher))
    }

    fn matchers(&mut self, node: &Node, wanted: Wanted<'_>, scope: Scope<'_>) -> Result<Vec<Matcher>, Mistake> {
        let mut matchers = Vec::new();
        for (item, rows) in self.items(node.list()?, scope)? {
            let item = repeated(&item)?;
            matchers.extend(self.matcher(item, wanted, Scope { rows: &rows, ..scope })?);
        }
        Ok(matchers)
    }
}

/// The words that are matchers rather than literals.
fn word(node: &Node, wanted: Wanted<'_>) -> Option<Matcher> {
    let Tree::Text(text) = &node.value else { return None };
    match (text.as_str(), wanted.kind) {
        ("any", _) => Some(Matcher::Any),
        ("absent", _) => Some(Matcher::Absent),
        ("failure", Kind::ReasonCode) => Some(Matcher::Failure),
        _ => None,
    }
}

const CHOICES: [&str; 6] = ["any of", "warn", "not", "each", "at least", "at most"];
