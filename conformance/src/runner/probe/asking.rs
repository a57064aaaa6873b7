//! Learns what a broker offers before v5, where CONNACK cannot announce it: by one PUBLISH of each kind. A broker that
//! closes the connection does not offer the kind. One that stays silent violates the standard, unless it announces in
//! v5 that it does not offer the kind; the cases judge that.

use std::time::Duration;

use mqttspec_codec::{PacketType, ReasonCode, Version};

use super::{ProbeError, again, capabilities::Capabilities, rights};
use crate::{
    packet::{Fields, Value},
    runner::client::{Client, Login, PATIENCE, reason_code},
    transport::{Link, LinkError},
};

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reaction {
    Answered,
    Silent,
    Closed,
    /// There was no connection to ask on.
    NotAsked,
}

/// A run that asks one broker.
pub(super) struct Asking<'a, L: Link> {
    pub(super) link: &'a mut L,
    pub(super) version: Version,
    pub(super) login: &'a Login,
    /// Letters and digits that are unique to the run.
    pub(super) prefix: &'a str,
    /// How many connections were opened.
    pub(super) connections: u32,
}

impl<L: Link> Asking<'_, L> {
    /// Learns Maximum QoS, Retain Available and Maximum Packet Size.
    ///
    /// # Errors
    /// The broker closes the connection after a PUBLISH of any kind.
    pub(super) async fn learn(&mut self, learned: &mut Capabilities) -> Result<(), ProbeError> {
        self.maximum_qos(learned).await?;
        self.retain_available(learned).await;
        self.maximum_packet_size(learned).await;
        Ok(())
    }

    async fn maximum_qos(&mut self, learned: &mut Capabilities) -> Result<(), ProbeError> {
        let mut refused = String::new();
        for qos in [2, 1, 0] {
            match self.publish(qos).await {
                Reaction::Answered => {
                    let evidence = match refused.is_empty() {
                        true => format!("a PUBLISH with QoS {qos} is acknowledged"),
                        false => refused,
                    };
                    learned.learn("maximum_qos", Value::Number(qos), evidence);
                    return Ok(());
                }
                Reaction::Closed if refused.is_empty() => {
                    refused = format!("the connection is closed after a PUBLISH with QoS {qos}");
                }
                Reaction::Closed => {}
                Reaction::Silent => {
                    match self.announced("maximum_qos").await.filter(|most| *most < qos) {
                        Some(most) => {
                            let evidence = format!("a PUBLISH with QoS {qos} is not acknowledged, and v5 announces");
                            learned.learn(
                                "maximum_qos",
                                Value::Number(most),
                                format!("{evidence} maximum_qos: {most}"),
                            );
                        }
                        None => {
                            learned.note_absent("maximum_qos", format!("a PUBLISH with QoS {qos} is not acknowledged"))
                        }
                    }
                    return Ok(());
                }
                Reaction::NotAsked => return Ok(()),
            }
        }
        Err(rights::refused(self.login, "publish", &self.topic("asked"), "the connection is closed"))
    }

    /// Publishes a message in full on a connection of its own.
    async fn publish(&mut self, qos: u64) -> Reaction {
        let Some((mut client, _)) = self.connect(self.version).await else { return Reaction::NotAsked };
        let mut publish = Fields::from([("topic", Value::text(&self.topic("asked"))), ("qos", Value::Number(qos))]);
        if qos > 0 {
            publish.insert("packet_id", Value::Number(1));
        }
        let answers: &[(PacketType, PacketType)] = match qos {
            0 => &[],
            1 => &[(PacketType::Publish, PacketType::Puback)],
            _ => &[(PacketType::Publish, PacketType::Pubrec), (PacketType::Pubrel, PacketType::Pubcomp)],
        };
        for (packet_type, answer) in answers {
            let fields = match packet_type {
                PacketType::Publish => publish.clone(),
                _ => Fields::from([("packet_id", Value::Number(1))]),
            };
            match self.ask(&mut client, *packet_type, &fields, *answer).await {
                Ok(Some(_)) => {}
                Ok(None) => return Reaction::Silent,
                Err(error) if error.is_end() => return Reaction::Closed,
                // what came is no answer to this; the cases judge it
                Err(_) => return Reaction::Silent,
            }
        }
        if qos == 0 && client.send(self.link, PacketType::Publish, &publish).await.is_err() {
            return Reaction::Closed;
        }
        let closed = client.ping(self.link, PATIENCE).await.is_err_and(|error| error.is_end());
        client.disconnect(self.link).await;
        if closed { Reaction::Closed } else { Reaction::Answered }
    }

    async fn retain_available(&mut self, learned: &mut Capabilities) {
        const NAME: &str = "retain_available";
        let (reaction, evidence) = self.retained().await;
        match reaction {
            Reaction::Answered => learned.learn(NAME, Value::Bool(true), evidence),
            Reaction::Closed => learned.learn(NAME, Value::Bool(false), evidence),
            Reaction::Silent if self.announced(NAME).await == Some(0) => {
                learned.learn(NAME, Value::Bool(false), format!("{evidence}, and v5 announces {NAME}: 0"));
            }
            Reaction::Silent => learned.note_absent(NAME, evidence),
            Reaction::NotAsked => {}
        }
    }

    /// Publishes a retained message, subscribes, and removes it.
    async fn retained(&mut self) -> (Reaction, &'static str) {
        const CLOSED: (Reaction, &str) = (Reaction::Closed, "the connection is closed after a retained PUBLISH");
        const SILENT: (Reaction, &str) = (Reaction::Silent, "a retained message is not delivered");
        let Some((mut client, _)) = self.connect(self.version).await else { return (Reaction::NotAsked, "") };
        let topic = Value::text(&self.topic("kept"));
        let mut publish = Fields::from([("topic", topic.clone()), ("retain", Value::Bool(true))]);
        publish.insert("payload", Value::text("kept"));
        if client.send(self.link, PacketType::Publish, &publish).await.is_err()
            || client.ping(self.link, PATIENCE).await.is_err_and(|error| error.is_end())
        {
            return CLOSED;
        }
        let filter = Value::Map(Fields::from([("filter", topic)]));
        let subscribe = Fields::from([("packet_id", Value::Number(1)), ("subscriptions", Value::List(vec![filter]))]);
        let granted = self.ask(&mut client, PacketType::Subscribe, &subscribe, PacketType::Suback).await;
        let came = match granted {
            Ok(Some(_)) => client.wait_for(self.link, PacketType::Publish, DELIVERED).await.ok().flatten(),
            _ => None,
        };
        publish.remove("payload");
        if client.send(self.link, PacketType::Publish, &publish).await.is_ok() {
            let _ = client.ping(self.link, PATIENCE).await;
        }
        client.disconnect(self.link).await;
        if came.is_some() { (Reaction::Answered, "a retained message is delivered") } else { SILENT }
    }

    /// Sends a larger packet than v5 announces, because no one packet shows a limit that is not announced.
    async fn maximum_packet_size(&mut self, learned: &mut Capabilities) {
        const NAME: &str = "maximum_packet_size";
        let Some(most) = self.announced(NAME).await.filter(|most| *most < LARGE) else { return };
        let Some((mut client, _)) = self.connect(self.version).await else { return };
        let payload = Value::Bytes(vec![b'm'; usize::try_from(most).unwrap_or_default()]);
        let publish = Fields::from([("topic", Value::text(&self.topic("asked"))), ("payload", payload)]);
        let sent = client.send(self.link, PacketType::Publish, &publish).await;
        if sent.is_err() || client.ping(self.link, PATIENCE).await.is_err_and(|error| error.is_end()) {
            let evidence = format!("the connection is closed after a packet of more than {most} bytes");
            learned.learn(NAME, Value::Number(most), format!("{evidence}, and v5 announces {NAME}: {most}"));
        }
        client.disconnect(self.link).await;
    }

    /// What CONNACK announces in v5, if the broker speaks v5.
    async fn announced(&mut self, name: &str) -> Option<u64> {
        let (mut client, connack) = self.connect(Version::V5).await?;
        client.disconnect(self.link).await;
        connack.get(name)?.as_number()
    }

    async fn ask(
        &mut self,
        client: &mut Client<L>,
        packet_type: PacketType,
        fields: &Fields,
        answer: PacketType,
    ) -> Result<Option<Fields>, LinkError> {
        client.send(self.link, packet_type, fields).await?;
        client.wait_for(self.link, answer, PATIENCE).await
    }

    /// A new connection and the fields of its CONNACK.
    async fn connect(&mut self, version: Version) -> Option<(Client<L>, Fields)> {
        self.connections += 1;
        let client_id = Value::text(&format!("{}ask{}", self.prefix, self.connections));
        let connect = Fields::from([("client_id", client_id), ("keep_alive", Value::Number(60))]);
        let (client, connack, _) = again::connect(self.link, version, self.login, connect, PATIENCE).await.ok()?;
        (reason_code(&connack) == ReasonCode::Success).then_some((client, connack))
    }

    fn topic(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }
}

/// For a retained message behind the SUBACK.
const DELIVERED: Duration = Duration::from_secs(5);
/// No packet of a case is larger.
const LARGE: u64 = 4 << 20;
