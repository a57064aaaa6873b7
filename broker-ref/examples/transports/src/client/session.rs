//! [`Session`]: the Client's part of an MQTT Session, without I/O (v5 section 4.1).

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

use mqttspec_codec::{
    Connect, Delivery, Packet, PacketIdentifier, Property, Puback, Pubcomp, Publish, Pubrec, Pubrel, QoS,
    RetainHandling, Seq, Subscribe, Subscription, SubscriptionOptions, TopicFilter, TopicName, Utf8String, Version,
    encode_to_vec,
};

/// An error means that a name is not legal in MQTT, or that a packet is not.
pub(super) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What the Client remembers across connections, and the bytes that it wants to send.
#[derive(Debug)]
pub(super) struct Session {
    qos: QoS,
    client_id: String,
    topic: String,
    /// What was sent and is not acknowledged, by the order in which it was first sent.
    sent: BTreeMap<u64, (PacketIdentifier, Sent)>,
    sequence: u64,
    /// QoS 2 messages that were heard and not released.
    heard: BTreeSet<PacketIdentifier>,
    /// Bytes for the connection.
    pub(super) output: Vec<u8>,
}

/// How far a message of the Client's has come.
#[derive(Debug, Clone)]
enum Sent {
    Publish(Vec<u8>),
    Pubrel,
}

/// What a packet means to the application.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// The connection is accepted and the room is subscribed to.
    Present,
    /// A message for the application.
    Message(&'a [u8]),
    /// The Server refuses, or ends the connection.
    End,
    Nothing,
}

impl Session {
    pub(super) fn new(client_id: &str, topic: &str, qos: QoS) -> Self {
        Self {
            qos,
            client_id: client_id.to_owned(),
            topic: topic.to_owned(),
            sent: BTreeMap::new(),
            sequence: 0,
            heard: BTreeSet::new(),
            output: Vec::new(),
        }
    }

    /// Starts a connection. At QoS 1 and 2 the Session continues.
    pub(super) fn connect(&mut self, keep_alive: u16) -> Result<()> {
        self.output.clear();
        let mut connect = Connect::new(Version::V5, Utf8String::new(&self.client_id)?);
        connect.clean_start = self.qos == QoS::AtMostOnce;
        connect.keep_alive = keep_alive;
        let expiry = [Property::SessionExpiryInterval(3600)];
        if !connect.clean_start {
            connect.properties = Seq::from(&expiry[..]);
        }
        write(&mut self.output, connect)
    }

    /// Says a message. At QoS 1 and 2 it is kept until it is acknowledged.
    pub(super) fn publish(&mut self, payload: Vec<u8>) -> Result<()> {
        let packet_id = self.free_packet_id();
        write(
            &mut self.output,
            Publish::new(TopicName::new(&self.topic)?, Delivery::first(self.qos, packet_id), &payload),
        )?;
        if self.qos != QoS::AtMostOnce {
            self.sequence += 1;
            self.sent.insert(self.sequence, (packet_id, Sent::Publish(payload)));
        }
        Ok(())
    }

    pub(super) fn ping(&mut self) -> Result<()> {
        write(&mut self.output, mqttspec_codec::Pingreq)
    }

    /// Takes a packet from the Server and answers it.
    pub(super) fn handle<'a>(&mut self, packet: &Packet<'a>) -> Result<Event<'a>> {
        match packet {
            Packet::Connack(connack) if connack.reason_code.is_failure() => return Ok(Event::End),
            Packet::Connack(connack) => return self.connected(connack.session_present),
            Packet::Suback(_) => return Ok(Event::Present),
            Packet::Publish(publish) => return self.hear(publish),
            Packet::Puback(Puback { packet_id, .. }) | Packet::Pubcomp(Pubcomp { packet_id, .. }) => {
                self.sent.retain(|_, (sent, _)| sent != packet_id);
            }
            Packet::Pubrec(Pubrec { packet_id, reason_code, .. }) if reason_code.is_failure() => {
                self.sent.retain(|_, (sent, _)| sent != packet_id);
            }
            Packet::Pubrec(Pubrec { packet_id, .. }) => {
                if let Some((_, sent)) = self.sent.values_mut().find(|(sent, _)| sent == packet_id) {
                    *sent = Sent::Pubrel;
                }
                write(&mut self.output, Pubrel::success(*packet_id))?;
            }
            Packet::Pubrel(Pubrel { packet_id, .. }) => {
                self.heard.remove(packet_id);
                write(&mut self.output, Pubcomp::success(*packet_id))?;
            }
            Packet::Disconnect(_) => return Ok(Event::End),
            _ => {}
        }
        Ok(Event::Nothing)
    }

    fn connected(&mut self, session_present: bool) -> Result<Event<'static>> {
        if !session_present {
            self.heard.clear();
            let options = SubscriptionOptions {
                qos: self.qos,
                no_local: false,
                retain_as_published: false,
                retain_handling: RetainHandling::Send,
            };
            let filter = TopicFilter::new(&self.topic)?;
            let subscriptions = [Subscription { filter, options }];
            let packet_id = PacketIdentifier::new(SUBSCRIBE).unwrap_or(PacketIdentifier::MIN);
            let subscriptions = Seq::from(&subscriptions[..]);
            write(&mut self.output, Subscribe { packet_id, properties: Seq::EMPTY, subscriptions })?;
        }
        // v5 [MQTT-4.4.0-1]
        for (packet_id, sent) in self.sent.values() {
            match sent {
                Sent::Publish(payload) => {
                    let delivery = again(Delivery::first(self.qos, *packet_id));
                    write(&mut self.output, Publish::new(TopicName::new(&self.topic)?, delivery, payload))?;
                }
                Sent::Pubrel => write(&mut self.output, Pubrel::success(*packet_id))?,
            }
        }
        Ok(if session_present { Event::Present } else { Event::Nothing })
    }

    fn hear<'a>(&mut self, publish: &Publish<'a>) -> Result<Event<'a>> {
        let new = match publish.delivery {
            Delivery::AtMostOnce => true,
            Delivery::AtLeastOnce { packet_id, .. } => {
                write(&mut self.output, Puback::success(packet_id))?;
                true
            }
            Delivery::ExactlyOnce { packet_id, .. } => {
                write(&mut self.output, Pubrec::success(packet_id))?;
                // v5 section 4.3.3: until PUBREL, the same identifier is the same message
                self.heard.insert(packet_id)
            }
        };
        Ok(if new { Event::Message(publish.payload) } else { Event::Nothing })
    }

    fn free_packet_id(&self) -> PacketIdentifier {
        let free = |id: &PacketIdentifier| !self.sent.values().any(|(used, _)| used == id);
        (1..SUBSCRIBE).filter_map(PacketIdentifier::new).find(free).unwrap_or(PacketIdentifier::MIN)
    }
}

