//! A broker in memory behind a slow network, or one that takes its time for a CONNACK.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use mqttspec::{MemoryBroker, Output};

/// Delays all traffic of a broker, the suite's own included.
#[derive(Debug)]
pub(crate) struct Slow<B> {
    broker: B,
    delays: Delays,
    /// What is on its way to the broker, by arrival and in order.
    coming: BTreeMap<(Duration, u64), Coming>,
    /// What is on its way to a client.
    going: BTreeMap<(Duration, u64), Output>,
    serial: u64,
    /// When the last piece of each connection arrives, because nothing overtakes.
    last: BTreeMap<(u64, bool), Duration>,
    /// Connections that have not sent or received anything.
    silent: BTreeSet<u64>,
    unanswered: BTreeSet<u64>,
    /// Output of the broker that has arrived.
    ready: VecDeque<Output>,
    /// Connections that the broker has closed.
    closed: BTreeSet<u64>,
}

/// How much is delayed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delays {
    /// Half of it in each direction. Opening a connection takes one, too.
    pub(crate) round_trip: Duration,
    /// What the broker needs for a CONNACK.
    pub(crate) connack: Duration,
}

#[derive(Debug)]
enum Coming {
    Bytes(u64, Vec<u8>),
    End(u64),
}

impl<B: MemoryBroker> Slow<B> {
    pub(crate) fn new(broker: B, delays: Delays) -> Self {
        Self {
            broker,
            delays,
            coming: BTreeMap::new(),
            going: BTreeMap::new(),
            serial: 0,
            last: BTreeMap::new(),
            silent: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            ready: VecDeque::new(),
            closed: BTreeSet::new(),
        }
    }

    /// The place of a piece in the queue of its direction, behind everything before it.
    fn due(&mut self, connection: u64, inwards: bool, at: Duration) -> (Duration, u64) {
        self.serial += 1;
        let last = self.last.entry((connection, inwards)).or_default();
        *last = at.max(*last);
        (*last, self.serial)
    }

    fn come(&mut self, now: Duration, connection: u64, coming: Coming) {
        let handshake = if self.silent.remove(&connection) { self.delays.round_trip } else { Duration::ZERO };
        let due = self.due(connection, true, now + handshake + self.delays.round_trip / 2);
        self.coming.insert(due, coming);
        self.arrive(now);
    }

    /// Passes on everything that arrives by now, in both directions.
    fn arrive(&mut self, now: Duration) {
        while let Some(entry) = self.coming.first_entry()
            && entry.key().0 <= now
        {
            match entry.remove() {
                Coming::Bytes(connection, _) | Coming::End(connection) if self.closed.contains(&connection) => {}
                Coming::Bytes(connection, bytes) => self.broker.receive(now, connection, &bytes),
                Coming::End(connection) => self.broker.close(now, connection),
            }
            self.leave(now);
        }
        self.leave(now);
        while let Some(entry) = self.going.first_entry()
            && entry.key().0 <= now
        {
            self.ready.push_back(entry.remove());
        }
    }

    fn leave(&mut self, now: Duration) {
        while let Some(output) = self.broker.poll(now) {
            let (Output::Send { connection, .. } | Output::Close { connection }) = output;
            if let Output::Close { .. } = output {
                self.closed.insert(connection);
            }
            let thinking = if self.unanswered.remove(&connection) { self.delays.connack } else { Duration::ZERO };
            let due = self.due(connection, false, now + thinking + self.delays.round_trip / 2);
            self.going.insert(due, output);
        }
    }
}

impl<B: MemoryBroker> MemoryBroker for Slow<B> {
    fn open(&mut self, now: Duration, connection: u64) {
        self.silent.insert(connection);
        self.unanswered.insert(connection);
        self.broker.open(now, connection);
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        self.come(now, connection, Coming::Bytes(connection, bytes.to_vec()));
    }

    fn close(&mut self, now: Duration, connection: u64) {
        self.come(now, connection, Coming::End(connection));
    }

    fn deadline(&self) -> Option<Duration> {
        let coming = self.coming.keys().next().map(|(due, _)| *due);
        let going = self.going.keys().next().map(|(due, _)| *due);
        self.broker.deadline().into_iter().chain(coming).chain(going).min()
    }

    fn tick(&mut self, now: Duration) {
        self.arrive(now);
        self.broker.tick(now);
    }

    fn poll(&mut self, now: Duration) -> Option<Output> {
        self.arrive(now);
        self.ready.pop_front()
    }

    fn restart(&mut self, now: Duration) -> bool {
        (self.coming, self.going) = (BTreeMap::new(), BTreeMap::new());
        self.ready.clear();
        self.broker.restart(now)
    }
}
