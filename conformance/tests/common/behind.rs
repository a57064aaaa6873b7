//! The reference broker behind an interceptor, as one broker: the suite's own connections pass through it too, so that
//! the suite learns what the whole offers.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use mqttspec::transport::{MemoryBroker, Output, Passage, Reference, Tamper};

/// The broker, its interceptor, and what that delays.
#[derive(Debug)]
pub(crate) struct Behind<T> {
    broker: Reference,
    tamper: T,
    /// Delayed traffic, by time and in order.
    late: BTreeMap<(Duration, u64), Passage>,
    late_ones: u64,
    output: VecDeque<Output>,
}

impl<T: Tamper> Behind<T> {
    pub(crate) fn new(broker: Reference, tamper: T) -> Self {
        Self { broker, tamper, late: BTreeMap::new(), late_ones: 0, output: VecDeque::new() }
    }

    fn intercept(&mut self, now: Duration, passage: Passage) {
        for (delay, passage) in self.tamper.pass(now, passage) {
            match delay {
                Duration::ZERO => self.happen(now, passage),
                _ => {
                    self.late_ones += 1;
                    self.late.insert((now + delay, self.late_ones), passage);
                }
            }
        }
    }

    fn happen(&mut self, now: Duration, passage: Passage) {
        match passage {
            Passage::ToBroker(connection, bytes) => self.broker.receive(now, connection, &bytes),
            Passage::EndToBroker(connection) => self.broker.close(now, connection),
            Passage::ToClient(connection, bytes) => return self.output.push_back(Output::Send { connection, bytes }),
            Passage::EndToClient(connection) => return self.output.push_back(Output::Close { connection }),
        }
        self.settle(now);
    }

    fn settle(&mut self, now: Duration) {
        while let Some(output) = self.broker.poll(now) {
            let passage = match output {
                Output::Send { connection, bytes } => Passage::ToClient(connection, bytes),
                Output::Close { connection } => Passage::EndToClient(connection),
            };
            self.intercept(now, passage);
        }
    }

    fn catch_up(&mut self, now: Duration) {
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= now
        {
            let passage = entry.remove();
            self.happen(now, passage);
        }
    }
}

impl<T: Tamper> MemoryBroker for Behind<T> {
    fn open(&mut self, now: Duration, connection: u64) {
        self.broker.open(now, connection);
        self.settle(now);
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        self.catch_up(now);
        self.intercept(now, Passage::ToBroker(connection, bytes.to_vec()));
    }

    fn close(&mut self, now: Duration, connection: u64) {
        self.catch_up(now);
        self.intercept(now, Passage::EndToBroker(connection));
    }

    fn deadline(&self) -> Option<Duration> {
        let late = self.late.keys().next().map(|(due, _)| *due);
        self.broker.deadline().into_iter().chain(late).min()
    }

    fn tick(&mut self, now: Duration) {
        self.broker.tick(now);
        self.settle(now);
        self.catch_up(now);
    }

    fn poll(&mut self, _: Duration) -> Option<Output> {
        self.output.pop_front()
    }

    fn restart(&mut self, now: Duration) -> bool {
        self.late.clear();
        self.output.clear();
        let restarted = self.broker.restart(now);
        self.tamper.restarted(now);
        restarted
    }
}
