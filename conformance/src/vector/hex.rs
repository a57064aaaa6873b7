//! Hex with lengths, texts and names: `10 * ['MQTT'] $level 02 003C $props [$me]`.

use mqttspec_codec::encode_variable_byte_integer;

use super::{
    compiler::{Compiler, Scope},
    names::{Found, is_name, unbound},
    script::{HexPiece, Piece},
};
use crate::source::{Mistake, Node, Tree};

impl Compiler<'_> {
    /// The packets of a hex text; there is one unless the text contains `|`.
    pub(super) fn hex(&self, node: &Node, scope: Scope<'_>) -> Result<Vec<Vec<HexPiece>>, Mistake> {
        let mut packets = Packets::default();
        match self.find(node, scope)? {
            Found::Node(found) => self.read_hex(found, found.text()?, scope, DEEPEST, &mut packets)?,
            Found::Known(known) => packets.bytes(known.text()?.as_bytes()),
            Found::Name(name) => return Err(node.mistake(unbound(&name))),
            Found::Nothing => return Err(node.mistake("no hex for this version")),
        }
        packets.end().map_err(|what| node.mistake(what))
    }

    /// The one packet of a hex text.
    pub(super) fn hex_packet(&self, node: &Node, scope: Scope<'_>) -> Result<Vec<HexPiece>, Mistake> {
        let mut packets = self.hex(node, scope)?;
        match (packets.pop(), packets.is_empty()) {
            (Some(packet), true) => Ok(packet),
            _ => Err(node.mistake("expected one packet, without `|`")),
        }
    }

    fn read_hex(
        &self,
        node: &Node,
        text: &str,
        scope: Scope<'_>,
        depth: u8,
        into: &mut Packets,
    ) -> Result<(), Mistake> {
        let outside = into.open.len();
        let mistake = |offset: usize, what: &str| Mistake::new(self.inside(node, text, offset), what);
        let mut nibble: Option<(usize, u32)> = None;
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            let offset = text.len() - rest.len();
            rest = rest.get(sign.len_utf8()..).unwrap_or_default();
            if let Some(digit) = sign.to_digit(16) {
                match nibble.take() {
                    Some((_, high)) => into.bytes(&[u8::try_from(high << 4 | digit).unwrap_or_default()]),
                    None => nibble = Some((offset, digit)),
                }
                continue;
            }
            if sign == ' ' {
                continue;
            }
            if let Some((at, _)) = nibble {
                return Err(mistake(at, "odd number of hex digits; write two for each byte"));
            }
            match sign {
                '@' | '$' | '|' if self.plain => {
                    let what = format!("`{sign}` is not allowed here; expected digits, '..', [..], (..) or *");
                    return Err(mistake(offset, &what));
                }
                '\'' => {
                    let (quoted, after) = rest.split_once('\'').ok_or_else(|| mistake(offset, "unclosed `'`"))?;
                    for piece in self.pieces(node, quoted, scope)? {
                        match piece {
                            Piece::Literal(bytes) => into.bytes(&bytes),
                            Piece::Name(name) => {
                                return Err(mistake(
                                    offset,
                                    &format!("`${{{name}}}` has no value before the case starts"),
                                ));
                            }
                        }
                    }
                    rest = after;
                }
                '[' | '(' => into.open.push((sign, Vec::new())),
                ']' | ')' if into.open.len() > outside => into.close(sign).map_err(|what| mistake(offset, what))?,
                '*' => into.star().map_err(|what| mistake(offset, what))?,
                '|' => into.next().map_err(|what| mistake(offset, what))?,
                '@' if self.no_prefix => {}
                '@' => into.bytes(format!("{}/", self.prefix().level).as_bytes()),
                '$' => {
                    let (name, after) = name_at(rest).ok_or_else(|| mistake(offset, "expected a name after `$`"))?;
                    rest = after;
                    let here = Node { at: self.inside(node, text, offset), value: Tree::Text(format!("${name}")) };
                    self.hex_name(name, &here, scope, depth, into)?;
                }
                _ => {
                    return Err(mistake(
                        offset,
                        &format!("`{sign}` is not allowed in hex; expected digits, '..', [..], (..), *, |, @ or $name"),
                    ));
                }
            }
        }
        match nibble {
            Some((at, _)) => Err(mistake(at, "odd number of hex digits; write two for each byte")),
            None if into.open.len() > outside => Err(mistake(0, "unclosed bracket")),
            None => Ok(()),
        }
    }

    fn hex_name(
        &self,
        name: &str,
        here: &Node,
        scope: Scope<'_>,
        depth: u8,
        into: &mut Packets,
    ) -> Result<(), Mistake> {
        match name {
            "me" => into.bytes(scope.me.as_bytes()),
            "level" => into.bytes(&[scope.version.level()]),
            "props" if scope.version.has_properties() => into.bytes(&[0]),
            "props" => {}
            _ => match self.find(here, scope)? {
                Found::Node(row) => match &row.value {
                    Tree::Text(_) if depth == 0 => return Err(here.mistake("these names refer to each other")),
                    Tree::Text(text) => self.read_hex(row, text, scope, depth - 1, into)?,
                    Tree::Number(number) => into.two_bytes(*number).map_err(|what| here.mistake(what))?,
                    _ => return Err(row.expected("hex or a number")),
                },
                Found::Known(known) => match &known.value {
                    Tree::Number(number) => into.two_bytes(*number).map_err(|what| here.mistake(what))?,
                    _ => into.bytes(known.text()?.as_bytes()),
                },
                Found::Name(name) if self.flow.bound.contains(&name) => into.push(HexPiece::PacketId(name)),
                Found::Name(name) => return Err(here.mistake(unbound(&name))),
                Found::Nothing => {}
            },
        }
        Ok(())
    }
}

