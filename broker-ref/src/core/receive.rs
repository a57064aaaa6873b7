//! From bytes to packets to the packet's module, and from a peer's error to the answer.

use mqttspec_codec::{
    DecodeError, Packet, PacketType, ReasonCode, Reject, Tolerated, Version, decode_frame, decode_frame_with,
};

use super::{
    broker::Broker,
    connection::Connection,
    counters::add,
    event::ConnectionId,
    login::{Login, maximum_of},
    protocol_error::ProtocolError,
    tasks::Task,
};

impl Broker {
    pub(super) fn receive(&mut self, from: ConnectionId, mut chunk: &[u8]) {
        let Some(connection) = self.connections.live(from) else { return };
        if let Some(held) = connection.held() {
            held.extend_from_slice(chunk);
            // v5 section 3.1.4: protects against clients that send a lot before CONNACK
            if held.len() > self.config.backlog {
                self.connections.close(from);
            }
            return;
        }
        let Some(mut input) = connection.input.take() else {
            debug_assert!(false, "a packet is handled while another one of its connection is");
            return;
        };
        loop {
            if !chunk.is_empty() && self.input_waits(from) {
                self.pause(from, chunk.to_vec());
                break;
            }
            match input.next(&mut chunk) {
                Ok(Some(frame)) if self.connect_waits(from, frame) => {
                    self.pause(from, [frame, chunk].concat());
                    break;
                }
                Ok(Some(frame)) => self.handle_frame(from, frame),
                Ok(None) => break,
                Err(error) => self.handle_malformed(from, &[], error),
            }
            self.settle();
            // v5 [MQTT-3.1.4-6], v3.1.1 [MQTT-3.1.4-5]: bytes after a packet that ends the connection are not read
            let Some(connection) = self.connections.live(from) else { return };
            if let Some(held) = connection.held() {
                held.extend_from_slice(chunk);
                break;
            }
        }
        if let Some(connection) = self.connections.live(from) {
            connection.input = Some(input);
        }
    }

    /// Whether the next packet has to wait: there is no effort left for it in this step, or what this Client sent before
    /// is not done.
    fn input_waits(&mut self, from: ConnectionId) -> bool {
        if self.effort.is_spent() {
            return true;
        }
        let Some(connection) = self.connections.live(from) else { return false };
        if connection.filters.is_some() {
            return true;
        }
        let client_id = connection.link.as_ref().map(|link| link.session);
        let session = client_id.filter(|_| !self.fanouts.is_empty()).and_then(|id| self.sessions.get(id));
        session.is_some_and(|session| self.fanouts.has(&session.client_id))
    }

    /// Whether a CONNECT has to wait, because what its Client sent before is not done.
    fn connect_waits(&mut self, from: ConnectionId, frame: &[u8]) -> bool {
        let is_first = |connection: &mut Connection| connection.link.is_none() && connection.login.is_none();
        if !self.has_work() || !self.connections.live(from).is_some_and(is_first) {
            return false;
        }
        let Ok(Packet::Connect(connect)) = decode_frame(frame, Version::V5) else { return false };
        let client_id = connect.client_id.as_str();
        let old = self.sessions.find(client_id).and_then(|id| self.sessions.get(id)?.connection);
        let old = old.and_then(|id| self.connections.any(id));
        self.fanouts.has(client_id) || old.is_some_and(|old| old.paused.is_some() || old.filters.is_some())
    }

    fn pause(&mut self, id: ConnectionId, input: Vec<u8>) {
        let Some(connection) = self.connections.live(id) else { return };
        let session = connection.link.as_ref().and_then(|link| self.sessions.get(link.session));
        connection.paused = Some(input);
        if !session.is_some_and(|session| self.fanouts.wait(&session.client_id, id)) {
            self.tasks.add(Task::Input(id));
        }
    }

