//! [`Twins`]: two brokers with the same past. The same events give the same actions.

use mqttspec_broker::core::{Broker, Config, ConnectionId, Delta, Event, Flow, Release, Stored, Timestamp};

#[derive(Debug)]
pub(crate) struct Twins(Broker, Broker);

impl Twins {
    pub(crate) fn new(config: &Config, stored: &Stored, seed: u64) -> Self {
        let one = || Broker::new(config.clone(), stored.clone(), seed);
        Self(one(), one())
    }

    pub(crate) fn handle_event(&mut self, now: Timestamp, from: ConnectionId, event: &Event<'_>) {
        self.0.handle_event(now, from, event.clone());
        self.1.handle_event(now, from, event.clone());
    }

    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        self.0.handle_timeout(now);
        self.1.handle_timeout(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        same(self.0.poll_timeout(), self.1.poll_timeout())
    }

    pub(crate) fn poll_delta(&mut self) -> Option<Delta> {
        same(self.0.poll_delta(), self.1.poll_delta())
    }

    pub(crate) fn poll_ready(&mut self) -> Option<ConnectionId> {
        same(self.0.poll_ready(), self.1.poll_ready())
    }

    pub(crate) fn transmit(&mut self, to: ConnectionId) -> (Vec<u8>, Flow, Release) {
        let transmit = |broker: &mut Broker| {
            let mut bytes = Vec::new();
            let (flow, release) = broker.transmit(to, &mut bytes);
            (bytes, flow, release)
        };
        same(transmit(&mut self.0), transmit(&mut self.1))
    }

    pub(crate) fn backlog(&self, of: ConnectionId) -> usize {
        self.0.backlog(of)
    }

    pub(crate) fn stored(&self) -> Stored {
        self.0.stored()
    }
}

fn same<T: PartialEq + std::fmt::Debug>(one: T, other: T) -> T {
    assert_eq!(one, other, "the same events give the same actions");
    one
}
