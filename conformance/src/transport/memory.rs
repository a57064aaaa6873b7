//! The reference broker in this process, under a virtual clock: the same result every time, and an hour of timeouts in a
//! moment.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Flow, Peer, Stored, Timestamp};
use mqttspec_codec::Version;

use super::{
    Link, LinkError,
    tamper::{Passage, Tamper},
};
use crate::{
    guest::{Client, Login},
    judge::{Command, ConnectionNumber, Observation},
    play::Actor,
    value::{Fields, Value},
};

/// A broker, its clock and what it has sent.
#[derive(Debug)]
pub struct Memory {
    config: Config,
    /// Of the bystander.
    login: Login,
    broker: Broker,
    stored: Stored,
    pub(super) now: Duration,
    next: u64,
    pub(super) arrived: BTreeMap<ConnectionId, VecDeque<Arrived>>,
    pub(super) tamper: Option<Box<dyn Tamper>>,
    /// The connections of the case.
    pub(super) played: BTreeSet<ConnectionId>,
    /// What was delayed, by its time and in its order.
    pub(super) late: BTreeMap<(Duration, u64), Passage>,
    pub(super) late_ones: u64,
}

#[derive(Debug)]
pub(super) enum Arrived {
    Bytes(Vec<u8>),
    Ended,
}

impl Memory {
    /// A fresh broker, and who the bystander is.
    #[must_use]
    pub fn new(config: Config, login: Login) -> Self {
        let broker = Broker::new(config.clone(), Stored::default(), SEED);
        Self {
            config,
            login,
            broker,
            stored: Stored::default(),
            now: Duration::ZERO,
            next: 0,
            arrived: BTreeMap::new(),
            tamper: None,
            played: BTreeSet::new(),
            late: BTreeMap::new(),
            late_ones: 0,
        }
    }

    /// Puts something between the broker and what is played from now on.
    pub fn put_between(&mut self, tamper: Box<dyn Tamper>) {
        self.tamper = Some(tamper);
    }

    /// Plays until the actor is done. Time passes only while the actor waits.
    pub fn play(&mut self, actor: &mut impl Actor) {
        let start = self.now;
        let mut connections = BTreeMap::new();
        let mut bystander = self.bystander();
        loop {
            let now = self.now.saturating_sub(start);
            match actor.next(now) {
                Command::Done => return,
                Command::Wait(until) => {
                    // in small steps: a broker may impose a Keep Alive on the bystander too
                    self.advance((start + until).min(self.now + STEP), &connections);
                    if let Some(client) = &mut bystander
                        && block_on(client.ping(self, PATIENCE)).is_err()
                    {
                        bystander = None;
                    }
                    self.report(actor, &connections, start);
                }
                Command::PingBystander => {
                    let pong = bystander.as_mut().map(|client| block_on(client.ping(self, PATIENCE)));
                    let alive = matches!(pong, Some(Ok(Some(_))));
                    actor.observe(self.now.saturating_sub(start), Observation::Bystander { alive });
                }
                Command::Broker(_) => {
                    self.restart();
                    for connection in std::mem::take(&mut connections).into_keys() {
                        actor.observe(now, Observation::Ended { connection, how: "the broker stopped".to_owned() });
                    }
                    bystander = self.bystander();
                    actor.observe(now, Observation::BrokerIsBack);
                }
                Command::Open { connection, .. } => {
                    let id = self.connect();
                    self.played.insert(id);
                    connections.insert(connection, id);
                    actor.observe(now, Observation::Opened { connection, subprotocol: None });
                }
                Command::Send { connection, pieces } => {
                    if let Some(&id) = connections.get(&connection) {
                        pieces.into_iter().for_each(|piece| self.tampered(Passage::ToBroker(id, piece)));
                    }
                }
                Command::Frame { .. } => {
                    let why = "frames exist only on WebSocket".to_owned();
                    actor.observe(now, Observation::Unable(why));
                }
                Command::Close(connection) | Command::Drop(connection) => {
                    if let Some(id) = connections.remove(&connection) {
                        self.tampered(Passage::EndToBroker(id));
                        self.arrived.remove(&id);
                        actor.observe(now, Observation::Ended { connection, how: "closed".to_owned() });
                    }
                }
            }
            self.report(actor, &connections, start);
        }
    }

    /// Hands over all that has arrived.
    fn report(
        &mut self,
        actor: &mut impl Actor,
        connections: &BTreeMap<ConnectionNumber, ConnectionId>,
        start: Duration,
    ) {
        let now = self.now.saturating_sub(start);
        for (&connection, id) in connections {
            for arrived in self.arrived.get_mut(id).map(std::mem::take).unwrap_or_default() {
                actor.observe(
                    now,
                    match arrived {
                        Arrived::Bytes(bytes) => Observation::Bytes { connection, bytes },
                        Arrived::Ended => Observation::Ended { connection, how: "closed".to_owned() },
                    },
                );
            }
        }
    }

