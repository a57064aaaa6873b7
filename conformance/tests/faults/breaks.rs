//! Checks what the faults are said to violate.

use mqttspec::{
    Suite,
    registry::{Binds, Level, Registry},
    runner::standings,
    vector::{Expected, PacketCase, PacketLibrary},
};
use mqttspec_codec::{PacketType, Version, decode_frame};

use super::{
    fault::Fault,
    table::{
        self,
        ignored::{LEFT_FREE, ROWS},
    },
};

/// A fault without statements could not be looked for in a report, and one with many is several faults.
#[test]
fn every_fault_breaks_statements_that_bind_the_server() {
    let registry = Registry::embedded().expect("the registry loads");
    let mistakes: Vec<String> = table::faults().iter().flat_map(|fault| mistakes(fault, &registry)).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// How many statements that bind the Server, and that are tested, no fault is said to violate. It only ever gets smaller.
/// What only permits something cannot be violated.
const WITHOUT_FAULT: usize = 13;

/// Statements that a fault between the frames of a WebSocket violates: the test `websocket_faults`.
const BETWEEN_FRAMES: [&str; 2] = ["MQTT-6.0.0-1", "MQTT-6.0.0-4"];

/// A statement that a fault violates is one that some case is known to find.
#[test]
fn few_statements_have_no_fault() {
    let faults = table::faults();
    let suite = Suite::embedded().expect("the vectors load");
    let without: Vec<String> = standings(&suite)
        .iter()
        .filter(|standing| standing.is_tested() && standing.statement.binds != Binds::Client)
        .map(|standing| standing.statement)
        .filter(|statement| statement.level != Level::May && !BETWEEN_FRAMES.contains(&&*statement.id))
        .filter(|statement| !faults.iter().any(|fault| fault.is_about(statement.version, &statement.id)))
        .map(|statement| format!("{} [{}] ({}) {}", statement.version, statement.id, statement.level, statement.says))
        .collect();
    assert!(without.len() <= WITHOUT_FAULT, "{}; add a fault:\n{}", without.len(), without.join("\n"));
    println!("no fault is said to violate these {}:\n{}", without.len(), without.join("\n"));
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

/// What is malformed in a packet of a Client has a fault that ignores just that, or a Server may read over it.
#[test]
fn every_way_to_be_malformed_has_a_fault() {
    let library = PacketLibrary::embedded().expect("the packets load");
    let without: Vec<String> = library.cases().filter(|case| !is_ignored(case)).map(|case| case.id.clone()).collect();
    assert!(without.is_empty(), "no fault ignores these:\n{}", without.join("\n"));
}

/// Whether a fault ignores the packet of this case, or it needs none.
fn is_ignored(case: &PacketCase) -> bool {
    let (Expected::Malformed { .. }, Err(error)) = (&case.expected, decode_frame(&case.bytes, case.version)) else {
        return true;
    };
    let Some(of) = case.bytes.first().and_then(|first| PacketType::from_number(first >> 4)) else { return true };
    let v5 = case.version == Version::V5;
    let statement = error.statement_in(&case.bytes, case.version);
    let of_a_server =
        matches!(of, PacketType::Connack | PacketType::Suback | PacketType::Unsuback | PacketType::Pingresp);
    of_a_server
        || of == PacketType::Auth && !v5
        || LEFT_FREE.contains(&(of, error.kind))
        || ROWS.iter().any(|&(row, kind, _, v3_1_1, v5_id)| {
            row == of && kind == error.kind && statement == Some(if v5 { v5_id } else { v3_1_1 })
        })
}
