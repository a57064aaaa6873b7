//! The toy in memory, under the suite's virtual clock: no sockets, no waiting.

#[path = "shared/in_memory.rs"]
mod in_memory;

use in_memory::InMemory;
use mqttspec::{Baseline, Filter, Suite};

#[test]
fn conforms_but_for_what_is_known() -> Result<(), Box<dyn std::error::Error>> {
    let filter = Filter::default().only("3.12-pingreq")?.only("3.01-connect/second-connect")?;
    let suite = Suite::embedded()?.filter(filter).baseline(Baseline::read("known-failures.yaml")?);
    suite.run_in_memory(InMemory::default, &mut ())?.assert_conformant();
    Ok(())
}

#[test]
fn a_failure_that_is_not_known_fails_the_test() {
    let suite = Suite::embedded().unwrap();
    let suite = suite.filter(Filter::default().only("3.01-connect/second-connect").unwrap());
    let report = suite.run_in_memory(InMemory::default, &mut ()).unwrap();
    assert!(!report.is_conformant() && report.complaint().contains("a second CONNACK"), "{}", report.complaint());
}
