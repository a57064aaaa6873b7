//! The rules: from what failed to what it says about the broker.

use mqttspec_codec::{DecodeError, PacketType, Version};

use super::{Accusation, Cell, How, Key, delivery, field, malformed};
use crate::{
    judge::{
        expect::matching::{self, Misfit},
        state::{
            Case,
            connection::{Connack, Connection, Opening, Unread},
        },
    },
    packet::{Fields, Value},
    vector::{Citation, script::Matcher},
};

/// What failed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause<'a> {
    /// A check that always applies.
    Rule(Cell),
    /// An answer of an exchange is wrong in this way.
    Answer(Cell),
    /// The Server sent bytes that cannot be decoded.
    Malformed(&'a DecodeError, &'a [u8]),
    /// A packet of the expected type came, and its fields do not fit.
    Misfit(&'a Packet<'a>),
    /// The packet did not come in time.
    Absent(PacketType, &'a [Wanted]),
    /// The connection did not end.
    Open,
    /// A packet came that nothing expects. The flag is set if the connection had to end.
    Unexpected(&'a Unread, bool),
    /// The connection ended.
    Ended,
    /// Something else, such as a wrong time.
    Other,
}

/// A field of an expectation.
pub(crate) type Wanted = (&'static str, Matcher);

/// A packet that does not fit.
#[derive(Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) packet_type: PacketType,
    pub(crate) fields: &'a Fields,
    pub(crate) wanted: &'a [Wanted],
    pub(crate) misfits: &'a [Misfit],
}

/// Bytes of the case that are no legal packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Illegal {
    pub(crate) error: DecodeError,
    /// The statement that they violate.
    pub(crate) statement: Option<&'static str>,
}

impl Illegal {
    pub(crate) fn new(error: DecodeError, bytes: &[u8], version: Version) -> Self {
        Self { error, statement: error.statement_in(bytes, version) }
    }
}

/// A failed expectation, with what is known about its connection.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) case: &'a Case,
    connection: Option<&'a Connection>,
    pub(super) version: Version,
    /// The Client Identifier.
    pub(super) identity: &'a str,
}

impl Case {
    /// What a failure on the connection of a client says. `cites` is what the failed expectation cites.
    pub(crate) fn accuse(&self, who: &str, cites: Option<&Citation>, cause: Cause<'_>) -> Accusation {
        let connection = self.connections.get(who);
        let view = View {
            case: self,
            connection,
            version: connection.map_or(self.version, |connection| connection.version),
            identity: connection.and_then(|connection| connection.identity.as_deref()).unwrap_or_default(),
        };
        match cause {
            Cause::Rule(cell) => return view.accuse_cell(cell, How::AlwaysOn),
            Cause::Malformed(error, bytes) => return malformed::accuse(view, error, bytes),
            _ => {}
        }
        if let Some(cited) = cites {
            return Accusation {
                key: Key::Statement(cited.clone()),
                statement: Some(cited.clone()),
                among: self.own_statements(),
                how: How::Written,
                about: self.cites.contains(cited),
                closing: matches!(cause, Cause::Open | Cause::Unexpected(_, true)),
                sent: None,
            };
        }
        if let Some(illegal) = view.illegal_bytes(cause) {
            return view.accuse_taking(illegal);
        }
        let (cell, how) = match cause {
            Cause::Answer(cell) => (Some(cell), How::Field),
            // a message that may come at any time, and came in place of the expected one
            Cause::Misfit(packet) => {
                let cell = field::cell(view, packet).or_else(|| view.nearest(packet.packet_type, packet.fields));
                (cell, How::Field)
            }
            Cause::Absent(packet_type, wanted) => {
                let ended = connection.is_some_and(|connection| connection.ended.is_some());
                (delivery::absent(view, packet_type, wanted), if ended { How::EndCame } else { How::NothingCame })
            }
            Cause::Open => (view.not_ended(), How::NothingCame),
            Cause::Ended => (view.ended(), How::Field),
            Cause::Unexpected(unread, end) => (view.unexpected(unread, end), How::Field),
            _ => (None, How::Own),
        };
        let cell = cell.filter(|cell| !cell.statements(view.version).is_empty());
        let closing = matches!(cause, Cause::Open | Cause::Unexpected(_, true));
        cell.map_or_else(|| Accusation { closing, ..view.own() }, |cell| view.accuse_cell(cell, how))
    }

