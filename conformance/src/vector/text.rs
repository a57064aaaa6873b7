//! Text and binary values: plain, with names, in hex, or repeated. Topics and Client Identifiers get the run's prefix.

use super::{
    compiler::{Compiler, Scope},
    names::{Found, unbound},
    script::{HexPiece, Piece, Term},
};
use crate::{
    packet::{Value, fields::Kind},
    source::{Keys, Mistake, Node, Tree},
};

/// The maximum number of bytes, which is the size of the largest packet.
const LONGEST: usize = 268_435_460;

impl Compiler<'_> {
    /// A string or binary value that is not a name as a whole. `is_known` means that it is the value of a capability,
    /// which gets no prefix.
    pub(super) fn text(&mut self, node: &Node, kind: Kind, is_known: bool, scope: Scope<'_>) -> Result<Term, Mistake> {
        let pieces = match &node.value {
            Tree::Map(_) => match self.made(node, scope)? {
                Made::Bytes(bytes) => vec![Piece::Literal(bytes)],
                Made::Term(term) => return Ok(term),
            },
            _ if is_known => vec![Piece::Literal(node.text()?.as_bytes().to_vec())],
            _ => self.pieces(node, node.text()?, scope)?,
        };
        let pieces = if is_known || self.no_prefix { pieces } else { self.prefixed(pieces, kind, node)? };
        Ok(match pieces.as_slice() {
            [] => Term::Value(Value::Bytes(Vec::new())),
            [Piece::Literal(bytes)] => Term::Value(Value::Bytes(bytes.clone())),
            _ => Term::Text(pieces),
        })
    }

    fn prefixed(&self, mut pieces: Vec<Piece>, kind: Kind, node: &Node) -> Result<Vec<Piece>, Mistake> {
        if !matches!(kind, Kind::Topic | Kind::Filter | Kind::ClientId) || pieces.is_empty() {
            return Ok(pieces);
        }
        if !matches!(pieces.first(), Some(Piece::Literal(_))) {
            pieces.insert(0, Piece::Literal(Vec::new()));
        }
        let is_whole = pieces.len() == 1;
        if let Some(Piece::Literal(first)) = pieces.first_mut() {
            *first = match kind {
                Kind::ClientId => self.prefix().client_id(first, node.at)?,
                // a string that begins with a name is not empty
                _ if first.is_empty() && !is_whole => [self.prefix().level.as_bytes(), b"/"].concat(),
                _ => self.prefix().topic(first, kind == Kind::Filter, node.at)?,
            };
        }
        Ok(pieces)
    }

    /// `{hex: ..}`, `{repeat: .., times: ..}` or `{scram: ..}`
    fn made(&mut self, node: &Node, scope: Scope<'_>) -> Result<Made, Mistake> {
        const WHAT: &str = "a string or binary value";
        let mut keys = Keys::of(node, WHAT)?;
        let (hex, repeat, scram) = (keys.get("hex"), keys.get("repeat"), keys.get("scram"));
        let times = keys.get("times");
        keys.done()?;
        match (hex, repeat, scram, times) {
            (Some(hex), None, None, None) => self.hex_bytes(hex, scope).map(Made::Bytes),
            (None, Some(repeat), None, Some(times)) => {
                let text = self.known_text(repeat, scope)?.unwrap_or_default();
                let times = self.known_number(times, scope)?.unwrap_or_default();
                let times = usize::try_from(times).unwrap_or(usize::MAX);
                if text.len().saturating_mul(times) > LONGEST {
                    return Err(node.mistake("longer than any packet"));
                }
                Ok(Made::Bytes(text.repeat(times).into_bytes()))
            }
            (None, None, Some(scram), None) => self.scram(scram, scope).map(Made::Term),
            _ => Err(node.mistake("expected one of `{hex: ..}`, `{repeat: .., times: ..}` and `{scram: ..}`")),
        }
    }

    fn scram(&mut self, node: &Node, scope: Scope<'_>) -> Result<Term, Mistake> {
        match self.find(node, scope)? {
            Found::Node(Node { value: Tree::Text(text), .. }) if text == "first" => Ok(Term::ScramFirst),
            Found::Name(name) if self.flow.bound.contains(&name) => Ok(Term::ScramAnswer(name)),
            Found::Name(name) => Err(node.mistake(unbound(&name))),
            _ => Err(node.expected("`first`, or the name that the Server's challenge is bound to")),
        }
    }

    fn hex_bytes(&mut self, node: &Node, scope: Scope<'_>) -> Result<Vec<u8>, Mistake> {
        let mut bytes = Vec::new();
        for piece in self.hex(node, scope)?.concat() {
            match piece {
                HexPiece::Bytes(more) => bytes.extend(more),
                HexPiece::PacketId(name) => {
                    return Err(node.mistake(format!("`${name}` is not allowed in the hex of a field")));
                }
            }
        }
        Ok(bytes)
    }
}

enum Made {
    Bytes(Vec<u8>),
    Term(Term),
}
