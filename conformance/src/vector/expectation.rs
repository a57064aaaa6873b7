//! `a <- ..` and `a <= PUBLISH`.

use std::{sync::Arc, time::Duration};

use mqttspec_codec::PacketType;

use super::{
    citation::{self, Citation},
    compiler::{Compiler, Scope},
    head::{self, Head, Verb},
    matcher::Wanted,
    outgoing::exists,
    script::{Expectation, Expected, Matcher},
};
use crate::{
    packet::fields::{self, Field, Kind},
    registry::Registry,
    source::{Entry, Mark, Mistake, Node, Tree, nearest},
};

/// The fields of an expectation, and the keys beside them.
#[derive(Default)]
struct Asked {
    fields: Vec<(&'static str, Matcher)>,
    after: Option<Duration>,
    within: Option<Duration>,
    cites: Option<Citation>,
}

impl Compiler<'_> {
    /// An expectation of a client.
    pub(super) fn expectation(
        &mut self,
        head: Head<'_>,
        entry: &Entry,
        warn: Option<Arc<str>>,
        scope: Scope<'_>,
    ) -> Result<Expectation, Mistake> {
        self.check_acted(head.who, entry.at)?;
        let (who, client) = self.client(head.who, entry.at)?;
        let scope = Scope { version: client.version, me: &client.client_id, ..scope };
        let node = &entry.value;
        let mut asked = Asked::default();
        let what = match head.verb {
            Verb::ExpectHex => Expected::Raw(self.hex_packet(node, scope)?),
            Verb::Expect(packet_type) => self.expected(packet_type, entry, &mut asked, scope)?,
            Verb::Acknowledge => self.expected(PacketType::Publish, entry, &mut asked, scope)?,
            Verb::Opened => {
                asked = self.asked(node, &[SUBPROTOCOL], None, "`open`", scope)?;
                Expected::Open(asked.fields.pop().map(|(_, matcher)| matcher))
            }
            Verb::Closed => {
                asked = self.asked(node, &[CLOSING_CODE], None, "`closed`", scope)?;
                self.flow.leaving.remove(&who);
                Expected::Closed(asked.fields.pop().map(|(_, matcher)| matcher))
            }
            Verb::Nothing => {
                asked = self.asked(node, &[], None, "`nothing`", scope)?;
                if asked.after.is_some() {
                    return Err(node.mistake("`nothing` accepts only `within` and `cites`"));
                }
                Expected::Nothing
            }
            _ => return Err(Mistake::new(entry.at, "expected an expectation, `a <- ..` or `a <= PUBLISH`")),
        };
        let acknowledge = head.verb == Verb::Acknowledge;
        let Asked { after, within, cites, .. } = asked;
        if after.zip(within).is_some_and(|(after, within)| after >= within) {
            return Err(node.mistake("expected `after` to be earlier than `within`"));
        }
        let (place, text) = (self.source.place(entry.at), self.line(entry.at));
        Ok(Expectation { place, text, warn, who, what, acknowledge, after, within, cites })
    }

    /// Checks that the client has acted before; otherwise it has no connection to expect anything on.
    fn check_acted(&self, who: &str, at: Mark) -> Result<(), Mistake> {
        if self.acted.contains(who) || self.in_may {
            return Ok(());
        }
        let near = nearest(who, self.acted.iter().map(|name| &**name));
        let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Err(Mistake::new(at, format!("`{who}` has no connection here, because it has not sent anything yet{help}")))
    }

    /// An expectation, at a place where nothing else is allowed.
    pub(super) fn only_expectation(
        &mut self,
        entry: &Entry,
        warn: Option<Arc<str>>,
        scope: Scope<'_>,
    ) -> Result<Expectation, Mistake> {
        let head = match head::has_arrow(&entry.key) {
            true => head::read(&entry.key, entry.at)?,
            false => {
                return Err(Mistake::new(entry.at, format!("expected an expectation, found `{}`", entry.key)));
            }
        };
        if !head.verb.is_expectation() {
            return Err(Mistake::new(entry.at, "expected an expectation, found a send"));
        }
        self.expectation(head, entry, warn, scope)
    }

    fn expected(
        &mut self,
        packet_type: PacketType,
        entry: &Entry,
        asked: &mut Asked,
        scope: Scope<'_>,
    ) -> Result<Expected, Mistake> {
        exists(packet_type, entry.at, scope.version)?;
        let table = fields::of(packet_type);
        *asked = self.asked(&entry.value, &table, Some(packet_type), packet_type.name(), scope)?;
        Ok(Expected::Packet(packet_type, std::mem::take(&mut asked.fields)))
    }

    /// The statement that an expectation cites in the version of the case.
    fn cited(&self, node: &Node) -> Result<Option<Citation>, Mistake> {
        // without a registry, no vector is loaded
        Registry::shared().map_or(Ok(None), |registry| citation::one(node, self.version, registry))
    }

    fn asked(
        &mut self,
        node: &Node,
        table: &[Field],
        packet: Option<PacketType>,
        what: &str,
        scope: Scope<'_>,
    ) -> Result<Asked, Mistake> {
        let mut asked = Asked::default();
        let found = self.find(node, scope)?;
        let node = match found.node() {
            None | Some(Node { value: Tree::Null, .. }) => return Ok(asked),
            Some(node) => node,
        };
        for entry in node.map()? {
            match entry.key.as_str() {
                "after" => asked.after = self.duration(&entry.value, scope)?,
                "within" => asked.within = self.duration(&entry.value, scope)?,
                "cites" => asked.cites = self.cited(&entry.value)?,
                _ => {
                    let Some(field) = self.field(entry, table, what, &EXPECTATION_KEYS, scope)? else { continue };
                    let wanted = Wanted { kind: field.kind, name: field.name, packet, binds: true };
                    if let Some(matcher) = self.matcher(&entry.value, wanted, scope)? {
                        asked.fields.push((field.name, matcher));
                    }
                }
            }
        }
        Ok(asked)
    }
}

/// The keys that an expectation may have beside the fields of its packet.
pub const EXPECTATION_KEYS: [&str; 3] = ["after", "within", "cites"];
const SUBPROTOCOL: Field = Field { name: "subprotocol", kind: Kind::Text, only_v5: false };
const CLOSING_CODE: Field = Field { name: "reason_code", kind: Kind::ReasonCode, only_v5: false };
