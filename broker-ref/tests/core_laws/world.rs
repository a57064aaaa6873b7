//! [`World`]: the broker, honest clients, and the laws that are checked after every event.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_broker::core::{Broker, Config, ConnectionId, EntryState, Event, Flow, Overlap, Peer, Stored, Timestamp};
use mqttspec_codec::{
    BinaryData, Connect, Delivery, Disconnect, Packet, PacketIdentifier, Properties, Property, Puback, Pubcomp,
    Publish, Pubrec, Pubrel, QoS, ReasonCode, RetainHandling, Seq, Splitter, Subscribe, Subscription,
    SubscriptionIdentifier, SubscriptionOptions, TopicAlias, TopicFilter, TopicName, Unsubscribe, Utf8String, Version,
    Will, decode_frame, encode_to_vec,
};

use crate::op::{FILTERS, Op, TOPICS};

pub(crate) const CLIENTS: [(&str, Version); 4] =
    [("a", Version::V5), ("b", Version::V3_1_1), ("c", Version::V5), ("d", Version::V3_1)];
const RECEIVE_MAXIMUM: u16 = 3;
/// The first clients have no shared subscriptions: no message comes to them twice.
const SHARE_NOTHING: usize = 2;

pub(crate) struct World {
    broker: Broker,
    config: Config,
    now: Timestamp,
    folded: Stored,
    opened: u64,
    connections: BTreeMap<usize, ConnectionId>,
    inboxes: BTreeMap<ConnectionId, Vec<Vec<u8>>>,
    greeted: BTreeSet<ConnectionId>,
    published: u32,
    /// QoS 2 messages of a client's Session that were sent and not released: topic and payload.
    sent: BTreeMap<(usize, u16), (usize, String)>,
    /// What the client has not finished, by connection.
    unfinished: BTreeMap<ConnectionId, BTreeSet<PacketIdentifier>>,
    /// QoS 2 as the client's Session sees it: identifiers between PUBLISH and PUBREL, and payloads seen.
    holding: BTreeMap<usize, BTreeSet<PacketIdentifier>>,
    seen: BTreeMap<usize, BTreeSet<Vec<u8>>>,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            broker: Broker::new(config.clone(), Stored::default(), 3),
            config,
            now: Timestamp::from_millis(1_000_000),
            folded: Stored::default(),
            opened: 0,
            connections: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            greeted: BTreeSet::new(),
            published: 0,
            sent: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            holding: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    fn event(&mut self, id: ConnectionId, event: Event<'_>) {
        self.broker.handle_event(self.now, id, event);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(delta) = self.broker.poll_delta() {
            self.folded.apply(&delta);
        }
        assert_eq!(self.broker.stored(), self.folded);
        consistent(&self.folded);
        assert_eq!(Broker::new(self.config.clone(), self.folded.clone(), 9).stored(), self.folded);
        while let Some((id, _)) = self.broker.poll_ready() {
            let mut bytes = Vec::new();
            let flow = self.broker.transmit(id, &mut bytes);
            let mut splitter = Splitter::new(Vec::new(), u32::MAX);
            let mut rest = bytes.as_slice();
            while let Some(frame) = splitter.next(&mut rest).unwrap() {
                self.inboxes.entry(id).or_default().push(frame.to_vec());
                self.count(id, frame);
                assert_eq!(self.greeted.insert(id), frame[0] == 0x20, "CONNACK first and once");
            }
            assert!(!splitter.is_partial());
            if flow == Flow::Last {
                self.connections.retain(|_, open| *open != id);
            }
        }
        assert!(self.broker.poll_timeout().is_none_or(|at| at > self.now));
    }

    fn count(&mut self, id: ConnectionId, frame: &[u8]) {
        let Some((client, _)) = self.connections.iter().find(|(_, open)| **open == id) else { return };
        let version = CLIENTS[*client].1;
        let Packet::Publish(publish) = decode_frame(frame, version).expect("legal") else { return };
        let unfinished = self.unfinished.entry(id).or_default();
        unfinished.extend(publish.delivery.packet_id());
        let maximum = if version == Version::V5 { RECEIVE_MAXIMUM } else { u16::MAX };
        assert!(unfinished.len() <= usize::from(maximum.min(self.config.in_flight.get())));
    }

