//! [`Net`]: a broker, the clients' ends of its connections, and time.

use std::collections::{BTreeMap, VecDeque};

use mqttspec_broker::core::{Access, Broker, Config, ConnectionId, Event, Flow, Peer, Stored, Timestamp};
use mqttspec_codec::{
    Connack, Connect, Delivery, Disconnect, Packet, PacketIdentifier, Properties, Property, Publish, QoS, ReasonCode,
    Reject, Seq, Splitter, Suback, Subscribe, Subscription, SubscriptionOptions, TopicFilter, TopicName, Utf8String,
    Version, Will, decode_frame, decode_frame_with, encode_to_vec,
};

pub(crate) use mqttspec_codec::Version::{V3_1, V3_1_1, V5};

pub(crate) struct Net {
    pub(crate) broker: Broker,
    config: Config,
    now: Timestamp,
    opened: u64,
    ends: BTreeMap<ConnectionId, End>,
    /// The fold of all deltas.
    pub(crate) folded: Stored,
    /// While set, output stays in the broker.
    pub(crate) nobody_reads: bool,
    /// While set, what is left to do after an event stays so.
    pub(crate) stops_halfway: bool,
    /// While set, no password is checked.
    pub(crate) checks_wait: bool,
    /// What arrives is decoded by a receiver that rejects this.
    pub(crate) rejected: Reject,
}

#[derive(Default)]
struct End {
    frames: VecDeque<Vec<u8>>,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) id: ConnectionId,
    pub(crate) version: Version,
}

