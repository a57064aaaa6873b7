//! Connecting, and the ends of connections.

use mqttspec_codec::PacketType;

use super::{Player, line::Limits, line::Live};
use crate::{
    explore::{
        history::{What, flag, number},
        plan::{Connect, Message, TOPICS},
    },
    packet::{Fields, Value},
    transport::Link,
};

impl<L: Link> Player<'_, L> {
    /// Connects. The history is void if the broker does not accept that.
    pub(super) async fn connect(&mut self, client: usize, connect: &Connect) {
        if let Some(old) = self.seats.get_mut(client).and_then(|seat| seat.live.take()) {
            self.old.push(old);
        }
        let connection = match self.link.open().await {
            Ok(connection) => connection,
            Err(error) => {
                self.history.void = Some(format!("no connection: {error}"));
                return;
            }
        };
        let line = self.open_line(client);
        let mut live = Live::new(connection, line, client);
        let fields = self.fields_of(connect);
        self.send(&mut live, PacketType::Connect, fields).await;
        let Some(connack) = self.connack(&mut live).await else {
            self.history.void.get_or_insert_with(|| "a CONNECT was not accepted".to_owned());
            return;
        };
        live.limits = Limits::of(&connack);
        let resumed = flag(&connack, "session_present") && !connect.clean;
        if let Some(seat) = self.seats.get_mut(client) {
            seat.connect = Some(connect.clone());
            if !resumed {
                seat.outgoing.clear();
            }
        }
        self.resend(client, &mut live).await;
        self.flush(&mut live).await;
        self.keep(client, live);
    }

    /// v5 and v3.1.1 [MQTT-4.4.0-1]: what is not acknowledged is sent again, in the same order.
    async fn resend(&mut self, client: usize, live: &mut Live<L::Connection>) {
        let again: Vec<(PacketType, Fields)> = self.seats.get(client).map_or_else(Vec::new, |seat| {
            let outgoing = seat.outgoing.iter().map(|outgoing| {
                let packet_id = ("packet_id", Value::Number(outgoing.packet_id));
                match outgoing.released {
                    true => (PacketType::Pubrel, Fields::from([packet_id])),
                    false => {
                        let mut publish = outgoing.publish.clone();
                        publish.insert("dup", Value::Bool(true));
                        (PacketType::Publish, publish)
                    }
                }
            });
            outgoing.collect()
        });
        for (packet_type, fields) in again {
            // a broker may have repeated PUBREC at once
            let is_owed = live.owed.contains(&(packet_type, number(&fields, "packet_id")));
            if !is_owed {
                self.send(live, packet_type, fields).await;
            }
        }
    }

    /// Waits for the CONNACK; `None` if there is none, or it refuses.
    async fn connack(&mut self, live: &mut Live<L::Connection>) -> Option<Fields> {
        let until = self.link.now() + self.tempo.patience;
        loop {
            let log = self.history.lines.get(live.line).map(|line| line.log.as_slice()).unwrap_or_default();
            let first = log.iter().find_map(|entry| entry.what.received());
            if let Some((packet_type, fields)) = first {
                let accepted = packet_type == PacketType::Connack && number(fields, "reason_code") == 0;
                return accepted.then(|| fields.clone());
            }
            let left = until.saturating_sub(self.link.now());
            if live.ended || left.is_zero() {
                return None;
            }
            match self.link.receive(&mut live.connection, left).await {
                Ok(Some(bytes)) => self.take(live, &bytes),
                Ok(None) => {}
                Err(_) => self.end(live),
            }
        }
    }

    fn fields_of(&self, connect: &Connect) -> Fields {
        let mut fields =
            Fields::from([("clean_start", Value::Bool(connect.clean)), ("keep_alive", Value::Number(KEEP_ALIVE))]);
        if let Some(will) = &connect.will {
            fields.insert("will", Value::Map(message(will)));
        }
        if self.plan.version.has_properties() {
            if connect.stays {
                fields.insert("session_expiry_interval", Value::Number(EXPIRY));
            }
            if let Some(maximum) = connect.receive_maximum {
                fields.insert("receive_maximum", Value::Number(maximum.into()));
            }
        }
        fields
    }

    /// A Client whose Session was kept connects again, and one that holds acknowledgements back sends them.
    pub(super) async fn come_back(&mut self, client: usize) {
        let Some(seat) = self.seats.get_mut(client) else { return };
        if let Some(mut live) = seat.live.take() {
            live.holds = false;
            self.flush(&mut live).await;
            return self.keep(client, live);
        }
        let kept = seat.connect.as_ref().is_some_and(|connect| connect.is_kept(self.plan.version));
        if kept && self.history.void.is_none() {
            let again = Connect { clean: false, stays: true, will: None, receive_maximum: None };
            self.connect(client, &again).await;
        }
    }

    /// Closes this side, and reads the rest.
    pub(super) async fn close(&mut self, mut live: Live<L::Connection>) {
        self.note(live.line, What::Closing { reset: false });
        live.closed = true;
        self.link.shut(&mut live.connection).await;
        // so that it is read to its end
        live.pings = usize::MAX;
        self.read(&mut live, self.tempo.farewell).await;
    }

    pub(super) async fn reset(&mut self, live: Live<L::Connection>) {
        self.note(live.line, What::Closing { reset: true });
        self.link.reset(live.connection).await;
    }
}

/// The fields of a message, without its Packet Identifier.
pub(super) fn message(message: &Message) -> Fields {
    let topic = TOPICS.get(message.topic).copied().unwrap_or_default();
    Fields::from([
        ("topic", Value::text(topic)),
        ("qos", Value::Number(message.qos.into())),
        ("retain", Value::Bool(message.retain)),
        ("payload", Value::text(&message.payload())),
    ])
}

/// In seconds. A plan takes less, so the broker hears from each Client in time.
const KEEP_ALIVE: u64 = 60;
/// In seconds, longer than a plan takes.
pub(in crate::explore) const EXPIRY: u64 = 3600;
