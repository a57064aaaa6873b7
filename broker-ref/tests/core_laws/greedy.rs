//! Greedy Clients beside modest ones: where something is scarce, only who takes more than a fair share pays.
//!
//! Some Clients take as much as they can of everything that is limited: they publish large messages, subscribe to all of
//! them without acknowledging or reading any, have large Wills, many subscriptions, and packets that do not end. After
//! each event, whoever takes less than the limit divided by the number of Clients, reckoned generously, has kept its
//! connection and its Session, and its messages are accepted. And all limits hold.

use std::collections::BTreeMap;

use mqttspec_broker::core::{
    Broker, Config, ConnectionId, Event, Flow, Peer, SessionId, Stored, StoredMessage, Timestamp,
};
use mqttspec_codec::*;
use proptest::{collection::vec, prelude::*};

const GREEDY: usize = 3;
const CLIENTS: usize = 7;
const LIMIT: usize = 96 * 1024;
const SHARE: usize = LIMIT / CLIENTS;

#[derive(Debug, Clone)]
enum Act {
    Connect { will: usize },
    Lose,
    Publish { topic: usize, size: usize },
    Subscribe { filter: usize, levels: usize },
    HalfPacket { size: usize },
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn who_takes_less_than_a_share_never_pays(acts in vec((0..CLIENTS, act()), 1..200)) {
        let mut world = Greed::new();
        for (client, act) in &acts {
            world.act(*client, act);
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..30_000_usize).prop_map(|will| Act::Connect { will }),
        2 => Just(Act::Lose),
        8 => (0..4_usize, 0..20_000_usize).prop_map(|(topic, size)| Act::Publish { topic, size }),
        2 => (0..4_usize, 0..60_usize).prop_map(|(filter, levels)| Act::Subscribe { filter, levels }),
        2 => (0..30_000_usize).prop_map(|size| Act::HalfPacket { size }),
    ]
}

struct Greed {
    broker: Broker,
    folded: Stored,
    opened: u64,
    at: [Option<ConnectionId>; CLIENTS],
    /// Bytes of the packet of each that has not ended.
    halves: [usize; CLIENTS],
}

impl Greed {
    fn new() -> Self {
        let config = Config {
            total_queued_bytes: LIMIT,
            total_subscription_bytes: LIMIT,
            total_input: LIMIT,
            total_backlog: 4 * LIMIT,
            session_bytes: LIMIT,
            backlog: LIMIT,
            ..Config::default()
        };
        let mut greed = Self {
            broker: Broker::new(config, Stored::default(), 3),
            folded: Stored::default(),
            opened: 0,
            at: [None; CLIENTS],
            halves: [0; CLIENTS],
        };
        (0..CLIENTS).for_each(|client| greed.act(client, &Act::Connect { will: 0 }));
        greed
    }

