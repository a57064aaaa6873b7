//! The core under simulation: several Clients of all versions, a clock that the test moves, and a disk that dies.
//! `MQTTSPEC_RUNS` says how many runs (default 300); proptest shrinks what fails and prints it, one operation a line.
//!
//! # What is simulated
//! - The **disk** ([`disk`]): the deltas of each event are a step; the first steps are durable, the others under way.
//!   After a crash it has the durable ones and any number of those under way, whole. Output that depends on a step
//!   waits for it, taken from the core at once or left there ([`world`]).
//! - **Connections** ([`line`]): what is released lies in the wire until the Client reads it, in any pieces; what was
//!   not read when the connection breaks is lost.
//! - **Clients** ([`client`]) that do what the standards ask of them: they acknowledge late and in the order that is
//!   demanded, resend after a reconnect, keep identifiers of QoS 2, respect Receive Maximum, and reuse identifiers
//!   soon.
//! - **Operations** ([`op`], [`plan`]): whatever Clients may send, connections lost and taken over, time, timers that
//!   run late, commits, and crashes, also while the broker hands out what an event did.
//!
//! # The laws
//! After every step ([`laws`], [`line`], [`twins`]): the store is the fold of the deltas, nothing in it dangles, and a
//! broker made from it has it unchanged; the same events give the same actions; output is whole packets that every strict
//! receiver takes, whatever came in, CONNACK first, nothing after DISCONNECT; identifiers are unique in flight, Receive Maximum is kept; backlogs are bounded;
//! the broker closes no connection without reason, and asks to be woken neither late nor for nothing.
//!
//! Of what Clients see ([`judge`], [`client`], [`finish`]), held against what the standards say was taken over
//! ([`truth`], [`due`]):
//! - a message at QoS 1 comes at least once, one at QoS 2 exactly once, and one published at QoS 2 once at any QoS;
//! - nothing comes without a subscription that matched, after it was acknowledged, or after it has expired;
//! - QoS is the lower of published and granted; RETAIN and Subscription Identifiers are those of the subscription;
//! - first transmissions keep the order of each publisher, topic and QoS, shared subscriptions aside;
//! - what is retained is the last that was taken over; of a shared subscription one member gets the message;
//! - a Will comes when the connection ends, or its delay does, and not after it was taken back;
//! - Session Present says what is so; all that is asked is answered; in the end no queue holds anything.
//!
//! What a Client was told survives every crash: the truth goes back to what the disk has, but not behind that. Where
//! the standards leave freedom (which of several Wills of one instant is retained, which member of a shared
//! subscription gets a message, what of QoS 0 arrives) every outcome is legal.
//!
//! [`greedy`] Clients take all they can beside modest ones: who takes less than a fair share never pays for it.
//!
//! [`controls`] are wrong stores that these laws find.

mod client;
mod connect;
mod controls;
mod crash;
mod disk;
mod due;
mod finish;
mod greedy;
mod judge;
mod laws;
mod ledger;
mod line;
mod op;
mod plan;
mod publish;
mod run;
mod subscribe;
mod truth;
mod twins;
mod world;

use proptest::prelude::*;

use crate::{
    disk::Fault,
    op::{CLIENTS, Op, Plan},
    plan::plan,
    world::World,
};

/// As many runs as `MQTTSPEC_RUNS` says.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: std::env::var("MQTTSPEC_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_laws_hold(plan in plan()) {
        play(&plan, None);
    }
}

fn play(plan: &Plan, fault: Option<Fault>) {
    let mut world = World::new(plan.setup, fault);
    for client in 0..CLIENTS.len() {
        world.run(client, &Op::BEGIN);
        world.commit(usize::MAX);
        world.run(client, &Op::Read { bytes: usize::MAX });
    }
    for (client, op) in &plan.ops {
        world.run(*client, op);
    }
    world.finish();
}
