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
            closing: false,
            sent: None,
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
        // what follows the last field is not in the payload, which only the Client's packets are said to have or not
        (K::TrailingBytes, Some(P::Puback | P::Pubrec | P::Pubrel | P::Pubcomp), Version::V5)
        | (K::TrailingBytes, Some(P::Disconnect | P::Auth), Version::V5) => Blame::Statement("5.0§2.1.4-a"),
        (K::MissingAuthenticationMethod, Some(P::Connack), Version::V5) => Blame::Statement("5.0§3.2.2.3.18-b"),
        (K::FixedHeaderFlags, Some(of), Version::V3_1 | Version::V3_1_1) if of != P::Pubrel => {
            Blame::Statement("MQTT-2.2.2-1")
        }
        _ => error.statement_in(bytes, version).map_or(Blame::Unknown, Blame::Statement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Binds, Registry};

    /// Whether a Server's packet of that type can be wrong in this way.
    fn can_be(kind: K, of: Option<P>) -> bool {
        let has_identifier = [P::Publish, P::Puback, P::Pubrec, P::Pubrel, P::Pubcomp, P::Suback, P::Unsuback];
        match kind {
            // a matter of CONNECT, SUBSCRIBE and UNSUBSCRIBE
            K::WillFlags | K::ProtocolName | K::ProtocolLevel | K::PasswordWithoutUserName => false,
            K::SubscriptionQosThree | K::RetainHandlingThree | K::NoLocalOnShare => false,
            K::MisplacedWildcard | K::MalformedShare | K::EmptyTopicFilter => false,
            K::ZeroPacketIdentifier => of.is_some_and(|of| has_identifier.contains(&of)),
            K::ReservedBits => of == Some(P::Connack),
            K::QosThree | K::DupWithoutQos => of == Some(P::Publish),
            K::EmptyTopicName | K::MissingTopicName | K::WildcardInTopicName => of == Some(P::Publish),
            K::EmptyPayload => matches!(of, Some(P::Suback | P::Unsuback)),
            K::SessionPresentOnRefusal => of == Some(P::Connack),
            K::MissingAuthenticationMethod => matches!(of, Some(P::Connack | P::Auth)),
            K::TopicAliasZero => of == Some(P::Publish),
            _ => true,
        }
    }

    /// Whatever a Server sends that is malformed, the statement is one that it must follow itself.
    #[test]
    fn statements_bind_the_server() {
        let registry = Registry::shared().unwrap();
        let mut wrong = Vec::new();
        for version in [Version::V3_1_1, Version::V5] {
            let binds_it = |id: &str| registry.get(version, id).is_some_and(|row| row.binds != Binds::Client);
            let types = P::ALL.iter().copied().map(Some).chain([None]);
            let all = types.flat_map(|of| K::ALL.iter().map(move |kind| (*kind, of)));
            // UNSUBACK has no payload there
            let has_payload = |kind: K, of| kind != K::EmptyPayload || of == Some(P::Suback) || version == Version::V5;
            for (kind, packet_type) in all.filter(|(kind, of)| can_be(*kind, *of) && has_payload(*kind, *of)) {
                let error = DecodeError::new(kind, 0);
                let error = packet_type.map_or(error, |packet_type| error.within(packet_type));
                let ids = match statement(&error, &[], version) {
                    Blame::Cell(cell) => cell.statements(version).to_vec(),
                    Blame::Statement(id) => vec![id],
                    Blame::Unknown => Vec::new(),
                };
                if !ids.iter().all(|id| binds_it(id)) {
                    wrong.push(format!("{version} {kind:?} in {packet_type:?}: {ids:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