    /// The modest do in small what the greedy do as well.
    fn act(&mut self, client: usize, act: &Act) {
        let is_greedy = client < GREEDY;
        let small = |size: usize| if is_greedy { size } else { size % 20 };
        let Some(at) = self.at[client].filter(|_| !matches!(act, Act::Connect { .. })) else {
            return self.connect(client, if let Act::Connect { will } = act { small(*will) } else { 0 });
        };
        if self.halves[client] > 0 && !matches!(act, Act::Lose | Act::HalfPacket { .. }) {
            return;
        }
        match act {
            Act::Connect { .. } => {}
            Act::Lose => {
                self.at[client] = None;
                self.halves[client] = 0;
                self.event(at, Event::Closed);
            }
            Act::Publish { topic, size } => {
                let payload = vec![7; small(*size)];
                // what the greedy publish reaches the last of the modest as well
                let topic = format!("{}/{topic}", if is_greedy { "g" } else { "m" });
                let delivery = Delivery::AtLeastOnce { packet_id: PacketIdentifier::MIN, dup: false };
                self.send(at, Publish::new(TopicName::new(&topic).unwrap(), delivery, &payload));
            }
            Act::Subscribe { filter, levels } => {
                let filter = match client {
                    ..GREEDY if *levels == 0 => "#".to_owned(),
                    ..GREEDY => format!("{filter}{}", "/level".repeat(*levels)),
                    6 => "g/#".to_owned(),
                    _ => format!("m/{filter}"),
                };
                let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..Default::default() };
                let subscription = [Subscription { filter: TopicFilter::new(&filter).unwrap(), options }];
                let subscriptions = Seq::from(&subscription[..]);
                let (packet_id, properties) = (PacketIdentifier::MIN, Properties::EMPTY);
                self.send(at, Subscribe { packet_id, properties, subscriptions });
            }
            Act::HalfPacket { size } => {
                if self.halves[client] == 0 {
                    self.event(at, Event::Received(&[0x30, 0xC0, 0x9A, 0x0C]));
                }
                let size = small(*size).min(190_000 - self.halves[client]);
                self.halves[client] += size + 4;
                self.event(at, Event::Received(&vec![7; size]));
            }
        }
    }

    fn connect(&mut self, client: usize, will: usize) {
        if let Some(at) = self.at[client].take() {
            self.event(at, Event::Closed);
        }
        self.opened += 1;
        let at = ConnectionId::new(self.opened);
        (self.at[client], self.halves[client]) = (Some(at), 0);
        self.event(at, Event::Opened(Peer::default()));
        let (name, payload) = (client.to_string(), vec![7; will]);
        let lasts = [Property::SessionExpiryInterval(u32::MAX)];
        let delay = [Property::WillDelayInterval(1000)];
        let will = Will {
            topic: TopicName::new("w").unwrap(),
            payload: BinaryData::new(&payload).unwrap(),
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: Properties::from(&delay[..]),
        };
        let connect = Connect::new(Version::V5, Utf8String::new(&name).unwrap());
        let properties = Properties::from(&lasts[..]);
        self.send(at, Connect { clean_start: false, keep_alive: 0, will: Some(will), properties, ..connect });
    }

    fn send<'a>(&mut self, at: ConnectionId, packet: impl Into<Packet<'a>>) {
        let mut bytes = Vec::new();
        encode_to_vec(&packet.into(), Version::V5, &mut bytes).unwrap();
        self.event(at, Event::Received(&bytes));
    }

    /// Something happens, after which the laws hold of who took less than a share before and after it.
    fn event(&mut self, at: ConnectionId, event: Event<'_>) {
        let (before, sessions_before) = (self.takes(), self.sessions());
        self.broker.handle_event(Timestamp::from_millis(1_000), at, event);
        while let Some(delta) = self.broker.poll_delta() {
            self.folded.apply(&delta);
        }
        for account in self.broker.accounts() {
            assert!(account.used <= account.limit + LARGEST, "{account:?}");
        }
        let sessions = self.sessions();
        let mut acknowledged = Vec::new();
        while let Some(id) = self.broker.poll_ready() {
            let Some(client) = self.at.iter().position(|at| *at == Some(id)) else { continue };
            // the greedy do not read
            if client < GREEDY && !self.broker.is_cut(id) && self.opened.is_multiple_of(2) {
                continue;
            }
            let mut bytes = Vec::new();
            let (flow, _) = self.broker.transmit(id, &mut bytes);
            self.broker.written(id);
            let is_modest = before[client].max(self.takes()[client]) < SHARE;
            assert!(flow == Flow::Open || !is_modest, "the connection of {client} ends");
            let mut splitter = Splitter::new(Vec::new(), u32::MAX);
            let mut rest = bytes.as_slice();
            while let Some(frame) = splitter.next(&mut rest).unwrap() {
                match decode_frame(frame, Version::V5).unwrap() {
                    Packet::Puback(puback) => {
                        let accepted = puback.reason_code != ReasonCode::QuotaExceeded;
                        assert!(accepted || !is_modest, "a message of {client} is refused");
                    }
                    Packet::Publish(publish) if client >= GREEDY => {
                        acknowledged.extend(publish.delivery.packet_id().map(|packet_id| (id, packet_id)));
                    }
                    _ => {}
                }
            }
            if flow == Flow::Last {
                (self.at[client], self.halves[client]) = (None, 0);
            }
        }
        for (client, session) in sessions_before {
            let kept = sessions.get(&client) == Some(&session);
            assert!(kept || before[client] >= SHARE, "the Session of {client} ends, that took {}", before[client]);
        }
        for (id, packet_id) in acknowledged {
            self.send(id, Puback::success(packet_id));
        }
    }

    fn sessions(&self) -> BTreeMap<usize, SessionId> {
        let sessions = self.folded.sessions.iter();
        sessions.map(|(id, record)| (record.client_id.parse().unwrap(), *id)).collect()
    }

    /// The most that each Client takes of anything, never less than it is.
    fn takes(&self) -> [usize; CLIENTS] {
        let cost = |message: &StoredMessage| message.encoded_len() * 2 + 1200;
        let (mut holds, mut put, mut others) = ([3000; CLIENTS], [0; CLIENTS], [3000; CLIENTS]);
        let sessions = self.sessions();
        let by_id: BTreeMap<_, _> = sessions.iter().map(|(client, id)| (*id, *client)).collect();
        for ((session, _), entry) in &self.folded.queue {
            let message = &self.folded.messages[&entry.message];
            holds[by_id[session]] += cost(message);
            put[message.publisher().parse::<usize>().unwrap()] += cost(message);
        }
        for (session, filter) in self.folded.subscriptions.keys() {
            others[by_id[session]] += 1500 + filter.split('/').count() * 1000;
        }
        for (id, record) in &self.folded.sessions {
            let will = record.will.as_ref().map_or(0, |will| cost(&will.message));
            let client = by_id[id];
            others[client] = others[client].max(3000 + will);
        }
        std::array::from_fn(|client| {
            let input = self.halves[client] * 2;
            [holds[client], put[client], others[client], input].into_iter().max().unwrap()
        })
    }
}

/// What one event adds at most, in bytes.
const LARGEST: usize = 48 * 1024;
