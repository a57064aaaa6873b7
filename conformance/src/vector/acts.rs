//! Steps in which a client does something, and steps that stop the broker.

use mqttspec_codec::PacketType;

use super::{
    compiler::{Compiler, Scope},
    head::{Head, Verb},
    script::{Action, Outage},
};
use crate::source::{Entry, Keys, Mistake, Node, Tree};

impl Compiler<'_> {
    /// An action of a client.
    pub(super) fn act(&mut self, head: Head<'_>, verb: &Entry, scope: Scope<'_>) -> Result<Action, Mistake> {
        let (who, client) = self.client(head.who, verb.at)?;
        self.acted.insert(who.clone());
        let scope = Scope { version: client.version, me: &client.client_id, ..scope };
        let is_leaving = self.flow.leaving.contains(&who);
        if is_leaving && !matches!(head.verb, Verb::Close | Verb::Drop | Verb::SendHex | Verb::Frame) {
            let what = format!("`{who}` has sent DISCONNECT; expected `{who} -> close`, `-> drop` or `<- closed` next");
            return Err(Mistake::new(verb.at, what));
        }
        match head.verb {
            Verb::Send(packet_type) => {
                let outgoing = self.outgoing(packet_type, &verb.value, verb.at, scope)?;
                if packet_type == PacketType::Disconnect {
                    self.flow.leaving.insert(who.clone());
                }
                Ok(Action::Send(who, outgoing))
            }
            Verb::Exchange(packet_type) => {
                Ok(Action::Exchange(who, self.outgoing(packet_type, &verb.value, verb.at, scope)?))
            }
            Verb::SendHex => Ok(Action::Raw(who, self.hex(&verb.value, scope)?)),
            Verb::Open => {
                let Some(mut keys) = optional_keys(&verb.value, "`open`")? else {
                    return Ok(Action::Open { who, subprotocols: None, path: None });
                };
                let subprotocols = keys.get("subprotocols").map(|node| self.texts(node, scope)).transpose()?;
                let path = keys.get("path").map(|node| self.known_text(node, scope)).transpose()?.flatten();
                keys.done()?;
                Ok(Action::Open { who, subprotocols, path })
            }
            Verb::Frame => {
                let mut keys = Keys::of(&verb.value, "`frame`")?;
                let opcode = keys.need("opcode")?;
                let number = self.known_number(opcode, scope)?.unwrap_or_default();
                let hex = self.hex_packet(keys.need("hex")?, scope)?;
                let fin = keys.get("fin").map(Node::boolean).transpose()?.unwrap_or(true);
                keys.done()?;
                let opcode = u8::try_from(number).ok().filter(|number| *number < 16);
                let opcode = opcode.ok_or_else(|| verb.value.mistake("expected a number from 0 to 15 as `opcode`"))?;
                Ok(Action::Frame { who, opcode, fin, hex })
            }
            _ => {
                if let Some(keys) = optional_keys(&verb.value, "a closing step")? {
                    keys.done()?;
                }
                self.flow.leaving.remove(&who);
                Ok(if head.verb == Verb::Drop { Action::Drop(who) } else { Action::Close(who) })
            }
        }
    }

    pub(super) fn outage(&self, node: &Node, scope: Scope<'_>) -> Result<Outage, Mistake> {
        match self.known_text(node, scope)?.as_deref() {
            Some("restart") => Ok(Outage::Restart),
            Some("kill") => Ok(Outage::Kill),
            _ => Err(node.expected("`restart` or `kill`")),
        }
    }

    fn texts(&self, node: &Node, scope: Scope<'_>) -> Result<Vec<String>, Mistake> {
        let texts = node.list()?.iter().map(|node| self.known_text(node, scope));
        Ok(texts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}

/// The keys of an optional value.
fn optional_keys<'n>(node: &'n Node, what: &'n str) -> Result<Option<Keys<'n>>, Mistake> {
    match node.value {
        Tree::Null => Ok(None),
        _ => Keys::of(node, what).map(Some),
    }
}
