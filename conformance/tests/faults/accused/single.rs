//! One fault at a time.

use std::env;

use super::{
    exceptions::EXCEPTIONS,
    found::{deviations_under, hash, is_of, line},
};
use crate::{
    fault::{Fault, Kind},
    matrix::tries_all,
    seats::spread,
    table,
};

/// What the report says of a fault.
struct Result<'a> {
    fault: &'a Fault,
    first_is_right: bool,
    deviations: Vec<String>,
}

#[test]
fn the_first_deviation_is_what_the_fault_violates() {
    let faults = table::faults();
    let tried: Vec<&Fault> = faults.iter().filter(|fault| is_tried(&fault.name)).collect();
    let results = spread(&tried, |fault| {
        let found = deviations_under(&[fault]);
        let first_is_right = found.first().is_some_and(|first| is_of(first, fault));
        Result { fault, first_is_right, deviations: found.iter().map(line).collect() }
    });
    let (held_out, others): (Vec<&Result<'_>>, Vec<&Result<'_>>) =
        results.iter().partition(|result| is_held_out(result.fault));
    println!("held out: {}", figures(&held_out));
    println!("others: {}", figures(&others));
    others.iter().for_each(|result| println!("{}", text(result)));
    if is_named() {
        held_out.iter().for_each(|result| println!("{}", text(result)));
    }
    let mistakes: Vec<String> = results.iter().filter_map(mistake).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    if tries_all() {
        assert_eq!(median(&results.iter().collect::<Vec<_>>()), 1);
    }
}

#[test]
fn exceptions_are_few_and_about_faults() {
    let faults = table::faults();
    for (name, _) in EXCEPTIONS {
        assert!(faults.iter().any(|fault| fault.name == *name), "{name} is no fault");
    }
    assert!(EXCEPTIONS.len() * 100 <= faults.len() * (100 - FIRST_RIGHT), "{} exceptions", EXCEPTIONS.len());
}

fn is_tried(name: &str) -> bool {
    match env::var("MQTTSPEC_FAULTS") {
        Ok(names) => names == "all" || names.split(',').any(|one| one == name),
        Err(_) => (hash(name) / 5).is_multiple_of(32),
    }
}

/// Whether the faults were asked for by name, as those with an exception are.
fn is_named() -> bool {
    env::var("MQTTSPEC_FAULTS").is_ok() && !tries_all()
}

fn is_held_out(fault: &Fault) -> bool {
    hash(&fault.name).is_multiple_of(5)
}

fn figures(results: &[&Result<'_>]) -> String {
    let right = results.iter().filter(|result| result.first_is_right).count();
    let (count, sum) = counted(results).fold((0, 0), |(count, sum), number| (count + 1, sum + number));
    format!(
        "{right} of {} have the right deviation first; median {}, {sum} deviations for {count} that are not coarse",
        results.len(),
        median(results)
    )
}

/// The number of deviations under each fault, where that says something.
fn counted<'a>(results: &'a [&Result<'_>]) -> impl Iterator<Item = usize> + 'a {
    results.iter().filter(|result| result.fault.kind != Kind::Coarse).map(|result| result.deviations.len())
}

fn median(results: &[&Result<'_>]) -> usize {
    let mut numbers: Vec<usize> = counted(results).collect();
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

fn text(result: &Result<'_>) -> String {
    let right = if result.first_is_right { "right" } else { "WRONG" };
    let broken = format!("{:?} {:?}", result.fault.breaks_v3_1_1, result.fault.breaks_v5);
    let mut lines = vec![format!("{right} {}: violates {broken}", result.fault.name)];
    lines.extend(result.deviations.iter().map(|line| format!("    {line}")));
    lines.join("\n")
}

fn mistake(result: &Result<'_>) -> Option<String> {
    let excepted = EXCEPTIONS.iter().any(|(name, _)| *name == result.fault.name);
    match (result.first_is_right, excepted) {
        (false, false) => Some(format!("the first deviation is another one: {}", text(result))),
        (true, true) => Some(format!("{} needs no exception", result.fault.name)),
        _ => None,
    }
}

/// How many of a hundred faults must have the right deviation first.
const FIRST_RIGHT: usize = 95;
