//! A broker in this process, under a virtual clock, so that results are reproducible and an hour of timeouts takes no
//! time.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    time::Duration,
};

use super::{
    Link, LinkError,
    tamper::{Passage, Tamper},
};

/// A broker without sockets and without a clock. Bytes and times are arguments, and its output is polled.
///
/// Times are measured from an arbitrary moment before the broker started, and never go back. Connections are numbers
/// that are not reused. After each call of another method, [`poll`](Self::poll) is called until it returns `None`.
pub trait MemoryBroker {
    /// A client has opened a connection.
    fn open(&mut self, now: Duration, connection: u64);

    /// At least one byte has arrived from the client. Packet boundaries do not matter.
    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]);

    /// The client has closed the connection. Not called for a connection that the broker closed itself.
    fn close(&mut self, now: Duration, connection: u64);

    /// The latest time at which [`tick`](Self::tick) must be called; `None` means never.
    fn deadline(&self) -> Option<Duration>;

    /// Time has passed, at least until the deadline.
    fn tick(&mut self, now: Duration);

    /// The next output of the broker; `None` if it is waiting.
    fn poll(&mut self, now: Duration) -> Option<Output>;

    /// Restarts the broker from what it has stored; all connections are gone. Returns `false` if the broker does not
    /// support this, and cases that need it are skipped.
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

/// An output of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// It sends one or more whole packets.
    Send {
        /// The connection.
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

/// A broker, its clock and its output.
pub struct Memory {
    broker: Box<dyn MemoryBroker>,
    pub(super) now: Duration,
    next: u64,
    /// The connections that are open for the broker.
    open: BTreeSet<u64>,
    pub(super) arrived: BTreeMap<u64, VecDeque<Arrived>>,
    pub(super) tamper: Option<Box<dyn Tamper>>,
    /// The connections of the case; the others belong to the suite.
    pub(super) of_the_case: BTreeSet<u64>,
    /// How often the broker's deadline was reached without time having passed.
    ticks: u32,
    /// Delayed traffic, by time and in order.
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
    /// A fresh broker.
    #[must_use]
    pub fn new(broker: Box<dyn MemoryBroker>) -> Self {
        Self {
            broker,
            now: Duration::ZERO,
            next: 0,
            open: BTreeSet::new(),
            arrived: BTreeMap::new(),
            tamper: None,
            of_the_case: BTreeSet::new(),
            ticks: 0,
            late: BTreeMap::new(),
            late_ones: 0,
        }
    }

    /// Intercepts the traffic of the case from now on.
    pub fn set_tamper(&mut self, tamper: Box<dyn Tamper>) {
        self.tamper = Some(tamper);
    }

    /// Opens a connection of the case.
    pub fn open_for_case(&mut self) -> u64 {
        let connection = self.connect();
        self.of_the_case.insert(connection);
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

    /// Everything that has arrived on a connection since the last call.
    pub fn take_arrived(&mut self, connection: u64) -> VecDeque<Arrived> {
        self.arrived.get_mut(&connection).map(std::mem::take).unwrap_or_default()
    }

    /// Lets time pass until `until`, or until something arrives on one of these connections.
    pub fn advance(&mut self, until: Duration, connections: &[u64]) {
        let quiet = |memory: &Self, id| memory.arrived.get(id).is_none_or(VecDeque::is_empty);
        while self.now < until && connections.iter().all(|id| quiet(self, id)) {
            self.sleep(until);
        }
    }

    /// Restarts the broker; returns `false` if it does not support this.
    pub fn restart(&mut self) -> bool {
        self.arrived.clear();
        self.open.clear();
        let restarted = self.broker.restart(self.now);
        if let Some(tamper) = &mut self.tamper {
            tamper.restarted(self.now);
        }
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

    /// Processes the output of the broker.
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

    /// Lets time pass until `until`, or until the broker's next timer.
    fn sleep(&mut self, until: Duration) {
        let late = self.late.keys().next().map(|(due, _)| *due);
        match self.broker.deadline().into_iter().chain(late).min() {
            Some(due) if due <= until => {
                self.ticks = if due > self.now { 0 } else { self.ticks + 1 };
                self.now = self.now.max(due);
                if self.ticks > MOST_TICKS {
                    // a deadline that never moves on must not stop the clock
                    self.now += Duration::from_millis(1);
                    self.ticks = 0;
                }
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
        let closed = || Err(LinkError::Misbehaved("closed".into()));
        loop {
            let Some(arrived) = self.arrived.get_mut(connection) else { return closed() };
            match arrived.pop_front() {
                Some(Arrived::Bytes(bytes)) => return Ok(Some(bytes)),
                Some(Arrived::Ended) => return closed(),
                None if self.now >= until => return Ok(None),
                // traffic on other connections does not end the wait
                None => self.sleep(until),
            }
        }
    }

    async fn shut(&mut self, connection: &mut u64) {
        self.close(*connection);
    }

    async fn reset(&mut self, connection: u64) {
        self.arrived.remove(&connection);
        self.close(connection);
    }

    async fn pause(&mut self, time: Duration) {
        self.advance(self.now + time, &[]);
    }

    fn now(&self) -> Duration {
        self.now
    }
}

/// At one moment; a broker may do its work in steps.
const MOST_TICKS: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// Wants to be called at once, always.
    struct Restless;

    impl MemoryBroker for Restless {
        fn open(&mut self, _: Duration, _: u64) {}

        fn receive(&mut self, _: Duration, _: u64, _: &[u8]) {}

        fn close(&mut self, _: Duration, _: u64) {}

        fn deadline(&self) -> Option<Duration> {
            Some(Duration::ZERO)
        }

        fn tick(&mut self, _: Duration) {}

        fn poll(&mut self, _: Duration) -> Option<Output> {
            None
        }
    }

    #[test]
    fn deadline_that_never_moves_does_not_stop_the_clock() {
        let mut memory = Memory::new(Box::new(Restless));
        memory.advance(Duration::from_millis(5), &[]);
        assert_eq!(memory.now(), Duration::from_millis(5));
    }
}
