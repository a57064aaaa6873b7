//! Processes bytes from the broker: splits them into packets, decodes and checks these, and adds them to the unread
//! packets.

pub(crate) mod always_on;
pub(crate) mod answers;
pub(crate) mod bounds;
pub(crate) mod deliveries;
pub(crate) mod no_prefix;

use mqttspec_codec::{DecodeError, Packet, PacketType, Reject, Tolerated, Version, decode_frame_with};

use self::always_on::Disposition;
use crate::{
    judge::{
        ConnectionNumber, Direction, Failure, Observed, Stray,
        accusation::cause::Cause,
        describe, failure,
        state::{
            Case,
            connection::{Opening, Unread},
        },
    },
    packet::{Fields, Value, fields, weight},
    vector::script::Name,
};

/// A whole packet, or bytes that cannot be one.
pub(crate) type Frame = Result<Vec<u8>, (DecodeError, Vec<u8>)>;

/// What a Server may not send, although a receiver may take it: v5 [MQTT-1.5.5-1] binds the sender of an integer.
pub(crate) const fn refused_from_server(version: Version) -> Reject {
    match version {
        Version::V5 => Reject::NONE.with(Tolerated::OverLongIntegers),
        Version::V3_1 | Version::V3_1_1 => Reject::NONE,
    }
}

impl Case {
    /// Splits received bytes into packets.
    pub(crate) fn split(&mut self, who: &Name, bytes: &[u8]) -> Vec<Frame> {
        let Some(connection) = self.connections.get_mut(who) else {
            debug_assert!(false, "observations have a known connection");
            return Vec::new();
        };
        let mut frames = Vec::new();
        let mut rest = bytes;
        loop {
            match connection.incoming.next(&mut rest) {
                Ok(Some(frame)) => frames.push(Ok(frame.to_vec())),
                Ok(None) => return frames,
                Err(error) => {
                    frames.push(Err((error, bytes.to_vec())));
                    return frames;
                }
            }
        }
    }

    /// Processes a received packet. `wanted` means that a `<- hex` waits for exactly these bytes.
    pub(crate) fn arrived(&mut self, who: &Name, frame: Frame, wanted: bool) -> Result<(), Box<Failure>> {
        self.received = self.received.saturating_add(1);
        let bytes = match frame {
            Ok(bytes) => bytes,
            Err((error, bytes)) => return Err(self.malformed(who, error, bytes)),
        };
        let Some(version) = self.connections.get(who).map(|connection| connection.version) else {
            debug_assert!(false, "observations have a known connection");
            return Ok(());
        };
        match decode_frame_with(&bytes, version, refused_from_server(version)) {
            Err(_) if wanted => {
                let text = format!("hex: \"{}\"", describe::hex(&bytes));
                self.record(who, Direction::Received, text, &bytes, false);
                self.keep(who, &bytes, None);
                Ok(())
            }
            Err(error) => match deliveries::malformed_stray(self, &bytes) {
                Some(topic) => {
                    self.record(who, Direction::Received, error.to_string(), &bytes, true);
                    self.put_aside(who, topic, error.to_string(), &bytes);
                    Ok(())
                }
                None => Err(self.malformed(who, error, bytes)),
            },
            Ok(packet) => self.packet(who, &packet, &bytes, wanted),
        }
    }

