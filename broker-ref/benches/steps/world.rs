//! [`World`]: a broker under a clock that the scenario moves.

use std::hint::black_box;

use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Peer, Stored, Timestamp};
use mqttspec_codec::*;

pub(crate) struct World {
    pub(crate) broker: Broker,
    pub(crate) now: u64,
    output: Vec<u8>,
}

/// One call of the core. Not inlined, and called for what is counted only: callgrind finds it by its name.
#[inline(never)]
pub(crate) fn step(broker: &mut Broker, now: Timestamp, event: Option<(ConnectionId, Event<'_>)>) {
    match event {
        Some((from, event)) => broker.handle_event(now, from, event),
        None => broker.handle_timeout(now),
    }
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self { broker: Broker::new(config, Stored::default(), 7), now: 1_000, output: Vec::new() }
    }

    /// What is not counted.
    pub(crate) fn event(&mut self, id: u64, event: Event<'_>) {
        self.broker.handle_event(Timestamp::from_millis(self.now), ConnectionId::new(id), event);
        self.rest();
    }

    pub(crate) fn receive(&mut self, id: u64, bytes: &[u8]) {
        self.event(id, Event::Received(black_box(bytes)));
    }

    /// All that is left to do now, without counting it.
    fn rest(&mut self) {
        self.drain();
        let mut calls = 0;
        while self.broker.poll_timeout().is_some_and(|due| due.as_millis() <= self.now) {
            self.broker.handle_timeout(Timestamp::from_millis(self.now));
            self.drain();
            calls += 1;
            assert!(calls < 10_000_000, "the broker never rests");
        }
    }

    /// What is counted: the event, if there is one, and all that it leaves to do.
    pub(crate) fn measure(&mut self, event: Option<(u64, Event<'_>)>) {
        step(
            &mut self.broker,
            Timestamp::from_millis(self.now),
            event.map(|(id, event)| (ConnectionId::new(id), event)),
        );
        self.drain();
        for _ in 0..2000 {
            let Some(due) = self.broker.poll_timeout().filter(|due| due.as_millis() <= self.now + 1) else { return };
            self.now = self.now.max(due.as_millis());
            step(&mut self.broker, Timestamp::from_millis(self.now), None);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while self.broker.poll_delta().is_some() {}
        while let Some(to) = self.broker.poll_ready() {
            let _ = self.broker.transmit(to, &mut self.output);
            self.output.clear();
        }
    }

    /// Connects; a Session that `lasts` never expires.
    pub(crate) fn connect(&mut self, id: u64, name: &str, lasts: bool, properties: &[Property<'_>]) {
        let mut connect = Connect::new(Version::V5, Utf8String::new(name).expect("legal"));
        connect.clean_start = false;
        let mut all = properties.to_vec();
        if lasts {
            all.push(Property::SessionExpiryInterval(u32::MAX));
        }
        connect.properties = Properties::from(&all[..]);
        self.event(id, Event::Opened(Peer::default()));
        self.receive(id, &encoded(&connect.into()));
    }

    pub(crate) fn subscribe(&mut self, id: u64, filters: &[&str], qos: QoS, identifier: Option<u32>) {
        for some in filters.chunks(500) {
            self.receive(id, &subscribe(some, qos, identifier));
        }
    }
}

pub(crate) fn subscribe(filters: &[&str], qos: QoS, identifier: Option<u32>) -> Vec<u8> {
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    let filters = filters.iter().map(|filter| TopicFilter::new(filter).expect("legal"));
    let subscriptions: Vec<_> = filters.map(|filter| Subscription { filter, options }).collect();
    let properties: Vec<_> =
        identifier.and_then(SubscriptionIdentifier::new).map(Property::SubscriptionIdentifier).into_iter().collect();
    let (packet_id, properties) = (PacketIdentifier::MIN, Properties::from(&properties[..]));
    encoded(&Subscribe { packet_id, properties, subscriptions: Seq::from(&subscriptions[..]) }.into())
}

pub(crate) fn publish(topic: &str, qos: QoS, properties: &[Property<'_>], payload: &[u8]) -> Vec<u8> {
    let topic = TopicName::new(topic).expect("legal");
    let delivery = Delivery::first(qos, PacketIdentifier::MIN);
    encoded(&Publish { properties: Properties::from(properties), ..Publish::new(topic, delivery, payload) }.into())
}

pub(crate) fn encoded(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_to_vec(packet, Version::V5, &mut bytes).expect("legal");
    bytes
}
