//! Brokers with opinions on the Keep Alive of the suite's own clients.

use mqttspec_broker::core::Config;
use mqttspec_codec::{Packet, Version};

use crate::{
    proxy::{Action, Habit, broker},
    run,
};

/// Closes the connection of a Client without a Keep Alive.
struct RefusesKeepAliveZero;

impl Habit for RefusesKeepAliveZero {
    fn sent(&mut self, _: usize, _: Version, packet: &Packet<'_>) -> Action {
        match packet {
            Packet::Connect(connect) if connect.keep_alive == 0 => Action::Close,
            _ => Action::Pass,
        }
    }
}

#[test]
fn keep_alive_of_zero_is_not_needed() {
    let target = broker(Config::default(), RefusesKeepAliveZero);
    let report = run(&target, &["3.12-pingreq/answered", "3.01-connect/client-identifier/empty"]);
    report.assert_conformant();
    assert_eq!(report.summary.tally.skip, 0, "an empty Client Identifier is accepted");
    assert!(report.summary.tally.pass > 4, "{:?}", report.summary.tally);
}

/// The Keep Alive that the broker imposes ends while a case is still running.
#[test]
fn imposed_keep_alive_is_kept() {
    let config = Config { server_keep_alive: Some(1), ..Config::default() };
    let start = std::time::Instant::now();
    let report = run(&broker(config, Passes), &["3.01-connect/will-delay/delayed"]);
    report.assert_conformant();
    assert!(report.summary.tally.pass > 0, "{:?}", report.summary.tally);
    assert!(start.elapsed().as_secs() < 30, "nothing is played again: {:?}", start.elapsed());
}

struct Passes;

impl Habit for Passes {
    fn sent(&mut self, _: usize, _: Version, _: &Packet<'_>) -> Action {
        Action::Pass
    }
}