/// The same delivery with DUP (v5 [MQTT-3.3.1-1]).
fn again(delivery: Delivery) -> Delivery {
    match delivery {
        Delivery::AtMostOnce => Delivery::AtMostOnce,
        Delivery::AtLeastOnce { packet_id, .. } => Delivery::AtLeastOnce { packet_id, dup: true },
        Delivery::ExactlyOnce { packet_id, .. } => Delivery::ExactlyOnce { packet_id, dup: true },
    }
}

fn write<'a>(output: &mut Vec<u8>, packet: impl Into<Packet<'a>>) -> Result<()> {
    encode_to_vec(&packet.into(), Version::V5, output)?;
    Ok(())
}

/// The Packet Identifier of SUBSCRIBE; messages have those below it.
const SUBSCRIBE: u16 = u16::MAX;

#[cfg(test)]
mod tests {
    use super::*;
    use mqttspec_codec::{Connack, Properties, ReasonCode, decode};

    fn sent(session: &mut Session) -> Vec<String> {
        let bytes = std::mem::take(&mut session.output);
        let mut rest = &bytes[..];
        let mut packets = Vec::new();
        while let Some((packet, len)) = decode(rest, Version::V5).unwrap() {
            packets.push(match packet {
                Packet::Publish(publish) => format!("PUBLISH dup={}", publish.delivery.dup()),
                other => other.packet_type().name().to_owned(),
            });
            rest = &rest[len..];
        }
        packets
    }

    fn connack(session_present: bool) -> Packet<'static> {
        let reason_code = ReasonCode::Success;
        Connack { session_present, reason_code, properties: Properties::EMPTY }.into()
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again() {
        let mut session = Session::new("a", "room", QoS::ExactlyOnce);
        session.connect(60).unwrap();
        assert_eq!(session.handle(&connack(false)).unwrap(), Event::Nothing);
        session.publish(b"1".to_vec()).unwrap();
        session.publish(b"2".to_vec()).unwrap();
        session.handle(&Pubrec::success(PacketIdentifier::MIN).into()).unwrap();
        let first = ["CONNECT", "SUBSCRIBE", "PUBLISH dup=false", "PUBLISH dup=false", "PUBREL"];
        assert_eq!(sent(&mut session), first);
        session.connect(60).unwrap();
        assert_eq!(session.handle(&connack(true)).unwrap(), Event::Present);
        assert_eq!(sent(&mut session), ["CONNECT", "PUBREL", "PUBLISH dup=true"]);
    }

    #[test]
    fn a_message_of_qos_2_is_heard_once() {
        let mut session = Session::new("a", "room", QoS::ExactlyOnce);
        let delivery = Delivery::first(QoS::ExactlyOnce, PacketIdentifier::MIN);
        let publish = Publish::new(TopicName::new("room").unwrap(), delivery, b"x");
        assert_eq!(session.handle(&publish.into()).unwrap(), Event::Message(b"x"));
        assert_eq!(session.handle(&publish.into()).unwrap(), Event::Nothing);
        session.handle(&Pubrel::success(PacketIdentifier::MIN).into()).unwrap();
        assert_eq!(session.handle(&publish.into()).unwrap(), Event::Message(b"x"));
    }
}
