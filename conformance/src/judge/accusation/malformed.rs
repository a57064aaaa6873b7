//! A packet from the Server that cannot be decoded.

use mqttspec_codec::{DecodeError, DecodeErrorKind as K, PacketType as P, Version};

use super::{Accusation, Cell, How, Key, cause::View};
use crate::vector::Citation;

/// The Server passed on the illegal bytes of the case, or made them itself.
pub(super) fn accuse(view: View<'_>, error: &DecodeError, bytes: &[u8]) -> Accusation {
    if let Some(illegal) = view.illegal().filter(|illegal| illegal.error.kind == error.kind) {
        return view.accuse_taking(illegal);
    }
    match statement(error, bytes, view.version) {
        Blame::Cell(cell) => view.accuse_cell(cell, How::AlwaysOn),
        Blame::Statement(id) => Accusation {
            key: Key::Sends(error.kind, error.packet_type),
            statement: Some(Citation::new(view.version, id)),
            among: view.case.own_statements(),
            how: How::AlwaysOn,
            about: true,
        },
        Blame::Unknown => view.own(),
    }
}

/// What a Server violates with such bytes.
#[derive(Debug)]
pub(super) enum Blame {
    Cell(Cell),
    Statement(&'static str),
    Unknown,
}

/// The codec's statement, or another one where that binds only the Client.
pub(super) fn statement(error: &DecodeError, bytes: &[u8], version: Version) -> Blame {
    match (error.kind, error.packet_type, version) {
        (K::ReservedPacketType, ..) => Blame::Cell(Cell::OfAClient),
        // not a matter of their content
        (_, Some(P::Connect | P::Subscribe | P::Unsubscribe | P::Pingreq), _) => Blame::Cell(Cell::OfAClient),
        (_, Some(P::Disconnect | P::Auth), Version::V3_1 | Version::V3_1_1) => Blame::Cell(Cell::OfAClient),
        (K::ZeroPacketIdentifier, Some(P::Publish), _) => Blame::Cell(Cell::PacketIdentifierInUse),
        (K::MisplacedProperty | K::UnknownProperty, ..) => Blame::Cell(Cell::MisplacedProperty),
        (K::FixedHeaderFlags, Some(of), Version::V3_1 | Version::V3_1_1) if of != P::Pubrel => {
            Blame::Statement("MQTT-2.2.2-1")
        }
        _ => error.statement_in(bytes, version).map_or(Blame::Unknown, Blame::Statement),
    }
}
