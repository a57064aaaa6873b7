//! The vector language without names, `for` and prefixes. Packets in `vectors/packets` and on the command line are
//! written like this.

use std::collections::BTreeSet;

use mqttspec_codec::{PacketType, ReasonCode, Version};

use super::{
    case::RunContext,
    compiler::{Compiler, Scope},
    names::{Found, Rows},
    scalar,
    script::{HexPiece, Term},
};
use crate::{
    packet::{Fields, Value, fields::Kind},
    source::{Mark, Mistake, Node, Source, Tree, nearest},
};

/// Reads the values of one text for one version.
pub(crate) struct Literal<'a> {
    source: &'a Source,
    version: Version,
    context: RunContext,
    rows: Rows,
}

/// A packet and its written fields.
pub(crate) struct Written {
    pub(crate) packet_type: PacketType,
    /// The place of the packet type.
    pub(crate) at: Mark,
    pub(crate) fields: Fields,
}

impl<'a> Literal<'a> {
    pub(crate) fn new(source: &'a Source, version: Version) -> Self {
        Literal { source, version, context: RunContext::placeholder(), rows: Rows::new() }
    }

    /// The value of a node for this version, if it has one.
    pub(crate) fn find<'n>(&'n self, node: &'n Node) -> Result<Option<&'n Node>, Mistake> {
        match self.compiler().find(node, self.scope())? {
            Found::Node(found) => Ok(Some(found)),
            Found::Nothing | Found::Known(_) | Found::Name(_) => Ok(None),
        }
    }

    /// The number that a node has for this version.
    pub(crate) fn number(&self, node: &Node) -> Result<Option<u64>, Mistake> {
        self.find(node)?.map(Node::number).transpose()
    }

    /// The Reason Code that a node has for this version.
    pub(crate) fn reason_code(&self, node: &Node) -> Result<Option<ReasonCode>, Mistake> {
        let Some(node) = self.find(node)? else { return Ok(None) };
        let value = scalar::read(node, Kind::ReasonCode, None, "reason_code")?;
        Ok(value.as_number().and_then(|number| u8::try_from(number).ok()).and_then(ReasonCode::from_number))
    }

    /// The bytes of a hex text.
    pub(crate) fn hex(&self, node: &Node) -> Result<Vec<u8>, Mistake> {
        let pieces = self.compiler().hex_packet(node, self.scope())?;
        let bytes = pieces.into_iter().filter_map(|piece| match piece {
            HexPiece::Bytes(bytes) => Some(bytes),
            // only a name could be missing, and there are no names here
            HexPiece::PacketId(_) => None,
        });
        Ok(bytes.collect::<Vec<_>>().concat())
    }

    /// `PUBLISH: {topic: t}`, or without fields `PINGREQ`.
    pub(crate) fn packet(&self, node: &Node) -> Result<Written, Mistake> {
        let nothing = Node { at: node.at, value: Tree::Null };
        let (name, at, inner) = match &node.value {
            Tree::Text(name) => (name, node.at, &nothing),
            Tree::Map(entries) => match &entries[..] {
                [entry] => (&entry.key, entry.at, &entry.value),
                [] => return Err(node.mistake(WANTED)),
                [_, second, ..] => {
                    return Err(Mistake::new(second.at, "expected one packet, with its fields in braces"));
                }
            },
            _ => return Err(node.expected(WANTED)),
        };
        let packet_type = PacketType::from_name(name).ok_or_else(|| {
            let names: BTreeSet<&str> = PacketType::ALL.iter().map(|packet_type| packet_type.name()).collect();
            let near = nearest(name, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("; expected {WANTED}"));
            Mistake::new(at, format!("unknown packet `{name}`{help}"))
        })?;
        let outgoing = self.compiler().written(packet_type, inner, at, self.scope())?;
        let fields = outgoing.fields.into_iter().map(|(name, term)| Ok((name, literal(name, term, at)?)));
        Ok(Written { packet_type, at, fields: fields.collect::<Result<_, Mistake>>()? })
    }

    fn compiler(&self) -> Compiler<'_> {
        let mut compiler = Compiler::new(self.source, self.version, &self.context);
        (compiler.plain, compiler.no_prefix) = (true, true);
        compiler
    }

    fn scope(&self) -> Scope<'_> {
        Scope { rows: &self.rows, version: self.version, me: "" }
    }
}

/// The value of a field; what has a value only while a case runs is a mistake here.
fn literal(name: &str, term: Term, at: Mark) -> Result<Value, Mistake> {
    match term {
        Term::Value(value) => Ok(value),
        _ => Err(Mistake::new(at, format!("`{name}` has a value only while a case runs; write the bytes instead"))),
    }
}

const WANTED: &str = "a packet such as `PUBLISH: {topic: t}`";
