//! [`World`]: a broker, and Clients that keep nothing of what it sends them.

use std::collections::BTreeMap;

use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Flow, Peer, Stored, Timestamp};
use mqttspec_codec::*;

/// What a connection costs in the core besides what is counted, in bytes.
pub(crate) const EACH_CONNECTION: usize = 2048;

pub(crate) struct World {
    pub(crate) broker: Broker,
    now: Timestamp,
    opened: u64,
    /// Open connections, and whether they read.
    lines: BTreeMap<ConnectionId, bool>,
    pub(crate) scratch: Vec<u8>,
    /// Those that a script goes on with.
    pub(crate) at: Vec<ConnectionId>,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            broker: Broker::new(config, Stored::default(), 1),
            now: Timestamp::from_millis(1_700_000_000_000),
            opened: 0,
            lines: BTreeMap::new(),
            scratch: Vec::with_capacity(2 << 20),
            at: Vec::new(),
        }
    }

    /// What the broker says that it keeps, in bytes.
    pub(crate) fn counted(&self) -> usize {
        self.broker.accounts().iter().map(|account| account.used).sum()
    }

    pub(crate) fn used(&self, setting: &str) -> usize {
        self.broker.accounts().iter().find(|account| account.setting == setting).expect("an account").used
    }

    /// The limits of what there is.
    pub(crate) fn limits_in_use(&self) -> usize {
        self.broker.accounts().iter().filter(|account| account.used > 0).map(|account| account.limit).sum()
    }

    pub(crate) fn connections(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn open(&mut self) -> ConnectionId {
        self.opened += 1;
        let id = ConnectionId::new(self.opened);
        self.lines.insert(id, true);
        self.event(id, Event::Opened(Peer::default()));
        id
    }

    pub(crate) fn send<'a>(&mut self, from: ConnectionId, version: Version, packet: impl Into<Packet<'a>>) {
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        encode_to_vec(&packet.into(), version, &mut bytes).expect("a packet");
        self.event(from, Event::Received(&bytes));
        self.scratch = bytes;
    }

    pub(crate) fn send_bytes(&mut self, from: ConnectionId, bytes: &[u8]) {
        self.event(from, Event::Received(bytes));
    }

    pub(crate) fn close(&mut self, id: ConnectionId) {
        self.lines.remove(&id);
        self.event(id, Event::Closed);
    }

    pub(crate) fn stop_reading(&mut self, id: ConnectionId) {
        self.lines.insert(id, false);
    }

    fn event(&mut self, id: ConnectionId, event: Event<'_>) {
        self.broker.handle_event(self.now, id, event);
        while self.broker.poll_delta().is_some() {}
        while let Some(id) = self.broker.poll_ready() {
            let reads = self.lines.get(&id).copied().unwrap_or(true);
            if !reads && !self.broker.is_cut(id) {
                continue;
            }
            let (flow, _) = self.broker.transmit(id, &mut Vec::new());
            self.broker.written(id);
            if flow == Flow::Last && self.lines.remove(&id).is_some() {
                self.broker.handle_event(self.now, id, Event::Closed);
            }
        }
    }

    /// Connects; the Session outlives the connection.
    pub(crate) fn connect(&mut self, name: &str) -> ConnectionId {
        let properties = [Property::SessionExpiryInterval(u32::MAX), Property::TopicAliasMaximum(1000)];
        self.connect_as(Connect { properties: Properties::from(&properties[..]), ..connect(Version::V5, name) })
    }

    pub(crate) fn connect_as(&mut self, connect: Connect<'_>) -> ConnectionId {
        let id = self.open();
        self.send(id, connect.version, connect);
        id
    }

    /// A Session that subscribes and leaves.
    pub(crate) fn absent(&mut self, name: &str, filter: &str) {
        let id = self.connect(name);
        self.subscribe(id, filter, None);
        self.close(id);
    }

    pub(crate) fn subscribe(&mut self, at: ConnectionId, filter: &str, identifier: Option<u32>) {
        let options = SubscriptionOptions { qos: QoS::ExactlyOnce, ..Default::default() };
        let subscription = [Subscription { filter: TopicFilter::new(filter).expect("a filter"), options }];
        let identifier = identifier.and_then(SubscriptionIdentifier::new).map(Property::SubscriptionIdentifier);
        let properties: Vec<Property<'_>> = identifier.into_iter().collect();
        let subscribe = Subscribe {
            packet_id: PacketIdentifier::MIN,
            properties: Properties::from(&properties[..]),
            subscriptions: Seq::from(&subscription[..]),
        };
        self.send(at, Version::V5, subscribe);
    }

    pub(crate) fn publish(&mut self, at: ConnectionId, publish: Publish<'_>) {
        self.send(at, Version::V5, publish);
    }
}

pub(crate) fn connect(version: Version, name: &str) -> Connect<'_> {
    Connect { keep_alive: 0, clean_start: false, ..Connect::new(version, Utf8String::new(name).expect("a name")) }
}

pub(crate) fn qos1<'a>(topic: &'a str, payload: &'a [u8]) -> Publish<'a> {
    let delivery = Delivery::AtLeastOnce { packet_id: PacketIdentifier::MIN, dup: false };
    Publish::new(TopicName::new(topic).expect("a topic"), delivery, payload)
}

pub(crate) fn qos0<'a>(topic: &'a str, payload: &'a [u8]) -> Publish<'a> {
    Publish { delivery: Delivery::AtMostOnce, ..qos1(topic, payload) }
}
