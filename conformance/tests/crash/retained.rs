//! Replaces and reads retained messages.

use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Properties, Publish, QoS, Seq, Subscribe, Subscription, SubscriptionOptions,
    TopicFilter, TopicName, Version,
};
use std::net::SocketAddr;

use crate::client::{Connection, Cut, Identity};

#[derive(Debug)]
pub(crate) struct Retained {
    identity: Identity,
    reader: Identity,
    sent: u32,
    acknowledged: u32,
}

impl Retained {
    pub(crate) fn new() -> Self {
        let identity = |name: &str| Identity::new(name.to_owned(), Version::V5);
        Self { identity: identity("retainer"), reader: identity("reader"), sent: 0, acknowledged: 0 }
    }

    /// Works until the broker is killed.
    pub(crate) fn work(&mut self, at: SocketAddr) {
        let Ok(mut connection) = self.identity.connect(at) else { return };
        while self.retain_next(&mut connection).is_ok() {}
    }

    /// Checks what the crash has left, and continues.
    pub(crate) fn finish(&mut self, at: SocketAddr) {
        for (topic, number) in self.read(at).expect("the broker is running") {
            let last = |upto: u32| (1..=upto).rev().find(|number| TOPICS[*number as usize % TOPICS.len()] == topic);
            let possible = [last(self.acknowledged), last(self.sent)];
            assert!(possible.contains(&number), "{topic}: expected one of {possible:?} retained, found {number:?}");
        }
        let mut connection = self.identity.connect(at).expect("the broker is running");
        self.retain_next(&mut connection).expect("the broker is running");
        self.sent = self.acknowledged;
    }

    /// The unacknowledged number or else the next one. The topics take turns.
    fn retain_next(&mut self, connection: &mut Connection) -> Result<(), Cut> {
        let number = self.acknowledged + 1;
        let dup = self.sent == number;
        self.sent = number;
        let packet_id = PacketIdentifier::new((number % 0xFFFF) as u16 + 1).unwrap();
        let topic = TopicName::new(TOPICS[number as usize % TOPICS.len()]).unwrap();
        let delivery = Delivery::AtLeastOnce { packet_id, dup };
        let payload = number.to_string();
        connection.send(Publish { retain: true, ..Publish::new(topic, delivery, payload.as_bytes()) })?;
        connection.receive(|packet| assert!(matches!(packet, Packet::Puback(_)), "{packet:?}"))?;
        self.acknowledged = number;
        Ok(())
    }

    /// The retained number of each topic.
    fn read(&mut self, at: SocketAddr) -> Result<Vec<(&'static str, Option<u32>)>, Cut> {
        let mut connection = self.reader.connect(at)?;
        let options = SubscriptionOptions { qos: QoS::AtMostOnce, ..SubscriptionOptions::default() };
        let subscriptions = TOPICS.map(|topic| Subscription { filter: TopicFilter::new(topic).unwrap(), options });
        let subscriptions = Seq::from(&subscriptions[..]);
        let subscribe = Subscribe { packet_id: PacketIdentifier::MIN, properties: Properties::EMPTY, subscriptions };
        connection.send(subscribe)?;
        connection.send(mqttspec_codec::Pingreq)?;
        let mut found = TOPICS.map(|topic| (topic, None));
        let mut done = false;
        while !done {
            connection.receive(|packet| match packet {
                Packet::Suback(_) => {}
                Packet::Publish(publish) => {
                    let topic = publish.topic.expect("no alias was allowed").as_str();
                    let number = str::from_utf8(publish.payload).unwrap().parse().unwrap();
                    found.iter_mut().filter(|(of, _)| *of == topic).for_each(|(_, last)| *last = Some(number));
                }
                Packet::Pingresp(_) => done = true,
                other => panic!("expected retained messages, found {other:?}"),
            })?;
        }
        Ok(found.to_vec())
    }
}

const TOPICS: [&str; 3] = ["kept/a", "kept/b", "kept/c"];