/// The name after a `$`, with or without braces, and the rest.
fn name_at(text: &str) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('{') {
        return inner.split_once('}').filter(|(name, _)| is_name(name));
    }
    let end = text.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(name, _)| is_name(name))
}

/// How deeply the hex of a name may refer to further names.
const DEEPEST: u8 = 16;

/// The packets read so far.
#[derive(Default)]
struct Packets {
    done: Vec<Vec<HexPiece>>,
    /// The bytes before the `*` of the packet, if it has one.
    head: Option<Vec<HexPiece>>,
    current: Vec<HexPiece>,
    /// The open brackets, and their content so far.
    open: Vec<(char, Vec<HexPiece>)>,
}

impl Packets {
    fn push(&mut self, piece: HexPiece) {
        let into = self.open.last_mut().map_or(&mut self.current, |(_, inner)| inner);
        match (into.last_mut(), piece) {
            (_, HexPiece::Bytes(more)) if more.is_empty() => {}
            (Some(HexPiece::Bytes(bytes)), HexPiece::Bytes(more)) => bytes.extend(more),
            (_, piece) => into.push(piece),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.push(HexPiece::Bytes(bytes.to_vec()));
    }

    fn two_bytes(&mut self, number: u64) -> Result<(), &'static str> {
        let number = u16::try_from(number).map_err(|_| "a number in hex is at most 65535, two bytes")?;
        self.bytes(&number.to_be_bytes());
        Ok(())
    }

    fn close(&mut self, sign: char) -> Result<(), &'static str> {
        let (open, inner) = self.open.pop().ok_or("unmatched closing bracket")?;
        match (open, sign) {
            ('[', ']') => {
                let length = u16::try_from(len(&inner)).map_err(|_| "`[..]` holds at most 65535 bytes")?;
                self.bytes(&length.to_be_bytes());
            }
            ('(', ')') => self.bytes(&variable_byte_integer(len(&inner))?),
            _ => return Err("mismatched bracket"),
        }
        inner.into_iter().for_each(|piece| self.push(piece));
        Ok(())
    }

    fn star(&mut self) -> Result<(), &'static str> {
        if !self.open.is_empty() {
            return Err("`*` is the Remaining Length and is not allowed inside brackets");
        }
        match self.head.replace(std::mem::take(&mut self.current)) {
            Some(_) => Err("a packet has only one `*`"),
            None => Ok(()),
        }
    }

    fn next(&mut self) -> Result<(), &'static str> {
        if !self.open.is_empty() {
            return Err("`|` is not allowed inside brackets");
        }
        let body = std::mem::take(&mut self.current);
        if let Some(head) = self.head.take() {
            self.current = head;
            self.bytes(&variable_byte_integer(len(&body))?);
        }
        body.into_iter().for_each(|piece| self.push(piece));
        self.done.push(std::mem::take(&mut self.current));
        Ok(())
    }

    fn end(mut self) -> Result<Vec<Vec<HexPiece>>, &'static str> {
        self.next()?;
        Ok(self.done)
    }
}

fn len(pieces: &[HexPiece]) -> usize {
    pieces
        .iter()
        .map(|piece| match piece {
            HexPiece::Bytes(bytes) => bytes.len(),
            HexPiece::PacketId(_) => 2,
        })
        .sum()
}

fn variable_byte_integer(number: usize) -> Result<Vec<u8>, &'static str> {
    let mut bytes = [0; 4];
    let number = u32::try_from(number).ok();
    let encoded = number.and_then(|number| encode_variable_byte_integer(number, &mut bytes).ok());
    encoded.map(<[u8]>::to_vec).ok_or("longer than any packet")
}
