//! What it takes to play a broker in memory.

use std::time::Duration;

use mqttspec::{MemoryBroker, Output};
use toy_broker::{Action, Toy};

/// The toy has no timers, so time is of no interest to it.
#[derive(Default)]
pub struct InMemory(Toy);

impl MemoryBroker for InMemory {
    fn open(&mut self, _now: Duration, connection: u64) {
        self.0.open(connection);
    }

    fn receive(&mut self, _now: Duration, connection: u64, bytes: &[u8]) {
        self.0.receive(connection, bytes);
    }

    fn close(&mut self, _now: Duration, connection: u64) {
        self.0.close(connection);
    }

    fn deadline(&self) -> Option<Duration> {
        None
    }

    fn tick(&mut self, _now: Duration) {}

    fn poll(&mut self, _now: Duration) -> Option<Output> {
        Some(match self.0.poll()? {
            Action::Send(connection, bytes) => Output::Send { connection, bytes },
            Action::Close(connection) => Output::Close { connection },
        })
    }
}
