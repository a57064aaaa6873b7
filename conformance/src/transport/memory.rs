//! A broker in this process, under a virtual clock: the same result every time, and an hour of timeouts in a moment.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    time::Duration,
};

use super::{
    Link, LinkError,
    tamper::{Passage, Tamper},
};

/// A broker without sockets and without a clock: bytes and time come in as arguments, what it does is polled.
///
/// Times are since some moment before the broker began, and never go back. Connections are numbers that are not used
/// again. After each call of another method, [`poll`](Self::poll) is called until it returns `None`.
pub trait MemoryBroker {
    /// A client has opened a connection.
    fn open(&mut self, now: Duration, connection: u64);

    /// Bytes have come from the client: at least one, cut anywhere.
    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]);

    /// The client has closed the connection. Not called for a connection that the broker closed itself.
    fn close(&mut self, now: Duration, connection: u64);

    /// When [`tick`](Self::tick) must be called at the latest; `None` means never.
    fn deadline(&self) -> Option<Duration>;

    /// Time has passed: at least until the deadline.
    fn tick(&mut self, now: Duration);

    /// What the broker does next; `None` when it waits.
    fn poll(&mut self, now: Duration) -> Option<Output>;

    /// Stops the broker, and starts it again from what it has stored; all connections are gone. `false` means that it
    /// cannot: cases that need it are skipped.
    fn restart(&mut self, now: Duration) -> bool {
        let _ = now;
        false
    }
}

impl<B: MemoryBroker + ?Sized> MemoryBroker for Box<B> {
    fn open(&mut self, now: Duration, connection: u64) {
        (**self).open(now, connection);
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        (**self).receive(now, connection, bytes);
    }

    fn close(&mut self, now: Duration, connection: u64) {
        (**self).close(now, connection);
    }

    fn deadline(&self) -> Option<Duration> {
        (**self).deadline()
    }

    fn tick(&mut self, now: Duration) {
        (**self).tick(now);
    }

    fn poll(&mut self, now: Duration) -> Option<Output> {
        (**self).poll(now)
    }

    fn restart(&mut self, now: Duration) -> bool {
        (**self).restart(now)
    }
}

/// What a broker does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// It sends bytes: whole packets, at least one.
    Send {
        /// To whom.
        connection: u64,
        /// Whole packets.
        bytes: Vec<u8>,
    },
    /// It closes a connection.
    Close {
        /// Which.
        connection: u64,
    },
}

/// A broker, its clock and what it has sent.
pub struct Memory {
    broker: Box<dyn MemoryBroker>,
    pub(super) now: Duration,
    next: u64,
    /// Those that the broker knows.
    open: BTreeSet<u64>,
    pub(super) arrived: BTreeMap<u64, VecDeque<Arrived>>,
    pub(super) tamper: Option<Box<dyn Tamper>>,
    /// The connections of the case; the others are the suite's own.
    pub(super) played: BTreeSet<u64>,
    /// What was delayed, by its time and in its order.
    pub(super) late: BTreeMap<(Duration, u64), Passage>,
    pub(super) late_ones: u64,
}

/// What has arrived at a client.
#[derive(Debug)]
pub enum Arrived {
    /// Bytes.
    Bytes(Vec<u8>),
    /// The end of the connection.
    Ended,
}

impl Memory {
    /// A broker that has just begun.
    #[must_use]
    pub fn new(broker: Box<dyn MemoryBroker>) -> Self {
        Self {
            broker,
            now: Duration::ZERO,
            next: 0,
            open: BTreeSet::new(),
            arrived: BTreeMap::new(),
            tamper: None,
            played: BTreeSet::new(),
            late: BTreeMap::new(),
            late_ones: 0,
        }
    }

    /// Puts something between the broker and what is played from now on.
    pub fn set_tamper(&mut self, tamper: Box<dyn Tamper>) {
        self.tamper = Some(tamper);
    }

    /// Opens a connection of the case.
    pub fn open_for_case(&mut self) -> u64 {
        let connection = self.connect();
        self.played.insert(connection);
        connection
    }

    /// Sends bytes on a connection of the case.
    pub fn send_for_case(&mut self, connection: u64, bytes: Vec<u8>) {
        self.tampered(Passage::ToBroker(connection, bytes));
    }

    /// Closes a connection of the case.
    pub fn close_for_case(&mut self, connection: u64) {
        self.tampered(Passage::EndToBroker(connection));
        self.arrived.remove(&connection);
    }

    /// All that has arrived on a connection since it was last asked for.
    pub fn take_arrived(&mut self, connection: u64) -> VecDeque<Arrived> {
        self.arrived.get_mut(&connection).map(std::mem::take).unwrap_or_default()
    }

    /// Lets time pass until then, or until something arrives on one of these connections.
    pub fn advance(&mut self, until: Duration, connections: &[u64]) {
        let quiet = |memory: &Self, id| memory.arrived.get(id).is_none_or(VecDeque::is_empty);
        while self.now < until && connections.iter().all(|id| quiet(self, id)) {
            self.sleep(until);
        }
    }

    /// Stops the broker and starts it again; `false` if it cannot.
    pub fn restart(&mut self) -> bool {
        self.arrived.clear();
        self.open.clear();
        let restarted = self.broker.restart(self.now);
        self.settle();
        restarted
    }

    fn connect(&mut self) -> u64 {
        self.next += 1;
        self.arrived.insert(self.next, VecDeque::new());
        self.open.insert(self.next);
        self.broker.open(self.now, self.next);
        self.settle();
        self.next
    }

    pub(super) fn receive(&mut self, connection: u64, bytes: &[u8]) {
        if self.open.contains(&connection) {
            self.broker.receive(self.now, connection, bytes);
            self.settle();
        }
    }

    pub(super) fn close(&mut self, connection: u64) {
        if self.open.remove(&connection) {
            self.broker.close(self.now, connection);
            self.settle();
        }
    }

    /// Takes what the broker does.
    fn settle(&mut self) {
        while let Some(output) = self.broker.poll(self.now) {
            let passage = match output {
                Output::Send { connection, bytes } => Passage::ToClient(connection, bytes),
                Output::Close { connection } => {
                    self.open.remove(&connection);
                    Passage::EndToClient(connection)
                }
            };
            self.leave(passage);
        }
    }

    /// Lets time pass until then, or until the broker's next timer.
    fn sleep(&mut self, until: Duration) {
        let late = self.late.keys().next().map(|(due, _)| *due);
        match self.broker.deadline().into_iter().chain(late).min() {
            Some(due) if due <= until => {
                self.now = self.now.max(due);
                self.broker.tick(self.now);
                self.settle();
                self.catch_up();
            }
            _ => self.now = self.now.max(until),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("now", &self.now).field("connections", &self.next).finish_non_exhaustive()
    }
}

impl Link for Memory {
    type Connection = u64;

    async fn open(&mut self) -> Result<u64, LinkError> {
        Ok(self.connect())
    }

    async fn send(&mut self, connection: &mut u64, bytes: Vec<u8>) {
        self.receive(*connection, &bytes);
    }

    async fn receive(&mut self, connection: &mut u64, within: Duration) -> Result<Option<Vec<u8>>, LinkError> {
        let until = self.now + within;
        let closed = || Err(LinkError::Misbehaved("closed".to_owned()));
        loop {
            let Some(arrived) = self.arrived.get_mut(connection) else { return closed() };
            match arrived.pop_front() {
                Some(Arrived::Bytes(bytes)) => return Ok(Some(bytes)),
                Some(Arrived::Ended) => return closed(),
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