    /// What the case itself is about: what it cites, without the duty to close, without what other expectations cite, and
    /// without what is said of the other kind of transport.
    pub(crate) fn own_statements(&self) -> Vec<Citation> {
        let is_subprotocol = |connection: &Connection| matches!(connection.opening, Opening::Open(Some(_)));
        let is_websocket = self.connections.values().any(is_subprotocol);
        let elsewhere = if is_websocket { &OF_STREAMS[..] } else { &OF_WEBSOCKETS };
        let is_own = |cited: &&Citation| {
            let id = cited.id.as_str();
            !CLOSING.contains(&id) && !elsewhere.contains(&id) && !self.cited_elsewhere.contains(cited)
        };
        let own: Vec<Citation> = self.cites.iter().filter(is_own).cloned().collect();
        if own.is_empty() { self.cites.clone() } else { own }
    }
}

impl<'a> View<'a> {
    /// The first statement of the cell that the case cites, else the first.
    pub(super) fn accuse_cell(self, cell: Cell, how: How) -> Accusation {
        let of = |id: &&str| Citation::new(self.version, id);
        let statements = cell.statements(self.version);
        let cited = statements.iter().map(of).find(|statement| self.case.cites.contains(statement));
        let about = how == How::AlwaysOn || cited.is_some();
        let statement = cited.or_else(|| statements.first().map(of));
        Accusation {
            key: Key::Cell(cell),
            statement,
            among: self.case.own_statements(),
            how,
            about,
            closing: false,
            sent: None,
        }
    }

    /// Illegal bytes are taken.
    pub(super) fn accuse_taking(self, illegal: Illegal) -> Accusation {
        let statement = illegal.statement.map(|id| Citation::new(self.version, id));
        // a case that goes on after the error only needed it
        let about = !self.case.goes_on || statement.as_ref().is_some_and(|cited| self.case.cites.contains(cited));
        match statement {
            Some(_) => Accusation {
                key: Key::Takes(illegal.error.kind),
                statement,
                among: self.case.own_statements(),
                how: How::IllegalBytes,
                about,
                closing: true,
                sent: illegal.error.packet_type,
            },
            None => self.own(),
        }
    }

    /// Whether CONNACK has accepted the connection.
    pub(super) fn is_accepted(self) -> bool {
        self.connection.is_some_and(Connection::is_accepted)
    }

    pub(super) fn own(self) -> Accusation {
        Accusation::own(self.case.own_statements())
    }

    /// Bytes of the case that are no legal packet: the last here, or the last anywhere.
    pub(super) fn illegal(self) -> Option<Illegal> {
        self.connection.and_then(|connection| connection.illegal).or(self.case.last_illegal)
    }

    /// The bytes of the case that this failure shows to be taken.
    fn illegal_bytes(self, cause: Cause<'_>) -> Option<Illegal> {
        let here = self.connection.and_then(|connection| connection.illegal);
        // it was noticed, as a refusal shows
        let noticed = |of: &Connection| of.connack == Connack::Refused || of.server_disconnected;
        match cause {
            Cause::Open | Cause::Unexpected(_, true) if self.connection.is_some_and(noticed) => None,
            Cause::Open => here,
            // a message that the case published is not what the illegal bytes made
            Cause::Unexpected(unread, _) => here.or(self.case.last_illegal.filter(|_| !self.is_known(unread))),
            // where a refusal was an alternative to the end of the connection
            Cause::Misfit(packet) if packet.misfits.iter().any(|misfit| is_taken(packet, misfit)) => here,
            Cause::Absent(PacketType::Disconnect, _) => here,
            Cause::Absent(_, wanted) if wanted.iter().any(is_refusal) => here,
            _ => None,
        }
    }

    /// Whether it is a message that the case has published, or its Will.
    fn is_known(self, unread: &Unread) -> bool {
        let Some((PacketType::Publish, fields)) = &unread.packet else { return false };
        let (topic, traffic) = (field::text(fields, "topic"), &self.case.traffic);
        traffic.last_published(Some(topic), None).is_some() || traffic.will(topic, None).is_some()
    }

