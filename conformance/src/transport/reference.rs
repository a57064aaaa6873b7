//! The reference broker in memory: its core, with a store that is durable immediately.

use std::{collections::VecDeque, time::Duration};

use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Flow, Peer, Stored, Timestamp};

use super::{MemoryBroker, Output};

/// The reference broker of this project, in memory.
#[derive(Debug)]
pub struct Reference {
    config: Config,
    broker: Broker,
    stored: Stored,
    /// Output to return before polling the core again.
    next: VecDeque<Output>,
}

impl Reference {
    /// A fresh broker with that configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let broker = Broker::new(config.clone(), Stored::default(), SEED);
        Self { config, broker, stored: Stored::default(), next: VecDeque::new() }
    }

    fn handle(&mut self, now: Duration, connection: u64, event: Event<'_>) {
        self.broker.handle_event(timestamp(now), ConnectionId::new(connection), event);
    }
}

impl Default for Reference {
    /// A fresh broker with the default configuration.
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl MemoryBroker for Reference {
    fn open(&mut self, now: Duration, connection: u64) {
        self.handle(now, connection, Event::Opened(Peer::default()));
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        self.handle(now, connection, Event::Received(bytes));
    }

    fn close(&mut self, now: Duration, connection: u64) {
        self.handle(now, connection, Event::Closed);
    }

    fn deadline(&self) -> Option<Duration> {
        self.broker.poll_timeout().map(since_start)
    }

    fn tick(&mut self, now: Duration) {
        self.broker.handle_timeout(timestamp(now));
    }

    fn poll(&mut self, now: Duration) -> Option<Output> {
        loop {
            if let Some(output) = self.next.pop_front() {
                return Some(output);
            }
            while let Some(delta) = self.broker.poll_delta() {
                self.stored.apply(&delta);
            }
            if let Some((id, check)) = self.broker.poll_check() {
                self.broker.handle_event(timestamp(now), id, Event::PasswordChecked(check.run()));
                continue;
            }
            let id = self.broker.poll_ready()?;
            let connection = id.number();
            let mut bytes = Vec::new();
            let (flow, _) = self.broker.transmit(id, &mut bytes);
            if !bytes.is_empty() {
                self.next.push_back(Output::Send { connection, bytes });
            }
            if flow == Flow::Last {
                self.next.push_back(Output::Close { connection });
                self.broker.handle_event(timestamp(now), id, Event::Closed);
            }
        }
    }

    fn restart(&mut self, now: Duration) -> bool {
        self.broker = Broker::new(self.config.clone(), self.stored.clone(), SEED);
        self.next.clear();
        // changes made by starting are stored too
        self.broker.handle_timeout(timestamp(now));
        true
    }
}

fn timestamp(now: Duration) -> Timestamp {
    Timestamp::from_millis(START + u64::try_from(now.as_millis()).unwrap_or(u64::MAX - START))
}

fn since_start(timestamp: Timestamp) -> Duration {
    Duration::from_millis(timestamp.as_millis().saturating_sub(START))
}

/// An arbitrary moment in 2026, in milliseconds since 1970.
const START: u64 = 1_790_000_000_000;
const SEED: u64 = 1;
