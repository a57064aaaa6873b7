//! Proves that vectors can fail and are fair: every case runs in memory against brokers that are wrong in one way each,
//! and against brokers that are legal but unusual.
//!
//! A **fault** is a few lines between the reference broker's core and the transport that change, drop, repeat or delay
//! packets; the core knows nothing of them. Tests check that:
//!
//! - every case fails under a fault that is related to it; a case that cannot fail is vacuous and must be fixed or
//!   removed;
//! - every fault is found by a case; if not, a vector is missing;
//! - no case fails under a legal stand-in, which does what the standard allows, nor under two of them; such a case is
//!   unfair, and it or the judge must be fixed.
//!
//! Cases that need a WebSocket are left out, because there are no frames in memory; the test `websocket_faults` is about them. Cases that need something that no
//! in-memory broker supports are left out too, and printed.
//!
//! # A new fault in five lines
//! An entry in the table whose packets it is about (`table/`), nothing else:
//! ```text
//! Fault::new("retain-on-live", "sets RETAIN on every delivery", || {
//!     edit_out(Publish, |seen| seen.set("retain", true))
//! })
//! .breaks(&["MQTT-3.3.1-9"], &["MQTT-3.3.1-12"]),
//! ```
//! The outer closure is called at the beginning of each run, so its variables are the state of that run. `edit_in` and
//! `edit_out` change packets from clients and from the broker, `lose_in` and `lose_out` drop them; `incoming`,
//! `outgoing`, `malformed` and `all` decide for themselves, and drop what they do not pass on. Fields have the names of
//! the vector language; `Seen::raw` replaces the bytes of a packet. If the fault hides that the broker has closed a
//! connection, its PINGREQ packets are still answered. A restart of the broker is `Event::Restarted`.
//!
//! `.breaks(..)` names the statements that the fault violates in v3.1.1 and in v5, read from the standard, not from what
//! the suite reports: `accused` compares the two.
//!
//! `.coarse()` marks a fault that fails nearly everything. It must be found too, but proves nothing about a case,
//! except those named by `.but_for(..)`.
//!
//! # A new legal stand-in
//! An entry in `table/legal/`: `StandIn::wire` with a few lines like those of a fault, or `StandIn::configured` with a
//! configuration of the reference broker. The suite probes what it offers through it. A case under it must pass, warn,
//! or be skipped with evidence; `.may_skip(..)` bounds how many may be skipped. Pairs are drawn at random. What the
//! standards leave open is listed in `table/legal/ambiguities.rs`, with the stand-ins that make each choice.
//!
//! # Running the tests
//! Trying all faults on all cases takes minutes, so `cargo test` tries those first that violate what a case cites, and
//! stops at the first that fails it. `MQTTSPEC_FAULTS=all cargo test --test faults -- --nocapture` tries all on all,
//! also all pairs of stand-ins on all cases, and prints how many cases each fault fails.
//!
//! | module | what |
//! |---|---|
//! | `table` | the faults, and the legal stand-ins |
//! | `fault` | what a fault is, and how the short ones are written |
//! | `seen`, `wire` | a packet on its way, and the operations on it |
//! | `between` | intercepts the traffic, and passes each packet to the fault |
//! | `seats` | the cases, each in a configuration in which it passes |
//! | `matrix` | runs cases x faults |
//! | `breaks` | checks what the faults are said to violate |
//! | `accused` | compares what the report accuses with what a fault violates |
//! | `stand_in`, `behind` | what a legal stand-in is, and the broker that it makes of the reference broker |
//! | `fair` | runs cases x legal stand-ins |
//! | `traffic` | judges what the clients send, with the code of the test `conduct` |
//! | `explored` | lets `explore` play random operations against all of these brokers |
//! | `kin` | which faults to try first on a case |

mod accused;
#[path = "../common/behind.rs"]
mod behind;
mod between;
mod breaks;
#[path = "../common/configurations.rs"]
mod configurations;
mod explored;
mod fair;
mod fault;
mod kin;
mod matrix;
mod seats;
mod seen;
mod stand_in;
mod table;
#[path = "../conduct/traffic.rs"]
mod traffic;
mod wire;