    fn send<'a>(&mut self, client: usize, packet: impl Into<Packet<'a>>) {
        let Some(id) = self.connections.get(&client) else { return };
        let (packet, mut bytes) = (packet.into(), Vec::new());
        encode_to_vec(&packet, CLIENTS[client].1, &mut bytes).unwrap();
        let finished = match packet {
            Packet::Puback(Puback { packet_id, .. }) | Packet::Pubcomp(Pubcomp { packet_id, .. }) => Some(packet_id),
            _ => None,
        };
        if let (Some(unfinished), Some(packet_id)) = (self.unfinished.get_mut(id), finished) {
            unfinished.remove(&packet_id);
        }
        self.event(*id, Event::Received(&bytes));
    }

    pub(crate) fn run(&mut self, client: usize, op: &Op) {
        let version = CLIENTS[client].1;
        let v5 = version == Version::V5;
        let packet_id = |number| PacketIdentifier::new(number).unwrap();
        match *op {
            Op::Connect { clean, expiry, will } => self.connect(client, clean, expiry, will),
            Op::Subscribe { filter, options, identifier } => {
                let filter = TopicFilter::new(FILTERS[filter]).unwrap();
                if filter.shared().is_some() && client < SHARE_NOTHING {
                    return;
                }
                let options = SubscriptionOptions {
                    qos: QoS::from_number(options % 3).unwrap(),
                    no_local: v5 && options & 4 != 0 && filter.shared().is_none(),
                    retain_as_published: v5 && options & 8 != 0,
                    retain_handling: RetainHandling::from_number(if v5 { options >> 4 & 1 } else { 0 }).unwrap(),
                };
                let properties: Vec<_> = SubscriptionIdentifier::new(if v5 { identifier } else { 0 })
                    .map(Property::SubscriptionIdentifier)
                    .into_iter()
                    .collect();
                let subscriptions = [Subscription { filter, options }];
                self.send(
                    client,
                    Subscribe {
                        packet_id: packet_id(9),
                        properties: Properties::from(properties.as_slice()),
                        subscriptions: Seq::from(&subscriptions[..]),
                    },
                );
            }
            Op::Unsubscribe { filter } => {
                let filters = [TopicFilter::new(FILTERS[filter]).unwrap()];
                let filters = Seq::from(&filters[..]);
                self.send(client, Unsubscribe { packet_id: packet_id(9), properties: Properties::EMPTY, filters });
            }
            Op::Publish { topic, qos, packet_id: number, retain, empty, expiry, alias } => {
                // an identifier that is in use belongs to its message
                let number = number + if qos == 1 { 10 } else { 0 };
                if qos == 2 && self.sent.contains_key(&(client, number)) || !self.connections.contains_key(&client) {
                    return;
                }
                self.published += 1;
                let payload = if empty { String::new() } else { self.published.to_string() };
                let mut properties: Vec<_> =
                    expiry.filter(|_| v5).map(Property::MessageExpiryInterval).into_iter().collect();
                properties.extend(TopicAlias::new(topic as u16 + 1).filter(|_| v5 && alias).map(Property::TopicAlias));
                let delivery = Delivery::first(QoS::from_number(qos).unwrap(), packet_id(number));
                if qos == 2 {
                    self.sent.insert((client, number), (topic, payload.clone()));
                }
                self.send(
                    client,
                    Publish {
                        retain,
                        properties: Properties::from(properties.as_slice()),
                        ..Publish::new(TopicName::new(TOPICS[topic]).unwrap(), delivery, payload.as_bytes())
                    },
                );
            }
            Op::Repeat { packet_id: number } => {
                let Some((topic, payload)) = self.sent.get(&(client, number)).cloned() else { return };
                let delivery = Delivery::ExactlyOnce { packet_id: packet_id(number), dup: true };
                let topic = TopicName::new(TOPICS[topic]).unwrap();
                self.send(client, Publish::new(topic, delivery, payload.as_bytes()));
            }
            Op::Pubrel { packet_id: number } => {
                if self.connections.contains_key(&client) {
                    self.sent.remove(&(client, number));
                    self.send(client, Pubrel::success(packet_id(number)));
                }
            }
            Op::Answer { packets, refuse } => self.answer(client, packets, refuse && v5),
            Op::Stray { packet_id: number } => {
                self.send(client, Puback::success(packet_id(number)));
                self.send(client, Pubcomp::success(packet_id(number)));
            }
            Op::Disconnect { keep_will, expiry } => {
                let properties: Vec<_> = expiry.map(Property::SessionExpiryInterval).into_iter().collect();
                let reason_code = match keep_will && v5 {
                    true => ReasonCode::DisconnectWithWillMessage,
                    false => ReasonCode::NORMAL_DISCONNECTION,
                };
                let properties = if v5 { Properties::from(properties.as_slice()) } else { Properties::EMPTY };
                self.send(client, Disconnect { reason_code, properties });
            }
            Op::Malformed => {
                if let Some(id) = self.connections.get(&client) {
                    self.event(*id, Event::Received(&[0x00, 0x00]));
                }
            }
            Op::Lose => {
                if let Some(id) = self.connections.remove(&client) {
                    self.event(id, Event::Closed);
                }
            }
            Op::Wait { millis } => {
                self.now = self.now.after_millis(millis);
                self.broker.handle_timeout(self.now);
                self.drain();
            }
            Op::Restart => {
                self.broker = Broker::new(self.config.clone(), self.folded.clone(), 4);
                self.connections.clear();
                self.broker.handle_timeout(self.now);
                self.drain();
            }
        }
    }

    fn connect(&mut self, client: usize, clean: bool, expiry: u32, will: Option<(usize, u8, bool, u32)>) {
        let (name, version) = CLIENTS[client];
        let v5 = version == Version::V5;
        self.opened += 1;
        let id = ConnectionId::new(self.opened);
        let old = self.connections.insert(client, id);
        self.event(id, Event::Opened(Peer::default()));
        let properties = [
            Property::SessionExpiryInterval(if expiry == 3 { u32::MAX } else { expiry }),
            Property::ReceiveMaximum(RECEIVE_MAXIMUM.try_into().unwrap()),
            Property::TopicAliasMaximum(1),
        ];
        let delay = [Property::WillDelayInterval(will.map_or(0, |will| will.3))];
        let will = will.map(|(topic, qos, retain, _)| Will {
            topic: TopicName::new(TOPICS[topic]).unwrap(),
            payload: BinaryData::new(b"will").unwrap(),
            qos: QoS::from_number(qos).unwrap(),
            retain,
            properties: if v5 { Properties::from(&delay[..]) } else { Properties::EMPTY },
        });
        self.send(
            client,
            Connect {
                clean_start: clean,
                keep_alive: 2,
                will,
                properties: if v5 { Properties::from(&properties[..]) } else { Properties::EMPTY },
                ..Connect::new(version, Utf8String::new(name).unwrap())
            },
        );
        if let Some(old) = old {
            self.event(old, Event::Closed);
        }
        let first = self.inboxes.get(&id).and_then(|inbox| inbox.first()).expect("a CONNACK");
        assert_eq!(first[..1], [0x20]);
        // no Session Present, which 3.1 never says
        if first[2] == 0 {
            self.holding.remove(&client);
            self.seen.remove(&client);
            self.sent.retain(|(of, _), _| *of != client);
        }
    }

    fn answer(&mut self, client: usize, packets: usize, refuse: bool) {
        let Some(&id) = self.connections.get(&client) else { return };
        let version = CLIENTS[client].1;
        let frames: Vec<_> = match self.inboxes.get_mut(&id) {
            Some(inbox) => inbox.drain(..packets.min(inbox.len())).collect(),
            None => return,
        };
        for frame in frames {
            match decode_frame(&frame, version).expect("legal") {
                Packet::Publish(Publish { delivery: Delivery::AtLeastOnce { packet_id, .. }, .. }) => {
                    let code = if refuse { ReasonCode::UnspecifiedError } else { ReasonCode::Success };
                    self.send(client, Puback::with_reason(packet_id, code));
                }
                Packet::Publish(Publish { delivery: Delivery::ExactlyOnce { packet_id, .. }, payload, .. }) => {
                    let new = self.holding.entry(client).or_default().insert(packet_id);
                    // a retained message comes as often as it is asked for; all Wills are alike
                    let numbered = frame[0] & 1 == 0 && !payload.is_empty() && payload != b"will";
                    if new && numbered && client < SHARE_NOTHING && self.config.overlap == Overlap::Once {
                        assert!(self.seen.entry(client).or_default().insert(payload.to_vec()), "QoS 2 comes once");
                    }
                    self.send(client, Pubrec::success(packet_id));
                }
                Packet::Pubrel(Pubrel { packet_id, .. }) => {
                    if let Some(holding) = self.holding.get_mut(&client) {
                        holding.remove(&packet_id);
                    }
                    self.send(client, Pubcomp::success(packet_id));
                }
                _ => {}
            }
        }
    }
}

/// Every table refers to rows that are there, nothing is kept for nobody.
fn consistent(stored: &Stored) {
    let mut referred: BTreeSet<_> = stored.retained.values().copied().collect();
    referred.extend(stored.queue.values().map(|entry| entry.message));
    assert_eq!(referred, stored.messages.keys().copied().collect());
    let of = stored.subscriptions.keys().map(|(session, _)| session);
    let of = of.chain(stored.queue.keys().map(|(session, _)| session));
    for session in of.chain(stored.received.iter().map(|(session, _)| session)) {
        assert!(stored.sessions[session].expiry_interval > 0);
    }
    let mut packet_ids = BTreeSet::new();
    for ((session, place), entry) in &stored.queue {
        match entry.state {
            EntryState::Queued => {}
            EntryState::Sent(packet_id) | EntryState::Released(packet_id) => {
                assert!(packet_ids.insert((session, packet_id)), "{place:?}: an identifier in use twice");
            }
        }
    }
}
