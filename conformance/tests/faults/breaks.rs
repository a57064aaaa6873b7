//! Checks what the faults are said to violate.

use mqttspec::registry::{Binds, Registry};
use mqttspec_codec::Version;

use super::{fault::Fault, table};

/// A fault without statements could not be looked for in a report, and one with many is several faults.
#[test]
fn every_fault_breaks_statements_that_bind_the_server() {
    let registry = Registry::embedded().expect("the registry loads");
    let mistakes: Vec<String> = table::faults().iter().flat_map(|fault| mistakes(fault, &registry)).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

fn mistakes(fault: &Fault, registry: &Registry) -> Vec<String> {
    let mut mistakes = Vec::new();
    for version in [Version::V3_1_1, Version::V5] {
        let ids = fault.broken(version);
        if ids.len() > 3 {
            mistakes.push(format!("{}: {version} has more than three statements; make it two faults", fault.name));
        }
        for id in ids {
            match registry.get(version, id) {
                Some(statement) if statement.binds == Binds::Client => {
                    mistakes.push(format!("{}: {version} [{id}] binds the Client", fault.name));
                }
                Some(_) => {}
                None => mistakes.push(format!("{}: {version} [{id}] is not in the registry", fault.name)),
            }
        }
    }
    let none = fault.breaks_v3_1_1.is_empty() && fault.breaks_v5.is_empty();
    if none {
        mistakes.push(format!("{}: violates nothing", fault.name));
    }
    mistakes
}