use std::{collections::BTreeSet, sync::OnceLock, time::Instant};

use fair::Fairness;
use matrix::Matrix;
use mqttspec::vector::Library;
use seats::{Seat, Seats};
use stand_in::StandIn;
use table::legal::ambiguities::{AMBIGUITIES, Covered};

fn matrix() -> &'static Matrix {
    static MATRIX: OnceLock<Matrix> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let faults = table::faults();
        let start = Instant::now();
        let matrix = matrix::run_all(&faults);
        println!("{} cases, {} faults: {:.1?}", matrix.ran, faults.len(), start.elapsed());
        println!("no broker in memory offers what these need:\n{}", matrix.not_run.join("\n"));
        println!("{}", matrix.failures.join("\n"));
        matrix
    })
}

#[test]
fn every_case_fails_under_a_fault() {
    let vacuous = &matrix().vacuous;
    assert!(vacuous.is_empty(), "{} cases that no fault fails:\n{}", vacuous.len(), vacuous.join("\n"));
}

#[test]
fn every_fault_is_found() {
    let unfound = &matrix().unfound;
    assert!(unfound.is_empty(), "{} faults that no case finds:\n{}", unfound.len(), unfound.join("\n"));
}

#[test]
fn no_case_fails_a_legal_broker() {
    holds(fair::alone);
}

#[test]
fn no_case_fails_a_pair_of_legal_brokers() {
    holds(fair::pairs);
}

fn holds(tried: fn(&[Seat], &[StandIn]) -> Fairness) {
    let seats = &Seats::all().seats;
    let start = Instant::now();
    let Fairness { unfair, misconduct, useless, skipped } = tried(seats, &table::stand_ins());
    println!("{} cases: {:.1?}\n{}", seats.len(), start.elapsed(), skipped.join("\n"));
    assert!(misconduct.is_empty(), "{} times a client misbehaves:\n{}", misconduct.len(), misconduct.join("\n"));
    assert!(unfair.is_empty(), "{} times a case fails a legal broker:\n{}", unfair.len(), unfair.join("\n"));
    assert!(useless.is_empty(), "{} stand-ins prove nothing:\n{}", useless.len(), useless.join("\n"));
}

#[test]
fn ambiguities_have_a_stand_in_or_a_reason() {
    let known: BTreeSet<&str> = table::stand_ins().iter().map(|stand_in| stand_in.name).collect();
    for (sections, what, covered) in AMBIGUITIES {
        match covered {
            Covered::By(names) => {
                let unknown: Vec<&&str> = names.iter().filter(|name| !known.contains(**name)).collect();
                assert!(!names.is_empty() && unknown.is_empty(), "{sections}, {what}: {unknown:?}");
            }
            Covered::Not(why) => assert!(!why.is_empty(), "{sections}, {what}: no reason"),
        }
    }
}

/// What no broker in memory can play would be proven by nothing, but `websocket_faults` and `nodes` have faults of their own.
#[test]
fn every_case_can_be_proven() {
    let proven_there = |case: &&String| case.starts_with("6.0-websocket/") || case.contains("/nodes/");
    let library = Library::embedded().expect("the vectors load");
    let websocket = library.cases().filter(|case| case.needs_websocket()).map(|case| case.name().to_owned());
    let not_run = websocket.chain(matrix().not_run.iter().cloned());
    let without: BTreeSet<String> = not_run.filter(|case| !proven_there(&case)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn names_are_unique() {
    let mut names = BTreeSet::new();
    let faults = table::faults().into_iter().map(|fault| fault.name);
    let all = faults.chain(table::stand_ins().into_iter().map(|stand_in| stand_in.name.to_owned()));
    let twice: Vec<String> = all.filter(|name| !names.insert(name.clone())).collect();
    assert!(twice.is_empty(), "there twice: {}", twice.join(", "));
}
