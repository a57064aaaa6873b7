//! Checks that apply to every packet, whatever a case expects. Each cites its own statement.

use mqttspec_codec::{Connack as ConnackPacket, Disconnect, Packet, PacketType, ReasonCode, Version};

use super::{answers, deliveries};
use crate::{
    judge::{
        Cell,
        state::{Case, connection::Connack},
    },
    packet::fields,
    vector::script::Name,
};

/// What to do with a packet that violates no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// The case must expect it. For a PUBLISH with a Topic Alias, this is the Topic Name.
    Unread(Option<String>),
    /// It belongs to the suite's own housekeeping, or is a legal repeat.
    Ignored,
    /// Like `Ignored`, and the suite answers it with success.
    Answer(PacketType, u16),
    /// A legal repeat of a PUBLISH that was acknowledged; the suite does so again.
    Again(u16),
    /// A delivery caused by other clients of the broker; the suite acknowledges it.
    Unsolicited,
    /// Like `Unsolicited`: a message of another case on this topic, without a matching subscription.
    Stray(String),
}

/// A rule that the Server violated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) what: String,
    /// Its row in the table of accusations.
    pub(crate) cell: Cell,
}

impl Violation {
    pub(crate) fn new(what: impl Into<String>, cell: Cell) -> Self {
        Self { what: what.into(), cell }
    }
}

/// Checks a packet, and records what it changes.
pub(crate) fn check(case: &mut Case, who: &Name, packet: &Packet<'_>, len: usize) -> Result<Disposition, Violation> {
    let stray = deliveries::stray(case, packet);
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "packets arrive only on known connections");
        return Ok(Disposition::Ignored);
    };
    // whatever else is wrong with it is the fault of what brought it here
    if let Some(topic) = stray.filter(|_| !connection.is_accepted() || connection.server_disconnected) {
        return Ok(Disposition::Stray(topic));
    }
    let (version, packet_type) = (connection.version, packet.packet_type());
    let violation = |what: String, cell| Err(Violation::new(what, cell));
    if connection.server_disconnected {
        return violation(format!("{packet_type} after DISCONNECT"), Cell::AfterDisconnect);
    }
    let limit = connection.offer.maximum_packet_size.and_then(|limit| usize::try_from(limit).ok());
    if let Some(limit) = limit.filter(|limit| len > *limit) {
        return violation(
            format!("{packet_type} of {len} bytes to a Client whose Maximum Packet Size is {limit}"),
            Cell::MaximumPacketSize,
        );
    }
    if !may_come_from_server(packet_type, version) {
        return violation(format!("{packet_type}, which a Server never sends"), Cell::OfAClient);
    }
    match (&connection.connack, packet_type) {
        (Connack::None, PacketType::Connack) | (Connack::None | Connack::Accepted(_), PacketType::Auth) => {}
        (Connack::Accepted(_) | Connack::Refused, PacketType::Connack) => {
            // a second CONNECT must have ended the connection: v5 [MQTT-3.1.0-2], v3.1.1 [MQTT-3.1.0-2]
            let cell = if connection.connects > 1 { Cell::SecondConnect } else { Cell::SecondConnack };
            return violation("a second CONNACK".to_owned(), cell);
        }
        (Connack::None | Connack::Refused, PacketType::Disconnect) => {
            let what = "DISCONNECT without a successful CONNACK before it".to_owned();
            return violation(what, Cell::DisconnectBeforeConnack);
        }
        (Connack::None, _) => {
            return violation(format!("{packet_type} before CONNACK"), Cell::BeforeConnack);
        }
        (Connack::Refused, _) => {
            let what = format!("{packet_type} after a CONNACK that refuses the connection");
            return violation(what, Cell::AfterRefusal);
        }
        (Connack::Accepted(_), _) => {}
    }
    match packet {
        Packet::Connack(connack) => {
            note_connack(case, who, connack);
            refers(packet_type, connack.reason_code, connack.properties.server_reference().is_some())?;
            Ok(Disposition::Unread(None))
        }
        Packet::Auth(_) if !connection.offer.authentication && !connection.unclear => {
            let what = "AUTH to a Client that sent no Authentication Method".to_owned();
            violation(what, Cell::MethodUnasked)
        }
        Packet::Disconnect(disconnect) => {
            connection.server_disconnected = true;
            of_a_server(disconnect)?;
            Ok(Disposition::Unread(None))
        }
        Packet::Pingresp(_) => match connection.pings.pop_front() {
            Some(Some(automatic)) => {
                connection.answered.insert(automatic, case.now);
                Ok(Disposition::Ignored)
            }
            _ => Ok(Disposition::Unread(None)),
        },
        Packet::Unsuback(unsuback) if connection.unsubscribes.contains_key(&unsuback.packet_id.number()) => {
            answers::check(connection, packet)?;
            if let Some(automatic) = connection.unsubscribes.remove(&unsuback.packet_id.number()) {
                connection.answered.insert(automatic, case.now);
            }
            Ok(Disposition::Ignored)
        }
        Packet::Publish(publish) => deliveries::publish(case, who, publish),
        Packet::Pubrel(pubrel) => deliveries::pubrel(case, who, pubrel),
        _ => answers::check(connection, packet).map(|()| Disposition::Unread(None)),
    }
}

