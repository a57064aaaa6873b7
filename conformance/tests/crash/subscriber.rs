//! Receives in a persistent Session, acknowledges, and checks the messages.

use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Properties, Puback, Pubcomp, Publish, Pubrec, QoS, Seq, Subscribe,
    Subscription, SubscriptionOptions, TopicFilter, Version,
};
use std::{collections::BTreeSet, net::SocketAddr};

use crate::{
    client::{Connection, Cut, Identity},
    publisher::Publisher,
};

#[derive(Debug)]
pub(crate) struct Subscriber {
    identity: Identity,
    qos: QoS,
    subscribed: bool,
    from: Vec<Received>,
    /// QoS 2 between PUBLISH and PUBREL.
    holding: BTreeSet<PacketIdentifier>,
}

/// The messages received from one publisher.
#[derive(Debug)]
struct Received {
    topic: String,
    /// Whether delivery is exactly once on the whole way.
    once: bool,
    /// The last number; all numbers up to it have been received.
    last: u32,
}

impl Subscriber {
    pub(crate) fn new(name: &str, version: Version, qos: QoS, publishers: &[Publisher]) -> Self {
        let received = |publisher: &Publisher| Received {
            topic: publisher.topic(),
            once: publisher.qos == QoS::ExactlyOnce && qos == QoS::ExactlyOnce,
            last: 0,
        };
        Self {
            identity: Identity::new(name.to_owned(), version),
            qos,
            subscribed: false,
            from: publishers.iter().map(received).collect(),
            holding: BTreeSet::new(),
        }
    }

    /// Subscribes once for the whole Session.
    pub(crate) fn subscribe_once(&mut self, at: SocketAddr) {
        if self.subscribed {
            return;
        }
        let mut connection = self.identity.connect(at).expect("the broker is running");
        let filter = TopicFilter::new("load/#").unwrap();
        let subscriptions =
            [Subscription { filter, options: SubscriptionOptions { qos: self.qos, ..SubscriptionOptions::default() } }];
        let subscriptions = Seq::from(&subscriptions[..]);
        let subscribe = Subscribe { packet_id: PacketIdentifier::MIN, properties: Properties::EMPTY, subscriptions };
        connection.send(subscribe).expect("the broker is running");
        let suback = connection.receive(|packet| matches!(packet, Packet::Suback(_)));
        self.subscribed = suback.expect("the broker is running");
    }

    /// Works until the broker is killed.
    pub(crate) fn work(&mut self, at: SocketAddr) {
        let Ok(mut connection) = self.identity.connect(at) else { return };
        while self.answer(&mut connection).is_ok() {}
    }

    /// Works until everything has been received, and checks that nothing more arrives.
    pub(crate) fn finish(&mut self, at: SocketAddr, sent: &[u32]) {
        let mut connection = self.identity.connect(at).expect("the broker is running");
        let missing = |from: &[Received]| from.iter().zip(sent).any(|(received, sent)| received.last < *sent);
        while missing(&self.from) {
            self.answer(&mut connection).expect("the broker is running");
        }
        // other packets on their way arrive before the answer
        connection.send(mqttspec_codec::Pingreq).expect("the broker is running");
        while !self.answer(&mut connection).expect("the broker is running") {}
    }

    /// Handles a packet. Returns whether it was a PINGRESP.
    fn answer(&mut self, connection: &mut Connection) -> Result<bool, Cut> {
        let answer = connection.receive(|packet| match packet {
            Packet::Publish(publish) => match publish.delivery {
                Delivery::AtMostOnce => panic!("QoS 0 was not asked for"),
                Delivery::AtLeastOnce { packet_id, .. } => {
                    self.take(&publish);
                    Some(Packet::from(Puback::success(packet_id)))
                }
                Delivery::ExactlyOnce { packet_id, .. } => {
                    // v5 [MQTT-4.3.3-10], v3.1.1 [MQTT-4.3.3-2]
                    if self.holding.insert(packet_id) {
                        self.take(&publish);
                    }
                    Some(Packet::from(Pubrec::success(packet_id)))
                }
            },
            Packet::Pubrel(pubrel) => {
                self.holding.remove(&pubrel.packet_id);
                Some(Packet::from(Pubcomp::success(pubrel.packet_id)))
            }
            Packet::Pingresp(_) => None,
            other => panic!("PUBLISH or PUBREL, not {other:?}"),
        })?;
        match answer {
            Some(answer) => connection.send(answer).map(|()| false),
            None => Ok(true),
        }
    }

    fn take(&mut self, publish: &Publish<'_>) {
        let topic = publish.topic.expect("no alias was allowed").as_str();
        let received = self.from.iter_mut().find(|received| received.topic == topic).expect("a known topic");
        let number = str::from_utf8(publish.payload).unwrap().split_once(' ').expect("a number").0.parse().unwrap();
        let (name, last) = (&self.identity.name, received.last);
        assert!(number <= last + 1, "{name}: {topic}: {} to {} are lost", last + 1, number - 1);
        assert!(
            number == last + 1 || !received.once,
            "{name}: {topic}: {number} was received twice, the last one was {last}"
        );
        received.last = last.max(number);
    }
}