    fn packet(&mut self, who: &Name, packet: &Packet<'_>, bytes: &[u8], wanted: bool) -> Result<(), Box<Failure>> {
        let (packet_type, mut fields) = (packet.packet_type(), fields::read(packet));
        let text = fields::describe(packet_type, &fields);
        let unrecorded = self.answers_unrecorded(who, packet);
        let disposition = always_on::check(self, who, packet, bytes.len());
        let automatic = matches!(
            disposition,
            Ok(Disposition::Ignored | Disposition::Again(_) | Disposition::Unsolicited | Disposition::Stray(_))
        );
        if !unrecorded || disposition.is_err() {
            self.record(who, Direction::Received, text.clone(), bytes, automatic);
        }
        match disposition {
            Ok(Disposition::Unread(None)) => self.keep(who, bytes, Some((packet_type, fields))),
            Ok(Disposition::Unread(Some(topic))) => {
                // the Topic Name of the alias
                fields.insert("topic", Value::text(&topic));
                self.keep(who, bytes, Some((packet_type, fields)));
            }
            Ok(Disposition::Ignored) => {}
            Ok(Disposition::Answer(answer, packet_id)) => self.answer(who, answer, packet_id, false),
            Ok(Disposition::Again(packet_id)) => self.acknowledge_again(who, packet_id),
            Ok(Disposition::Unsolicited) => self.acknowledge(who, &fields, true),
            Ok(Disposition::Stray(topic)) => {
                self.put_aside(who, topic, text, bytes);
                self.acknowledge(who, &fields, true);
            }
            Err(_) if wanted => self.keep(who, bytes, Some((packet_type, fields))),
            Err(violation) => {
                let observed = Observed { who: Name::clone(who), text: text.into(), bytes: bytes.to_vec(), mark: None };
                let what = format!("{} ({who})", violation.what);
                let accusation = self.accuse(who, None, Cause::Rule(violation.cell));
                return Err(Box::new(failure::accused(what, accusation, Some(observed))));
            }
        }
        Ok(())
    }

    fn keep(&mut self, who: &Name, bytes: &[u8], packet: Option<(PacketType, Fields)>) {
        let weight = bytes.len().saturating_add(packet.as_ref().map_or(0, |(_, fields)| weight(fields)));
        let (serial, at, bytes) = (self.number(), self.now, bytes.to_vec());
        let unread = Unread { serial, at, bytes, packet, weight, acknowledged: false };
        if let Some(connection) = self.connections.get_mut(who) {
            connection.unread.push(unread);
        }
    }

    /// Keeps a message of another case as evidence.
    fn put_aside(&mut self, who: &Name, topic: String, text: String, bytes: &[u8]) {
        let observed = Observed { who: Name::clone(who), text: text.into(), bytes: bytes.to_vec(), mark: None };
        if self.strays.len() < STRAYS {
            self.strays.push(Stray { topic, observed });
        }
    }

    fn malformed(&mut self, who: &Name, error: DecodeError, bytes: Vec<u8>) -> Box<Failure> {
        let text = error.to_string();
        self.record(who, Direction::Received, text.clone(), &bytes, false);
        let mark = (error.at < bytes.len()).then_some(error.at);
        let accusation = self.accuse(who, None, Cause::Malformed(&error, &bytes));
        let observed = Observed { who: Name::clone(who), text: text.clone().into(), bytes, mark };
        Box::new(failure::accused(format!("{who} received a {text}"), accusation, Some(observed)))
    }

    /// Records that the connection is open.
    pub(crate) fn opened(&mut self, who: &Name, subprotocol: Option<String>) {
        let text = match &subprotocol {
            Some(subprotocol) => format!("open: {{subprotocol: {subprotocol}}}"),
            None => "open".to_owned(),
        };
        self.record(who, Direction::Received, text, &[], false);
        if let Some(connection) = self.connections.get_mut(who) {
            connection.opening = Opening::Open(subprotocol);
        }
    }

    /// Records that the connection was refused or has ended.
    pub(crate) fn ended(&mut self, who: &Name, how: String, refused: bool) {
        let text = if refused { format!("refused ({how})") } else { format!("closed ({how})") };
        self.record(who, Direction::Received, text, &[], false);
        let now = self.now;
        let Some(connection) = self.connections.get_mut(who) else {
            debug_assert!(false, "observations have a known connection");
            return;
        };
        if refused || matches!(connection.opening, Opening::Asked) {
            connection.opening = Opening::Refused(how.clone());
        }
        connection.ended.get_or_insert((now, how));
    }

    /// Whether data on that connection still matters.
    pub(crate) fn listens_to(&self, who: &Name, number: ConnectionNumber) -> bool {
        self.connections.get(who).is_some_and(|connection| connection.number == number && !connection.discarding)
    }
}

/// How many messages of other cases are kept as evidence.
const STRAYS: usize = 100;
