//! Vectors can fail, and are fair: every case is played in memory against brokers that are wrong in one way each, and
//! against brokers that are right in an unusual way.
//!
//! A **fault** is a few lines between the reference broker's core and the transport that change, drop, repeat or delay
//! packets; the core knows nothing of them. Three tests hold what follows from it:
//!
//! - every case fails under a fault that has to do with it: a case that cannot fail is vacuous, mend or remove it;
//! - every fault is found by a case: one that is not found is a hole, write the vector;
//! - no case fails under a legal fault, which does what the standard allows: such a case is unfair, mend it or the judge.
//!
//! Cases that only a WebSocket can show are left out, for in memory there are no frames. Cases for which no broker in
//! memory offers what they need are left out too, and printed.
//!
//! # A new fault in five lines
//! An entry in the table whose packets it is about (`table/`), nothing else:
//! ```text
//! Fault::new("retain-on-live", "sets RETAIN on everything it delivers", || {
//!     edit_out(Publish, |seen| seen.set("retain", true))
//! }),
//! ```
//! The outer closure is called at the beginning of each run, so what it declares is remembered for that run and no longer.
//! `edit_in` and `edit_out` change packets from clients and from the broker, `lose_in` and `lose_out` lose them;
//! `incoming`, `outgoing`, `malformed` and `all` decide themselves: what is not passed on is lost. Fields have the names of
//! the vector language; for what no field can say there is `Seen::raw`. A connection that the broker has closed, but whose
//! end is not passed on, seems alive: its PINGREQ is answered.
//!
//! `.coarse()` marks a fault that fails nearly everything: it must be found too, but proves nothing about a case, except
//! those named by `.but_for(..)`. `.legal` is what the whole table `table/legal.rs` is.
//!
//! # Looking for faults
//! All on all takes a minute or more; `cargo test` tries likely faults first (`likely.txt`) and stops at the first that
//! fails a case. After new vectors or faults, `MQTTSPEC_FAULTS=all cargo test --test faults -- --nocapture` tries all on
//! all, prints how many cases each fault fails, and writes `likely.txt` anew.
//!
//! | module | what |
//! |---|---|
//! | `table` | the faults |
//! | `fault` | what a fault is, and how the short ones are written |
//! | `seen`, `wire` | a packet on its way, and what can be done with it |
//! | `between` | stands between broker and case: cuts bytes into packets and asks the fault |
//! | `matrix` | plays cases x faults |
//! | `likely` | where to look first |

mod between;
#[path = "../common/configurations.rs"]
mod configurations;
mod fault;
mod likely;
mod matrix;
mod seen;
mod table;
mod wire;

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
    time::Instant,
};

use matrix::Matrix;
use mqttspec::vector::{Case, Library};

fn matrix() -> &'static Matrix {
    static MATRIX: OnceLock<Matrix> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let library = Library::embedded().expect("the vectors load");
        let cases: Vec<Arc<Case>> = library.cases().filter(|case| !case.needs_websocket()).cloned().collect();
        let faults = table::faults();
        let start = Instant::now();
        let matrix = matrix::play(&cases, &faults);
        println!("{} cases, {} faults: {:.1?}", matrix.played, faults.len(), start.elapsed());
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
fn no_case_fails_where_the_broker_is_right() {
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