/// v5 table 2-1, v3.1.1 table 2.1.
pub(crate) fn may_come_from_server(packet_type: PacketType, version: Version) -> bool {
    use PacketType as P;
    match packet_type {
        P::Connect | P::Subscribe | P::Unsubscribe | P::Pingreq => false,
        P::Disconnect | P::Auth => version.has_properties(),
        _ => true,
    }
}

/// What the Server's DISCONNECT may not have, though a Client's may.
fn of_a_server(disconnect: &Disconnect<'_>) -> Result<(), Violation> {
    let violation = |what: &str, cell| Err(Violation::new(format!("DISCONNECT with {what}"), cell));
    if disconnect.properties.session_expiry_interval().is_some() {
        return violation("a Session Expiry Interval", Cell::DisconnectWithExpiry);
    }
    if disconnect.reason_code == ReasonCode::DisconnectWithWillMessage {
        return violation("a Reason Code that only a Client may send", Cell::DisconnectOfAClient);
    }
    refers(PacketType::Disconnect, disconnect.reason_code, disconnect.properties.server_reference().is_some())
}

/// A Server Reference goes with one of two Reason Codes (v5 section 4.11).
fn refers(packet_type: PacketType, code: ReasonCode, has_reference: bool) -> Result<(), Violation> {
    match (has_reference, code) {
        (false, _) | (true, ReasonCode::UseAnotherServer | ReasonCode::ServerMoved) => Ok(()),
        (true, _) => {
            let what = format!("{packet_type} with a Server Reference and {code}");
            Err(Violation::new(what, Cell::ReferenceWithoutMove))
        }
    }
}

fn note_connack(case: &mut Case, who: &Name, connack: &ConnackPacket<'_>) {
    let Some(connection) = case.connections.get_mut(who) else {
        debug_assert!(false, "packets arrive only on known connections");
        return;
    };
    if connack.reason_code.is_failure() {
        connection.connack = Connack::Refused;
        return;
    }
    connection.connack = Connack::Accepted(fields::read(&Packet::Connack(*connack)));
    let assigned = connack.properties.assigned_client_identifier().map(|id| id.as_str().to_owned());
    if let (Some(assigned), Some(anonymous)) = (assigned, connection.identity.clone()) {
        connection.identity = Some(assigned.clone());
        // the session as requested before the CONNACK arrived
        let session = case.sessions.remove(&anonymous).unwrap_or_default();
        case.sessions.insert(assigned, session);
        // CONNECT may have asked for a Session Expiry before the identifier was known; removing too much is harmless
        crate::judge::steps::sent::keep_session(case, who);
    }
    if connack.properties.session_expiry_interval().is_some_and(|seconds| seconds > 0) {
        crate::judge::steps::sent::keep_session(case, who);
    }
    if connack.session_present {
        case.connections.get_mut(who).into_iter().for_each(answers::resume);
    } else if let Some(session) = case.session_of(who) {
        session.deliveries.clear();
    }
}
