//! Proves that vectors can fail and are fair: every case runs in memory against brokers that are wrong in one way each,
//! and against brokers that are legal but unusual.
//!
//! A **fault** is a few lines between the reference broker's core and the transport that change, drop, repeat or delay
//! packets; the core knows nothing of them. Three tests check that:
//!
//! - every case fails under a fault that is related to it; a case that cannot fail is vacuous and must be fixed or
//!   removed;
//! - every fault is found by a case; if not, a vector is missing;
//! - no case fails under a legal fault, which does what the standard allows; such a case is unfair, and it or the judge
//!   must be fixed.
//!
//! Cases that need a WebSocket are left out, because there are no frames in memory. Cases that need something that no
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
//! connection, its PINGREQ packets are still answered.
//!
//! `.breaks(..)` names the statements that the fault violates in v3.1.1 and in v5, read from the standard, not from what
//! the suite reports: `accused` compares the two.
//!
//! `.coarse()` marks a fault that fails nearly everything. It must be found too, but proves nothing about a case,
//! except those named by `.but_for(..)`. `.legal` marks all faults in `table/legal.rs`.
//!
//! # Running the tests
//! Trying all faults on all cases takes a minute or more, so `cargo test` tries likely faults first (`likely.txt`) and
//! stops at the first that fails a case. After new vectors or faults, `MQTTSPEC_FAULTS=all cargo test --test faults --
//! --nocapture` tries all on all, prints how many cases each fault fails, and updates `likely.txt`.
//!
//! | module | what |
//! |---|---|
//! | `table` | the faults |
//! | `fault` | what a fault is, and how the short ones are written |
//! | `seen`, `wire` | a packet on its way, and the operations on it |
//! | `between` | intercepts the traffic, and passes each packet to the fault |
//! | `seats` | the cases, each in a configuration in which it passes |
//! | `matrix` | runs cases x faults |
//! | `breaks` | checks what the faults are said to violate |
//! | `accused` | compares what the report accuses with what a fault violates |
//! | `likely` | which pairs to try first |

mod accused;
mod between;
mod breaks;
#[path = "../common/configurations.rs"]
mod configurations;
mod fault;
mod likely;
mod matrix;
mod seats;
mod seen;
mod table;
mod wire;

use std::{collections::BTreeSet, sync::OnceLock, time::Instant};

use matrix::Matrix;
use mqttspec::vector::Library;

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
    let unfair = &matrix().unfair;
    assert!(unfair.is_empty(), "{} times a case fails a legal broker:\n{}", unfair.len(), unfair.join("\n"));
}

/// Faults sit between a broker in memory and a case, so what no such broker can play is proven by nothing. Which cases
/// these are is known, and README's invariant 7 says so.
#[test]
fn cases_without_a_proof_are_listed() {
    let library = Library::embedded().expect("the vectors load");
    let websocket = library.cases().filter(|case| case.needs_websocket()).map(|case| case.name());
    let mut without: BTreeSet<&str> = websocket.collect();
    without.extend(matrix().not_run.iter().map(String::as_str));
    assert_eq!(without.into_iter().collect::<Vec<_>>(), WITHOUT_PROOF);
}

/// Cases about WebSocket frames and handshakes, and one that no configuration of the reference broker offers.
const WITHOUT_PROOF: [&str; 8] = [
    "4.03-qos/identifier-used-again/after-a-refusal",
    "6.0-websocket/alignment/several-packets-a-frame",
    "6.0-websocket/fragments/empty-frames",
    "6.0-websocket/fragments/ping-between-fragments",
    "6.0-websocket/subprotocol/found-in-a-list",
    "6.0-websocket/subprotocol/no-other",
    "6.0-websocket/text-frame/first",
    "6.0-websocket/text-frame/later",
];

#[test]
fn names_are_unique() {
    let mut names = BTreeSet::new();
    let twice: Vec<String> =
        table::faults().into_iter().map(|fault| fault.name).filter(|name| !names.insert(name.clone())).collect();
    assert!(twice.is_empty(), "there twice: {}", twice.join(", "));
}