    fn bystander(&mut self) -> Option<Client<Self>> {
        let connect = Fields::from([("client_id", Value::text("bystander")), ("keep_alive", Value::Number(0))]);
        let login = self.login.clone();
        block_on(Client::connect(self, Version::V5, &login, connect)).ok().map(|(client, _)| client)
    }

    fn connect(&mut self) -> ConnectionId {
        self.next += 1;
        let id = ConnectionId::new(self.next);
        self.arrived.insert(id, VecDeque::new());
        self.handle(id, Event::Opened(Peer::default()));
        id
    }

    pub(super) fn handle(&mut self, id: ConnectionId, event: Event<'_>) {
        self.broker.handle_event(timestamp(self.now), id, event);
        self.settle();
    }

    /// Takes what the broker has for its shell. Everything is durable at once.
    fn settle(&mut self) {
        while let Some(delta) = self.broker.poll_delta() {
            self.stored.apply(&delta);
        }
        if let Some((id, check)) = self.broker.poll_check() {
            return self.handle(id, Event::PasswordChecked(check.run()));
        }
        while let Some(id) = self.broker.poll_ready() {
            let mut bytes = Vec::new();
            let (flow, _) = self.broker.transmit(id, &mut bytes);
            if !self.arrived.contains_key(&id) {
                continue;
            }
            if !bytes.is_empty() {
                self.leave(Passage::ToClient(id, bytes));
            }
            if flow == Flow::Last {
                self.leave(Passage::EndToClient(id));
                self.broker.handle_event(timestamp(self.now), id, Event::Closed);
                return self.settle();
            }
        }
    }

    /// Lets time pass until then, or until something arrives on one of these connections.
    fn advance(&mut self, until: Duration, connections: &BTreeMap<ConnectionNumber, ConnectionId>) {
        let quiet = |memory: &Self, id| memory.arrived.get(id).is_none_or(VecDeque::is_empty);
        while self.now < until && connections.values().all(|id| quiet(self, id)) {
            self.sleep(until);
        }
    }

    /// Lets time pass until then, or until the broker's next timer.
    fn sleep(&mut self, until: Duration) {
        let timer = self.broker.poll_timeout().map(since_epoch);
        let late = self.late.keys().next().map(|(due, _)| *due);
        match timer.into_iter().chain(late).min() {
            Some(due) if due <= until => {
                self.now = self.now.max(due);
                self.broker.handle_timeout(timestamp(self.now));
                self.settle();
                self.catch_up();
            }
            _ => self.now = self.now.max(until),
        }
    }

    /// Ends the broker and starts another from what was stored.
    fn restart(&mut self) {
        self.arrived.clear();
        self.broker = Broker::new(self.config.clone(), self.stored.clone(), SEED);
        // what starting changes is stored too
        self.broker.handle_timeout(timestamp(self.now));
        self.settle();
    }
}

impl Link for Memory {
    type Line = ConnectionId;

    async fn open(&mut self) -> Result<ConnectionId, LinkError> {
        Ok(self.connect())
    }

    async fn send(&mut self, line: &mut ConnectionId, bytes: Vec<u8>) {
        self.handle(*line, Event::Received(&bytes));
    }

    async fn receive(&mut self, line: &mut ConnectionId, within: Duration) -> Result<Option<Vec<u8>>, LinkError> {
        let until = self.now + within;
        loop {
            let Some(arrived) = self.arrived.get_mut(line) else {
                return Err(LinkError { why: "closed".to_owned(), answered: true, is_silence: false });
            };
            match arrived.pop_front() {
                Some(Arrived::Bytes(bytes)) => return Ok(Some(bytes)),
                Some(Arrived::Ended) => {
                    return Err(LinkError { why: "closed".to_owned(), answered: true, is_silence: false });
                }
                None if self.now >= until => return Ok(None),
                // other connections' arrivals do not end the wait
                None => self.sleep(until),
            }
        }
    }

    fn now(&self) -> Duration {
        self.now
    }
}

/// Runs a future that never waits, as those over [`Memory`] never do.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

fn timestamp(now: Duration) -> Timestamp {
    Timestamp::from_millis(START + u64::try_from(now.as_millis()).unwrap_or(u64::MAX - START))
}

fn since_epoch(timestamp: Timestamp) -> Duration {
    Duration::from_millis(timestamp.as_millis().saturating_sub(START))
}

/// Some moment of 2026, in milliseconds since 1970.
const START: u64 = 1_790_000_000_000;
const SEED: u64 = 1;
const PATIENCE: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(500);
