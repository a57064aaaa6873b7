//! [`Connection`]: splits and decodes the bytes of both directions, and passes each packet to the rules.

use std::time::Duration;

use mqttspec_codec::{
    DecodeError, Packet, PacketType, Reject, Splitter, Tolerated, Version, connect_version, decode_frame,
    decode_frame_with,
};

use super::{
    Breach, Limits, Rule, Session,
    answers::Owed,
    keep_alive::KeepAlive,
    limits::Demand,
    opening::{Offer, Welcome},
    requests::Requests,
};

/// The traffic of one connection, as its Client sees it.
///
/// [`sent`](Self::sent) and [`received`](Self::received) take the bytes in the order in which the Client sent and
/// received them. Packet boundaries do not matter. Times are measured from an arbitrary moment and never go back.
#[derive(Debug)]
pub struct Connection {
    /// `false` once something wrong was sent on purpose, because nobody can say what must follow.
    judged: bool,
    sent: Splitter<Vec<u8>>,
    received: Splitter<Vec<u8>>,
    /// Whether the packet that is not whole yet was begun on purpose.
    begun_on_purpose: bool,
    pub(super) now: Duration,
    /// That of CONNECT.
    pub(super) version: Version,
    /// What CONNECT said.
    pub(super) offer: Option<Offer>,
    /// How the Server has answered it.
    pub(super) welcome: Welcome,
    /// What is known of the Server before its CONNACK.
    pub(super) known: Option<Limits>,
    /// What was sent before CONNACK.
    pub(super) early: Vec<Demand>,
    pub(super) session: Session,
    /// Whether the Session is known. Otherwise nothing is said about what continues it.
    pub(super) session_known: bool,
    pub(super) requests: Requests,
    pub(super) owed: Owed,
    pub(super) keep_alive: KeepAlive,
    /// Whether AUTH with 0x18 was received and is not answered.
    pub(super) challenged: bool,
    /// Whether DISCONNECT was sent.
    pub(super) left: bool,
    /// Whether bytes were received that are not a packet.
    pub(super) malformed: bool,
    pub(super) breaches: Vec<Breach>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The Client closed it.
    ByClient,
    /// The Server closed it.
    ByServer,
    /// It was lost.
    Dropped,
    /// It is open still, and nobody looks any more.
    Open,
}

impl Connection {
    /// A connection on which nothing was sent yet.
    ///
    /// `session` is what the last connection with that Client Identifier has left, or the default if the Client has none;
    /// `None` if this is not known. `known` is what the Client knows of the Server from earlier connections.
    #[must_use]
    pub fn new(session: Option<Session>, known: Option<Limits>) -> Self {
        Self {
            judged: true,
            sent: Splitter::new(Vec::new(), u32::MAX),
            received: Splitter::new(Vec::new(), u32::MAX),
            begun_on_purpose: false,
            now: Duration::ZERO,
            version: Version::V5,
            offer: None,
            welcome: Welcome::None,
            known,
            early: Vec::new(),
            session_known: session.is_some(),
            session: session.unwrap_or_default(),
            requests: Requests::default(),
            owed: Owed::default(),
            keep_alive: KeepAlive::default(),
            challenged: false,
            left: false,
            malformed: false,
            breaches: Vec::new(),
        }
    }

    /// The same, judged by the rules of that version until a CONNECT says another; by those of 5.0 otherwise.
    #[must_use]
    pub fn in_version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// Bytes that the Client sent. Returns what is wrong with them.
    #[must_use]
    pub fn sent(&mut self, at: Duration, bytes: &[u8]) -> Vec<Breach> {
        self.send(at, bytes, false)
    }

    /// Bytes that the Client sent, and that may be wrong on purpose. If they are, nothing that follows on this connection
    /// is judged.
    pub fn sent_on_purpose(&mut self, at: Duration, bytes: &[u8]) {
        self.send(at, bytes, true);
    }

    /// Bytes that the Client received. Returns what they show of packets that were sent before CONNACK.
    #[must_use]
    pub fn received(&mut self, at: Duration, bytes: &[u8]) -> Vec<Breach> {
        self.now = at;
        let mut rest = bytes;
        loop {
            let frame = match self.received.next(&mut rest) {
                Ok(Some(frame)) => frame.to_vec(),
                Ok(None) => break,
                Err(_) => {
                    self.malformed = true;
                    break;
                }
            };
            match decode_frame(&frame, self.version) {
                Ok(packet) => self.take(&packet),
                Err(_) => self.malformed = true,
            }
        }
        self.found()
    }

    /// The end of the connection. Returns what the Client has not done, and what it remembers of its Session; `None` if
    /// nobody can say.
    #[must_use]
    pub fn end(mut self, at: Duration, end: End) -> (Vec<Breach>, Option<Session>) {
        self.now = at;
        self.close(end);
        let breaches = self.found();
        let is_known = self.session_known && self.judged && !self.sent.is_partial();
        let is_kept = self.session.kept;
        let session = is_kept.then(|| std::mem::take(&mut self.session)).unwrap_or_default();
        (breaches, is_known.then_some(session))
    }