impl Net {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        Self {
            broker: Broker::new(config.clone(), Stored::default(), 1),
            config,
            now: Timestamp::from_millis(1_700_000_000_000),
            opened: 0,
            ends: BTreeMap::new(),
            folded: Stored::default(),
            nobody_reads: false,
            stops_halfway: false,
            checks_wait: false,
            rejected: Reject::ALL,
        }
    }

    /// The broker crashes, and another one starts with the stored state. All connections are gone.
    pub(crate) fn restart(&mut self) {
        self.broker = Broker::new(self.config.clone(), self.folded.clone(), 2);
        assert_eq!(self.broker.stored(), self.folded, "loading a snapshot is the identity");
        self.ends.values_mut().for_each(|end| end.closed = true);
        self.wait(0);
    }

    /// The broker is asked to stop.
    pub(crate) fn stop(&mut self) {
        self.broker.stop(self.now);
        self.drain();
    }

    /// Whether the broker is handed what this client sends.
    pub(crate) fn set_reading(&mut self, client: Client, reading: bool) {
        self.broker.set_reading(self.now, client.id, reading);
    }

    /// The broker restarts with other users.
    pub(crate) fn change_access(&mut self, access: Access) {
        self.config.access = access;
        self.restart();
    }

    /// The broker is told of other users.
    pub(crate) fn reload(&mut self, access: Access) {
        self.config.access = access.clone();
        self.broker.set_access(self.now, access);
        self.drain();
    }

    /// Time passes, in milliseconds; the broker's timers run on the way.
    pub(crate) fn wait(&mut self, millis: u64) {
        let end = self.now.after_millis(millis);
        loop {
            let due = self.broker.poll_timeout().filter(|due| *due <= end);
            self.now = due.unwrap_or(end).max(self.now);
            self.broker.handle_timeout(self.now);
            self.drain();
            if due.is_none() {
                return;
            }
        }
    }

    /// Milliseconds until the timeout of the broker; `None` if there is none.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.broker.poll_timeout().map(|at| at.as_millis() - self.now.as_millis())
    }

    pub(crate) fn open(&mut self, version: Version) -> Client {
        self.open_from(version, Peer::default())
    }

    pub(crate) fn open_from(&mut self, version: Version, peer: Peer) -> Client {
        self.opened += 1;
        let id = ConnectionId::new(self.opened);
        self.ends.insert(id, End::default());
        self.event(id, Event::Opened(peer));
        Client { id, version }
    }

    pub(crate) fn send<'a>(&mut self, from: Client, packet: impl Into<Packet<'a>>) {
        let mut bytes = Vec::new();
        encode_to_vec(&packet.into(), from.version, &mut bytes).expect("a packet of that version");
        self.send_bytes(from, &bytes);
    }

    pub(crate) fn send_bytes(&mut self, from: Client, bytes: &[u8]) {
        self.event(from.id, Event::Received(bytes));
    }

    /// Something else happens on the connection.
    pub(crate) fn happen(&mut self, at: Client, event: Event<'_>) {
        self.event(at.id, event);
    }

    /// The transport breaks.
    pub(crate) fn lose(&mut self, client: Client) {
        self.event(client.id, Event::Closed);
    }

    /// DISCONNECT with code 0.
    pub(crate) fn leave(&mut self, client: Client) {
        self.send(client, Disconnect::new(ReasonCode::NORMAL_DISCONNECTION));
        self.closed(client);
    }

    /// The broker restarts with other settings.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.restart();
    }

    fn event(&mut self, id: ConnectionId, event: Event<'_>) {
        self.broker.handle_event(self.now, id, event);
        self.drain();
        if !self.stops_halfway {
            self.go_on(usize::MAX);
        }
    }

    /// Lets the broker go on with what is left to do now, for so many steps.
    pub(crate) fn go_on(&mut self, steps: usize) {
        for _ in 0..steps {
            if self.broker.poll_timeout().is_none_or(|due| due > self.now) {
                return;
            }
            self.broker.handle_timeout(self.now);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(delta) = self.broker.poll_delta() {
            self.folded.apply(&delta);
        }
        assert_eq!(self.broker.stored(), self.folded, "the deltas are what changed");
        if let Some((id, check)) = (!self.checks_wait).then(|| self.broker.poll_check()).flatten() {
            return self.event(id, Event::PasswordChecked(check.run()));
        }
        if !self.nobody_reads {
            while let Some(id) = self.broker.poll_ready() {
                self.transmit(id);
            }
        }
    }

    fn transmit(&mut self, id: ConnectionId) {
        let mut bytes = Vec::new();
        let (flow, _) = self.broker.transmit(id, &mut bytes);
        let end = self.ends.entry(id).or_default();
        let mut splitter = Splitter::new(Vec::new(), u32::MAX);
        let mut rest = bytes.as_slice();
        while let Some(frame) = splitter.next(&mut rest).expect("framed") {
            end.frames.push_back(frame.to_vec());
        }
        assert!(!splitter.is_partial(), "whole packets only");
        end.closed |= flow == Flow::Last;
    }

    /// Hands the next packet that arrived to `look`.
    pub(crate) fn next<R>(&mut self, at: Client, look: impl FnOnce(Packet<'_>) -> R) -> R {
        let end = self.ends.get_mut(&at.id).expect("opened");
        let frame = end.frames.pop_front().unwrap_or_else(|| panic!("nothing came (closed: {})", end.closed));
        look(decode_frame_with(&frame, at.version, self.rejected).expect("a packet that strict receivers take"))
    }

    pub(crate) fn has_frame(&self, at: Client) -> bool {
        !self.ends[&at.id].frames.is_empty()
    }

    /// Everything that arrived, as bytes.
    pub(crate) fn frames(&mut self, at: Client) -> Vec<Vec<u8>> {
        self.ends.get_mut(&at.id).expect("opened").frames.drain(..).collect()
    }

    #[track_caller]
    pub(crate) fn expect<'a>(&mut self, at: Client, wanted: impl Into<Packet<'a>>) {
        let wanted = wanted.into();
        let place = std::panic::Location::caller();
        self.next(at, |packet| assert_eq!(packet, wanted, "at {place}"));
    }

    #[track_caller]
    pub(crate) fn nothing(&mut self, at: Client) {
        let end = &self.ends[&at.id];
        let first = end.frames.front().map(|frame| decode_frame(frame, at.version));
        assert!(first.is_none() && !end.closed, "{first:?}, closed: {}", end.closed);
    }

    /// Nothing more came, and the broker closed the connection.
    #[track_caller]
    pub(crate) fn closed(&mut self, at: Client) {
        let end = &self.ends[&at.id];
        let first = end.frames.front().map(|frame| decode_frame(frame, at.version));
        assert!(first.is_none() && end.closed, "{first:?}, closed: {}", end.closed);
    }

    /// DISCONNECT with that code in v5, and the end.
    #[track_caller]
    pub(crate) fn disconnected(&mut self, at: Client, code: ReasonCode) {
        if at.version == V5 {
            let found = self.next(at, |packet| match packet {
                Packet::Disconnect(disconnect) => disconnect.reason_code,
                other => panic!("{other:?} in place of DISCONNECT"),
            });
            assert_eq!(found, code);
        }
        self.closed(at);
    }

    /// Connects, and gives Session Present.
    pub(crate) fn connect_as(&mut self, connect: Connect<'_>) -> (Client, bool) {
        let client = self.open(connect.version);
        self.send(client, connect);
        let present = self.next(client, |packet| match packet {
            Packet::Connack(Connack { reason_code: ReasonCode::Success, session_present, .. }) => session_present,
            other => panic!("{other:?} in place of CONNACK"),
        });
        (client, present)
    }

    /// Connects with Clean Start.
    pub(crate) fn connect(&mut self, version: Version, client_id: &str) -> Client {
        self.connect_as(connect(version, client_id)).0
    }

    /// Connects to a Session that outlives its connection, and gives Session Present.
    pub(crate) fn resume(&mut self, version: Version, client_id: &str) -> (Client, bool) {
        self.connect_as(lasting(version, client_id))
    }

    /// Subscribes, and takes the SUBACK.
    pub(crate) fn subscribe(&mut self, client: Client, filter: &str, qos: QoS) {
        self.subscribe_as(client, filter, SubscriptionOptions { qos, ..Default::default() }, &[]);
    }

    pub(crate) fn subscribe_as(
        &mut self,
        client: Client,
        filter: &str,
        options: SubscriptionOptions,
        properties: &[Property<'_>],
    ) {
        let granted = ReasonCode::from_number(options.qos.number()).unwrap();
        assert_eq!(self.subscribe_code(client, filter, options, properties), granted);
    }

    pub(crate) fn subscribe_code(
        &mut self,
        client: Client,
        filter: &str,
        options: SubscriptionOptions,
        properties: &[Property<'_>],
    ) -> ReasonCode {
        let subscription = [Subscription { filter: TopicFilter::new(filter).unwrap(), options }];
        let subscribe = Subscribe {
            packet_id: id(77),
            properties: Properties::from(properties),
            subscriptions: Seq::from(&subscription[..]),
        };
        self.send(client, subscribe);
        self.next(client, |packet| match packet {
            Packet::Suback(Suback { packet_id, reason_codes, .. }) if packet_id == id(77) => {
                reason_codes.iter().next().unwrap()
            }
            other => panic!("{other:?} in place of SUBACK"),
        })
    }

    /// Publishes at QoS 0.
    pub(crate) fn publish(&mut self, client: Client, topic: &str, payload: &str) {
        self.send(client, qos0(topic, payload));
    }

    /// Publishes a retained message at QoS 0.
    pub(crate) fn retain(&mut self, client: Client, topic: &str, payload: &str) {
        self.send(client, Publish { retain: true, ..qos0(topic, payload) });
    }
}

pub(crate) fn connect(version: Version, client_id: &str) -> Connect<'_> {
    Connect { keep_alive: 0, ..Connect::new(version, Utf8String::new(client_id).unwrap()) }
}

/// A CONNECT that resumes its Session. The Session outlives the connection: forever in v3.1.1, for an hour in v5.
pub(crate) fn lasting(version: Version, client_id: &str) -> Connect<'_> {
    const HOUR: &[Property<'static>] = &[Property::SessionExpiryInterval(3600)];
    let properties = if version == V5 { Properties::from(HOUR) } else { Properties::EMPTY };
    Connect { clean_start: false, properties, ..connect(version, client_id) }
}

pub(crate) fn will<'a>(topic: &'a str, payload: &'a str) -> Will<'a> {
    Will {
        topic: TopicName::new(topic).unwrap(),
        payload: mqttspec_codec::BinaryData::new(payload.as_bytes()).unwrap(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Properties::EMPTY,
    }
}

pub(crate) fn id(number: u16) -> PacketIdentifier {
    PacketIdentifier::new(number).unwrap()
}

pub(crate) fn qos0<'a>(topic: &'a str, payload: &'a str) -> Publish<'a> {
    Publish::new(TopicName::new(topic).unwrap(), Delivery::AtMostOnce, payload.as_bytes())
}

pub(crate) fn qos1<'a>(number: u16, topic: &'a str, payload: &'a str) -> Publish<'a> {
    Publish { delivery: Delivery::AtLeastOnce { packet_id: id(number), dup: false }, ..qos0(topic, payload) }
}

pub(crate) fn qos2<'a>(number: u16, topic: &'a str, payload: &'a str) -> Publish<'a> {
    Publish { delivery: Delivery::ExactlyOnce { packet_id: id(number), dup: false }, ..qos0(topic, payload) }
}

/// The same packet, sent again.
pub(crate) fn again(publish: Publish<'_>) -> Publish<'_> {
    let delivery = match publish.delivery {
        Delivery::AtMostOnce => Delivery::AtMostOnce,
        Delivery::AtLeastOnce { packet_id, .. } => Delivery::AtLeastOnce { packet_id, dup: true },
        Delivery::ExactlyOnce { packet_id, .. } => Delivery::ExactlyOnce { packet_id, dup: true },
    };
    Publish { delivery, ..publish }
}
