//! Reading: what comes is recorded and acknowledged. A fence is a PINGREQ on each connection and its answer.

use std::time::Duration;

use mqttspec_codec::{DecodeError, PacketType, decode_frame};

use super::{Player, line::Live};
use crate::{
    explore::history::{What, number},
    packet::{Fields, Value, fields},
    text::Text,
    transport::Link,
};

impl<L: Link> Player<'_, L> {
    /// Pings on all connections, until nothing new comes.
    pub(super) async fn fence(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let before = self.news;
            for client in 0..self.seats.len() {
                if let Some(mut live) = self.seats.get_mut(client).and_then(|seat| seat.live.take()) {
                    if !live.ended {
                        live.pings += 1;
                        self.link.send(&mut live.connection, PINGREQ.to_vec()).await;
                    }
                    self.keep(client, live);
                }
            }
            self.read_all(self.tempo.patience).await;
            if self.news == before || self.history.void.is_some() {
                return;
            }
        }
    }

    /// Reads on all connections, on those with a ping until it is answered, but for no longer than that.
    pub(super) async fn read_all(&mut self, within: Duration) {
        // first what is left of the old connections: it was sent before what the new ones have
        let mut old = std::mem::take(&mut self.old);
        for live in &mut old {
            self.read(live, Duration::ZERO).await;
        }
        old.retain(|live| !live.ended);
        self.old = old;
        for client in 0..self.seats.len() {
            if let Some(mut live) = self.seats.get_mut(client).and_then(|seat| seat.live.take()) {
                self.read(&mut live, within).await;
                if live.pings > 0 && !live.ended && !within.is_zero() {
                    self.note(live.line, What::Silent);
                    live.pings = 0;
                }
                self.flush(&mut live).await;
                self.keep(client, live);
            }
        }
    }

    /// Puts a connection back, unless it has ended.
    pub(super) fn keep(&mut self, client: usize, live: Live<L::Connection>) {
        if let Some(seat) = self.seats.get_mut(client).filter(|_| !live.ended) {
            seat.live = Some(live);
        }
    }

    /// Reads until the pings are answered, or the connection has ended; and what is there besides.
    pub(super) async fn read(&mut self, live: &mut Live<L::Connection>, within: Duration) {
        let until = self.link.now() + within;
        while !live.ended && self.history.void.is_none() {
            let left = if live.pings == 0 { Duration::ZERO } else { until.saturating_sub(self.link.now()) };
            match self.link.receive(&mut live.connection, left).await {
                Ok(Some(bytes)) => self.take(live, &bytes),
                Ok(None) if left.is_zero() || self.link.now() >= until => return,
                Ok(None) => {}
                Err(_) => self.end(live),
            }
        }
    }

    pub(super) fn end(&mut self, live: &mut Live<L::Connection>) {
        if !live.ended {
            live.ended = true;
            self.note(live.line, What::Ended);
        }
    }

    pub(super) fn take(&mut self, live: &mut Live<L::Connection>, bytes: &[u8]) {
        let mut rest = bytes;
        while !live.ended {
            let decoded = match live.splitter.next(&mut rest) {
                Ok(Some(frame)) => decode_frame(frame, self.plan.version)
                    .map(|packet| (packet.packet_type(), fields::read(&packet)))
                    .map_err(|error| (frame.to_vec(), error)),
                Ok(None) => return,
                Err(error) => Err((bytes.to_vec(), error)),
            };
            match decoded {
                Ok((packet_type, fields)) => self.came(live, packet_type, fields),
                Err((frame, error)) => self.malformed(live, frame, &error),
            }
        }
    }

    fn malformed(&mut self, live: &mut Live<L::Connection>, frame: Vec<u8>, error: &DecodeError) {
        self.note(live.line, What::Malformed(frame, Text::from(error.to_string())));
        self.end(live);
    }

    fn came(&mut self, live: &mut Live<L::Connection>, packet_type: PacketType, mut fields: Fields) {
        self.names.take(&mut fields);
        let packet_id = number(&fields, "packet_id");
        match packet_type {
            PacketType::Pingresp => {
                live.pings = live.pings.saturating_sub(1);
                self.fenced(live.line);
                return;
            }
            PacketType::Publish if number(&fields, "qos") == 1 => live.owe(PacketType::Puback, packet_id),
            PacketType::Publish if number(&fields, "qos") == 2 => live.owe(PacketType::Pubrec, packet_id),
            PacketType::Pubrel => live.owe(PacketType::Pubcomp, packet_id),
            PacketType::Puback | PacketType::Pubrec | PacketType::Pubcomp => {
                if let Some(seat) = self.seats.get_mut(live.client).filter(|_| !live.closed) {
                    seat.acknowledged(packet_type, &fields);
                }
                if packet_type == PacketType::Pubrec && number(&fields, "reason_code") < 0x80 {
                    live.owe(PacketType::Pubrel, packet_id);
                }
            }
            PacketType::Suback | PacketType::Unsuback => drop(live.asked.remove(&packet_id)),
            _ => {}
        }
        self.note(live.line, What::Received(packet_type, fields));
    }

    /// Sends the acknowledgements that are due, unless they are held back.
    pub(super) async fn flush(&mut self, live: &mut Live<L::Connection>) {
        while !live.holds && self.acknowledge(live).await {}
    }

    /// Sends the oldest acknowledgement that is due. Returns whether there was one.
    pub(super) async fn acknowledge(&mut self, live: &mut Live<L::Connection>) -> bool {
        if live.ended {
            return false;
        }
        let Some((packet_type, packet_id)) = live.owed.pop_front() else { return false };
        self.send(live, packet_type, Fields::from([("packet_id", Value::Number(packet_id))])).await;
        true
    }

    /// Sends a packet and records it.
    pub(super) async fn send(&mut self, live: &mut Live<L::Connection>, packet_type: PacketType, fields: Fields) {
        let wire = match packet_type {
            PacketType::Connect => self.log_in(live.client, &fields),
            _ => self.names.put(&fields),
        };
        match fields::write(packet_type, &wire, self.plan.version) {
            Ok(bytes) => {
                self.note(live.line, What::Sent(packet_type, fields));
                self.link.send(&mut live.connection, bytes).await;
            }
            Err(error) => self.history.void = Some(format!("a bug of the explorer: {packet_type}: {error}")),
        }
    }

    fn log_in(&self, client: usize, fields: &Fields) -> Fields {
        let mut wire = self.names.put(fields);
        wire.insert("client_id", Value::text(&self.names.client_id(client)));
        if let Some(user_name) = &self.login.user_name {
            wire.insert("user_name", Value::text(user_name));
        }
        if let Some(password) = &self.login.password {
            wire.insert("password", Value::Bytes(password.clone()));
        }
        wire
    }
}

const PINGREQ: [u8; 2] = [0xC0, 0];
/// Each brings something new, so they end by themselves with a broker that is not hostile.
const MOST_ROUNDS: usize = 50;