    /// What should have ended the connection.
    fn not_ended(self) -> Option<Cell> {
        let connection = self.connection?;
        let newer = |other: &Connection| {
            other.number > connection.number && other.identity.is_some() && other.identity == connection.identity
        };
        if connection.connack == Connack::Refused {
            Some(Cell::AfterRefusal)
        } else if connection.server_disconnected {
            Some(Cell::OpenAfterDisconnect)
        } else if connection.connects > 1 {
            Some(Cell::SecondConnect)
        } else if self.case.connections.values().any(newer) {
            Some(Cell::NotTakenOver)
        } else if connection.is_silent(self.case.now) {
            Some(Cell::Silent)
        } else {
            None
        }
    }

    /// Why the connection should not have ended.
    fn ended(self) -> Option<Cell> {
        let connection = self.connection?;
        // the error was on another one
        if self.case.last_illegal.is_some() && !connection.unclear {
            return Some(Cell::HurtsOthers);
        }
        let (end, _) = connection.ended.as_ref()?;
        let statements = Cell::EndedTooSoon.statements(self.version);
        let is_about_it = self.case.cites.iter().any(|cited| statements.contains(&cited.id.as_str()));
        let is_heard = connection.offer.keep_alive > 0 && !connection.is_silent(*end);
        (is_about_it && is_heard).then_some(Cell::EndedTooSoon)
    }

    fn unexpected(self, unread: &Unread, end: bool) -> Option<Cell> {
        let (packet_type, fields) = unread.packet.as_ref()?;
        let of_its_own = match packet_type {
            PacketType::Publish => delivery::unexpected(self, fields),
            PacketType::Pingresp => Some(Cell::SecondPingresp),
            PacketType::Pubrel => Some(Cell::PubrelAfterRefusal),
            PacketType::Disconnect => match fields.get("reason_code").and_then(Value::as_number) {
                Some(..0x80) if end => return Some(Cell::DisconnectWithoutFailure),
                _ => None,
            },
            _ => None,
        };
        let ended = if end { self.not_ended() } else { None };
        ended.or(of_its_own).or_else(|| self.nearest(*packet_type, fields))
    }

    /// The one field in which the nearest `may` does not fit.
    fn nearest(self, packet_type: PacketType, fields: &Fields) -> Option<Cell> {
        let (wanted, misfits) = self.case.nearest_permission(self.identity, packet_type, fields)?;
        let packet = Packet { packet_type, fields, wanted, misfits: &misfits };
        if misfits.len() == 1 { field::cell(self, &packet) } else { None }
    }
}

impl Case {
    /// The fields of the `may` of a Client Identifier that a packet misses by the fewest, and in which it differs.
    pub(crate) fn nearest_permission(
        &self,
        identity: &str,
        packet_type: PacketType,
        fields: &Fields,
    ) -> Option<(&[Wanted], Vec<Misfit>)> {
        use crate::vector::script::Expected;
        let on_this = |who: &str| self.connections.get(who).is_some_and(|of| of.identity.as_deref() == Some(identity));
        let candidates = self.permissions.iter().filter(|permission| on_this(&permission.who));
        let misfits = candidates.filter_map(|permission| match &permission.what {
            Expected::Packet(wanted_type, wanted) if *wanted_type == packet_type => {
                let misfits = matching::packet(packet_type, wanted, fields, &self.names).err()?;
                let same_topic = misfits.iter().all(|misfit| misfit.field != "topic");
                same_topic.then_some((&wanted[..], misfits))
            }
            _ => None,
        });
        misfits.min_by_key(|(_, misfits)| misfits.len())
    }
}

/// Whether a packet reports success where a failure was expected.
fn is_taken(packet: &Packet<'_>, misfit: &Misfit) -> bool {
    let code = packet.fields.get(misfit.field).and_then(Value::as_number);
    misfit.field == "reason_code" && code.is_none_or(|code| code < 0x80) && packet.wanted.iter().any(is_refusal)
}

/// Whether a written Reason Code is a failure.
fn is_refusal((name, matcher): &Wanted) -> bool {
    let success = Value::Number(0);
    *name == "reason_code" && !crate::judge::matches(matcher, Some(&success)) && *matcher != Matcher::Absent
}

/// The duty to close the connection after an error.
const CLOSING: [&str; 2] = ["MQTT-4.13.1-1", "MQTT-4.8.0-1"];

/// What holds for WebSockets only.
const OF_WEBSOCKETS: [&str; 3] = ["MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-4"];

/// What a Server owes on a stream of bytes, where a WebSocket has statements of its own.
const OF_STREAMS: [&str; 2] = ["MQTT-7.1.1-1", "MQTT-4.2.0-1"];