    fn send(&mut self, at: Duration, bytes: &[u8], on_purpose: bool) -> Vec<Breach> {
        self.now = at;
        self.silence();
        self.keep_alive.sent(at);
        let mut rest = bytes;
        let mut purpose = on_purpose || self.begun_on_purpose;
        loop {
            let frame = match self.sent.next(&mut rest) {
                Ok(Some(frame)) => frame.to_vec(),
                Ok(None) => break,
                Err(error) => {
                    self.illegal(error, bytes);
                    self.judged &= !purpose;
                    let breaches = self.found();
                    // nobody can say where the next packet begins
                    self.judged = false;
                    return breaches;
                }
            };
            let before = self.breaches.len();
            self.leave(&frame);
            if purpose && self.breaches.len() > before {
                self.judged = false;
            }
            purpose = on_purpose;
        }
        self.begun_on_purpose = purpose && self.sent.is_partial();
        self.found()
    }

    /// What was found since the last call.
    fn found(&mut self) -> Vec<Breach> {
        let found = std::mem::take(&mut self.breaches);
        if self.judged { found } else { Vec::new() }
    }

    /// Judges a packet of the Client.
    fn leave(&mut self, frame: &[u8]) {
        let is_connect = frame.first().is_some_and(|first| first >> 4 == PacketType::Connect.number());
        if self.offer.is_none() {
            match connect_version(frame) {
                Ok(Some(version)) => self.version = version,
                _ if is_connect => {}
                _ => self.breach(Rule::ConnectFirst, "a first packet that is not CONNECT".to_owned()),
            }
        }
        let packet = match decode_frame_with(frame, self.version, strict()) {
            Ok(packet) => packet,
            Err(error) => return self.illegal(error, frame),
        };
        let name = packet.packet_type().name();
        if self.left {
            self.breach(Rule::AfterDisconnect, format!("{name} after DISCONNECT"));
        }
        if self.malformed && packet.packet_type() != PacketType::Disconnect {
            self.breach(Rule::AfterMalformed, format!("{name} after the Server sent what is not a packet"));
        }
        self.before_connack(packet.packet_type());
        let demand = Demand::of(&packet, frame.len());
        match (&self.welcome, packet.packet_type()) {
            (_, PacketType::Connect) | (Welcome::Refused, _) => {}
            (Welcome::None, _) => self.early.push(demand),
            (Welcome::Accepted(limits), _) => {
                for (rule, what) in demand.beyond(&limits.clone()) {
                    self.breach(rule, what);
                }
            }
        }
        match &packet {
            Packet::Connect(connect) => self.connect(connect),
            Packet::Auth(auth) => self.auth(auth),
            Packet::Publish(publish) => self.publish(publish),
            Packet::Subscribe(subscribe) => self.request(subscribe.packet_id.number(), name),
            Packet::Unsubscribe(unsubscribe) => self.request(unsubscribe.packet_id.number(), name),
            Packet::Puback(puback) => self.puback(puback.packet_id.number()),
            Packet::Pubrec(pubrec) => self.pubrec(pubrec.packet_id.number(), pubrec.reason_code.is_failure()),
            Packet::Pubrel(pubrel) => self.pubrel(pubrel.packet_id.number()),
            Packet::Pubcomp(pubcomp) => self.pubcomp(pubcomp.packet_id.number()),
            Packet::Disconnect(disconnect) => self.disconnect(disconnect),
            Packet::Pingreq(_) => {}
            Packet::Connack(_) | Packet::Suback(_) | Packet::Unsuback(_) | Packet::Pingresp(_) => {
                self.breach(Rule::Direction, format!("{name}, which a Client never sends"));
            }
        }
    }

    /// Takes note of a packet of the Server.
    fn take(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::Connack(connack) => self.connack(connack),
            Packet::Auth(_) => self.challenged = true,
            Packet::Publish(publish) => self.delivered(publish),
            Packet::Pubrel(pubrel) => self.released(pubrel.packet_id.number()),
            Packet::Puback(puback) => self.acknowledged(puback.packet_id.number()),
            Packet::Pubrec(pubrec) => {
                self.recorded(pubrec.packet_id.number(), pubrec.reason_code.is_failure());
            }
            Packet::Pubcomp(pubcomp) => self.acknowledged(pubcomp.packet_id.number()),
            Packet::Suback(suback) => self.requests.answered(suback.packet_id.number()),
            Packet::Unsuback(unsuback) => self.requests.answered(unsuback.packet_id.number()),
            _ => {}
        }
    }

    pub(super) fn breach(&mut self, rule: Rule, what: String) {
        self.breaches.extend(Breach::of(rule, self.version, what));
    }

    fn illegal(&mut self, error: DecodeError, packet: &[u8]) {
        let statements = error.statement_in(packet, self.version).into_iter().collect();
        self.breaches.push(Breach { rule: Rule::Legal, version: self.version, statements, what: error.to_string() });
    }
}

/// A sender is bound by more than a receiver refuses.
fn strict() -> Reject {
    let bound = [Tolerated::OverLongIntegers, Tolerated::ControlCharacters, Tolerated::NonCharacters];
    bound.into_iter().fold(Reject::NONE, Reject::with)
}
