//! Laws of the core, over random events of several clients of both versions. `MQTTSPEC_CASES` says how many runs
//! (default 300).
//!
//! After every event:
//! - what the broker says is stored is the fold of all its deltas, and nothing stored dangles;
//! - a broker made from it has it, unchanged;
//! - output is whole legal packets, CONNACK first, and at most Receive Maximum messages are unfinished;
//! - a QoS 2 message comes to a Session once;
//! - time that was asked for does not lie behind.

mod op;
mod world;

use mqttspec_broker::core::{Config, Overlap, QueueFull};
use proptest::{collection::vec, prelude::*};

use crate::{
    op::{Op, op},
    world::{CLIENTS, World},
};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("MQTTSPEC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_is_the_fold_of_the_deltas(config in config(), ops in vec((0..CLIENTS.len(), op()), 1..60)) {
        let mut world = World::new(config);
        for client in 0..CLIENTS.len() {
            world.run(client, &Op::Connect { clean: false, expiry: 3, will: None });
        }
        for (client, op) in &ops {
            world.run(*client, op);
        }
    }
}

fn config() -> impl Strategy<Value = Config> {
    (any::<bool>(), any::<bool>(), 1..20usize, 1..4usize, 1..5u16).prop_map(
        |(each, drop, queued, retained, in_flight)| Config {
            overlap: if each { Overlap::EachSubscription } else { Overlap::Once },
            queue_full: if drop { QueueFull::DropNewest } else { QueueFull::EndSession },
            queued_messages: queued,
            retained_messages: retained,
            in_flight: in_flight.try_into().unwrap(),
            receive_maximum: 4.try_into().unwrap(),
            subscriptions: 4,
            ..Config::default()
        },
    )
}