    fn handle_frame(&mut self, from: ConnectionId, frame: &[u8]) {
        self.effort.charge_bytes(PACKET, frame.len());
        let now = self.now;
        add(&mut self.connections.counters.packets_received, 1);
        let Some(connection) = self.connections.live(from) else {
            debug_assert!(false, "{CLOSED}");
            return;
        };
        // before CONNACK the clock runs from the opening: v5 section 3.1.4
        if connection.link.is_some() {
            connection.seen = now;
        }
        connection.stats.count_received();
        // a CONNECT names its own version
        let version = connection.link.as_ref().map(|link| link.version);
        let expected = version.unwrap_or(Version::V5);
        match decode_frame(frame, expected) {
            Ok(packet) => {
                if let Some(error) = reject(frame, &packet, expected, self.config.reject) {
                    self.handle_malformed(from, frame, error);
                } else if version.is_none() {
                    self.handle_before_connack(from, frame, &packet);
                } else if let Err(error) = self.handle_packet(from, &packet) {
                    self.disconnect(from, error.reason_code, error.reason);
                }
            }
            Err(error) => self.handle_malformed(from, frame, error),
        }
    }

    fn handle_packet(&mut self, from: ConnectionId, packet: &Packet<'_>) -> Result<(), ProtocolError> {
        match packet {
            Packet::Publish(publish) => self.handle_publish(from, publish),
            Packet::Puback(puback) => self.handle_puback(from, puback),
            Packet::Pubrec(pubrec) => self.handle_pubrec(from, pubrec),
            Packet::Pubrel(pubrel) => self.handle_pubrel(from, pubrel),
            Packet::Pubcomp(pubcomp) => self.handle_pubcomp(from, pubcomp),
            Packet::Subscribe(subscribe) => self.handle_subscribe(from, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.handle_unsubscribe(from, unsubscribe),
            Packet::Pingreq(pingreq) => self.handle_pingreq(from, *pingreq),
            Packet::Disconnect(disconnect) => self.handle_disconnect(from, disconnect),
            Packet::Auth(auth) => self.handle_auth(from, auth),
            // v5 [MQTT-3.1.0-2] [MQTT-3.2.0-2], v3.1.1 [MQTT-3.1.0-2]
            Packet::Connect(_) => Err(ProtocolError::because(ReasonCode::ProtocolError, "a second CONNECT")),
            // v5 section 2.1.2, v3.1.1 section 2.2.1: from the Server only
            Packet::Connack(_) | Packet::Suback(_) | Packet::Unsuback(_) | Packet::Pingresp(_) => {
                Err(ProtocolError::because(ReasonCode::ProtocolError, "a packet that only a Server sends"))
            }
        }
    }

    /// A packet before CONNACK.
    fn handle_before_connack(&mut self, from: ConnectionId, frame: &[u8], packet: &Packet<'_>) {
        let Some(connection) = self.connections.live(from) else {
            debug_assert!(false, "{CLOSED}");
            return;
        };
        let in_exchange = connection.login.as_ref().map(Login::maximum_packet_size);
        let (version, maximum, handled) = match (packet, in_exchange) {
            (Packet::Connect(connect), None) => {
                connection.stats.version = Some(connect.version);
                (connect.version, maximum_of(connect), self.handle_connect(from, connect, frame))
            }
            (Packet::Auth(auth), Some(maximum)) => (Version::V5, maximum, self.handle_auth_before_connack(from, auth)),
            // v5 section 4.12: the Client may leave at any point
            (Packet::Disconnect(_), Some(_)) => return self.connections.close(from),
            // v5 [MQTT-3.1.2-30]
            (_, Some(maximum)) => {
                let reason = "only AUTH or DISCONNECT before CONNACK";
                (Version::V5, maximum, Err(ProtocolError::because(ReasonCode::ProtocolError, reason)))
            }
            // v5 [MQTT-3.1.0-1], v3.1.1 [MQTT-3.1.0-1]
            (_, None) => return self.connections.close(from),
        };
        // v5 [MQTT-4.12.0-4]
        if let Err(error) = handled {
            let asked = match packet {
                Packet::Connect(connect) => Some(connect),
                _ => None,
            };
            self.note_login(from, asked, error.reason_code, error.reason);
            self.refuse(from, version, maximum, error.reason_code, error.reason);
        }
    }

    /// Answers bytes that are not a legal packet.
    fn handle_malformed(&mut self, from: ConnectionId, frame: &[u8], error: DecodeError) {
        let fits = |packet_type, instead| match error.reason_code() {
            code if code.is_allowed_in(packet_type) => code,
            _ => instead,
        };
        if let Some(link) = self.connections.link(from) {
            let reason = error.for_client(frame, link.version).to_string();
            let reason_code = fits(PacketType::Disconnect, ReasonCode::ProtocolError);
            return self.disconnect(from, reason_code, Some(&reason));
        }
        // only a CONNECT of v5 has packets between it and its CONNACK
        let connection = self.connections.live(from);
        let in_exchange = connection.and_then(|connection| connection.login.as_ref().map(Login::maximum_packet_size));
        match in_exchange.map_or_else(|| claimed_level(frame), |_| Some(5)) {
            Some(5) => {
                let reason = error.for_client(frame, Version::V5).to_string();
                let reason_code = fits(PacketType::Connack, ReasonCode::MalformedPacket);
                self.note_login(from, None, reason_code, Some(&reason));
                self.refuse(from, Version::V5, in_exchange.unwrap_or(u32::MAX), reason_code, Some(&reason));
            }
            // v3.1.1 [MQTT-3.1.2-2]: in the form that older Clients understand; v5 [MQTT-3.1.2-2] leaves it open
            Some(_) if error.reason_code() == ReasonCode::UnsupportedProtocolVersion => {
                self.note_login(from, None, ReasonCode::UnsupportedProtocolVersion, None);
                self.refuse(from, Version::V3_1_1, u32::MAX, ReasonCode::UnsupportedProtocolVersion, None);
            }
            // v3.1.1 [MQTT-3.1.4-1] [MQTT-3.1.2-1]: without CONNACK
            _ => self.connections.close(from),
        }
    }
}

/// What is wrong with a legal packet by the configuration. Most packets need no second look.
fn reject(frame: &[u8], packet: &Packet<'_>, version: Version, rejected: Reject) -> Option<DecodeError> {
    let plain = |text: &[u8]| text.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    let is_plain = match packet {
        Packet::Publish(publish) => {
            publish.properties.is_empty() && publish.topic.is_none_or(|topic| plain(topic.as_bytes()))
        }
        Packet::Puback(ack) => ack.properties.is_empty(),
        Packet::Pubrec(ack) => ack.properties.is_empty(),
        Packet::Pubrel(ack) => ack.properties.is_empty(),
        Packet::Pubcomp(ack) => ack.properties.is_empty(),
        Packet::Pingreq(_) => true,
        _ => false,
    };
    if rejected == Reject::NONE || (is_plain && !rejected.contains(Tolerated::OverLongIntegers)) {
        return None;
    }
    decode_frame_with(frame, version, rejected).err()
}

/// The Protocol Level of something that has at least the beginning of a CONNECT and one of the two Protocol Names.
fn claimed_level(frame: &[u8]) -> Option<u8> {
    let (first, rest) = frame.split_first()?;
    if first >> 4 != PacketType::Connect.number() {
        return None;
    }
    let length_end = rest.iter().position(|byte| byte & 0x80 == 0)?;
    let body = rest.get(length_end.saturating_add(1)..)?;
    [Version::V3_1, Version::V5].into_iter().find_map(|version| {
        let name = version.protocol_name().as_bytes();
        let (len, rest) = body.split_first_chunk()?;
        let level = rest.strip_prefix(name)?.first()?;
        (usize::from(u16::from_be_bytes(*len)) == name.len()).then_some(*level)
    })
}

/// Impossible, because input ends when its connection is closed.
const CLOSED: &str = "a packet is handled whose connection is closed";
/// Of a packet, in units of effort.
const PACKET: usize = 10;
