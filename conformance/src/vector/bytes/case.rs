//! A case for one version, and the check of the codec against it.

use mqttspec_codec::{DecodeErrorKind, Packet, PacketType, ReasonCode, Reject, Version, decode_with, packet_length};

use super::text::bytes;
use crate::{
    packet::{Fields, fields::describe_in_full, fields_of, hex},
    source::Place,
    vector::Citation,
};

/// A case for one version.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PacketCase {
    /// Path and name: `subscribe/one-filter`. The version is not in it.
    pub id: String,
    /// The title of its file, if it has one.
    pub title: Option<String>,
    /// The version it is decoded and encoded for.
    pub version: Version,
    /// The statements it cites for that version.
    pub cites: Vec<Citation>,
    /// The place of its name.
    pub place: Place,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The receiver's Maximum Packet Size in bytes, if the case has one.
    pub maximum_packet_size: Option<u32>,
    /// The optional violations that this receiver refuses.
    pub refused: Reject,
    /// What the bytes must decode to.
    pub expected: Expected,
}

/// What the bytes must decode to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This packet, which must also be encoded to these bytes.
    Packet(PacketType, Fields),
    /// This packet, in a legal form that the encoder does not produce.
    DecodesTo(PacketType, Fields),
    /// Not a packet.
    Malformed {
        /// The rule that is broken.
        kind: DecodeErrorKind,
        /// The offset of the byte that is wrong or missing.
        at: usize,
        /// The Reason Code that a v5 receiver answers with; required in v5.
        reason_code: Option<ReasonCode>,
    },
    /// The beginning of a packet, and how many bytes are missing: 1 while the Fixed Header is incomplete.
    Incomplete(usize),
}

impl PacketCase {
    /// Checks that the codec does what the case says.
    ///
    /// # Errors
    /// What it does instead, as text for people.
    pub fn check(&self) -> Result<(), String> {
        self.compare().map_err(|what| format!("{what}\n  bytes  {}\n  case   {}", hex(&self.bytes), self.place))
    }

    fn compare(&self) -> Result<(), String> {
        let length = packet_length(&self.bytes, self.maximum_packet_size.unwrap_or(u32::MAX));
        let decoded = length.and_then(|length| Ok((length, decode_with(&self.bytes, self.version, self.refused)?)));
        match (&self.expected, decoded) {
            (Expected::Packet(packet_type, fields), Ok((_, Some((packet, taken))))) => {
                self.same(*packet_type, fields, &packet, taken)?;
                self.encoded(*packet_type, fields)
            }
            (Expected::DecodesTo(packet_type, fields), Ok((_, Some((packet, taken))))) => {
                self.same(*packet_type, fields, &packet, taken)?;
                match self.encoded(*packet_type, fields) {
                    Ok(()) => {
                        Err("the packet is encoded to exactly these bytes; write `packet` instead of `decodes_to`"
                            .to_owned())
                    }
                    Err(_) => Ok(()),
                }
            }
            (Expected::Malformed { kind, at, reason_code }, Err(error)) => {
                equal("kind", kind.name(), error.kind.name())?;
                equal("at", at, &error.at)?;
                if let Some(code) = reason_code {
                    equal("reason_code", code.name(), error.reason_code().name())?;
                }
                let statement = error.statement_in(&self.bytes, self.version);
                match statement.filter(|id| !self.cites.is_empty() && self.cites.iter().all(|cited| cited.id != *id)) {
                    Some(id) => Err(format!("the codec reports a violation of [{id}], which the case does not cite")),
                    None => Ok(()),
                }
            }
            (Expected::Incomplete(missing), Ok((length, None))) => {
                let found = length.map_or(1, |length| length.saturating_sub(self.bytes.len()));
                equal("incomplete", missing, &found)
            }
            (_, Err(error)) => Err(format!("{} ({})", error.in_version(self.version), error.kind.name())),
            (_, Ok((_, None))) => Err("the packet is incomplete".to_owned()),
            (_, Ok((_, Some((packet, _))))) => {
                let text = describe_in_full(packet.packet_type(), &fields_of(&packet, self.version));
                Err(format!("decoded without an error: {text}"))
            }
        }
    }

    /// Checks that the packet has exactly these fields and takes all bytes.
    fn same(&self, packet_type: PacketType, fields: &Fields, packet: &Packet<'_>, taken: usize) -> Result<(), String> {
        let found = fields_of(packet, self.version);
        if packet.packet_type() != packet_type || found != *fields {
            let (wanted, found) =
                (describe_in_full(packet_type, fields), describe_in_full(packet.packet_type(), &found));
            return Err(format!("decoded to another packet\n  expected {wanted}\n  found    {found}"));
        }
        equal("length of the packet", &self.bytes.len(), &taken)
    }

    fn encoded(&self, packet_type: PacketType, fields: &Fields) -> Result<(), String> {
        let found = bytes(packet_type, fields, self.version)?;
        match found == self.bytes {
            true => Ok(()),
            false => Err(format!("encoded to other bytes\n  found  {}", hex(&found))),
        }
    }
}

fn equal<T: PartialEq + std::fmt::Display + ?Sized>(what: &str, wanted: &T, found: &T) -> Result<(), String> {
    match wanted == found {
        true => Ok(()),
        false => Err(format!("{what}: expected {wanted}, found {found}")),
    }
}
