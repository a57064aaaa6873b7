//! Random exploration against the same brokers: it must find the faults that are about sessions, QoS, subscriptions,
//! retained messages, Wills, order and flow control, and nothing else may give an alarm.
//!
//! `MQTTSPEC_EXPLORE=N` plays N times as much.

use std::{cell::Cell, collections::BTreeMap, rc::Rc, time::Instant};

use futures_util::FutureExt;
use mqttspec::{
    explore::{Names, Pace, Random, Round, generate, plan::Plan, play},
    runner::Login,
    transport::{Memory, Reference},
};
use mqttspec_broker::core::Config;
use mqttspec_codec::Version;

use super::{
    behind::Behind,
    between::{Between, Chain},
    configurations::configurations,
    fault::{Fault, Wrong},
    seats::spread,
    stand_in::StandIn,
    table,
};

/// Plays a plan against the reference broker behind these.
fn round(plan: &Plan, config: Config, login: &Login, wrongs: Vec<Wrong>) -> Round {
    let between = |wrong| Between::new(wrong, plan.version, Rc::new(Cell::new(false)));
    let chain = Chain(wrongs.into_iter().map(between).collect());
    let mut memory = Memory::new(Box::new(Behind::new(Reference::new(config), chain)));
    let names = Names::new(&mut Random::new(7));
    let round = play(&mut memory, plan, &names, login, &Pace::MEMORY);
    round.now_or_never().expect("a broker in memory is always ready")
}

/// Alarms, each with the plan and the history that gave it.
fn alarms(what: &str, plan: &Plan, round: &Round) -> Vec<String> {
    let shown = |violation| format!("{what}: {violation}");
    let alarms: Vec<String> = round.violations.iter().map(shown).collect();
    match alarms.is_empty() {
        true => alarms,
        false => alarms.into_iter().chain([format!("{plan}\n{}", round.history)]).collect(),
    }
}

/// How many times as much to play.
fn times() -> u64 {
    std::env::var("MQTTSPEC_EXPLORE").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

const VERSIONS: [Version; 2] = [Version::V3_1_1, Version::V5];
/// Of a plan.
const OPS: usize = 40;

#[test]
fn no_configuration_gives_an_alarm() {
    let start = Instant::now();
    let jobs: Vec<(u64, Version)> =
        (0..6 * times()).flat_map(|seed| VERSIONS.map(|version| (seed, version))).collect();
    let tried = spread(&jobs, |(seed, version)| {
        let (mut applied, mut found) = (0, Vec::new());
        for (index, (config, login)) in configurations().into_iter().enumerate() {
            let plan = generate(seed * 100 + index as u64, *version, OPS);
            let round = round(&plan, config, &login, Vec::new());
            applied += round.history.applied;
            found.extend(alarms(&format!("configuration {index}, seed {seed}"), &plan, &round));
        }
        (applied, found)
    });
    let applied: usize = tried.iter().map(|(applied, _)| applied).sum();
    println!("{applied} operations: {:.1?}", start.elapsed());
    let found: Vec<String> = tried.into_iter().flat_map(|(_, found)| found).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(applied > 1000, "only {applied} operations applied");
}

#[test]
fn no_legal_stand_in_gives_an_alarm() {
    let start = Instant::now();
    let stand_ins = table::stand_ins();
    let jobs: Vec<(&StandIn, u64)> =
        stand_ins.iter().flat_map(|stand_in| (0..2 * times()).map(move |seed| (stand_in, seed))).collect();
    let tried = spread(&jobs, |(stand_in, seed)| {
        let (mut applied, mut found) = (0, Vec::new());
        for version in VERSIONS.into_iter().filter(|version| !stand_in.only_v5 || *version == Version::V5) {
            let mut config = Config::default();
            (stand_in.configure)(&mut config);
            let plan = generate(1000 + *seed, version, OPS);
            let round = round(&plan, config, &Login::default(), vec![stand_in.start()]);
            applied += round.history.applied;
            found.extend(alarms(&format!("{}, seed {seed}", stand_in.name), &plan, &round));
        }
        (applied, found)
    });
    let applied: usize = tried.iter().map(|(applied, _)| applied).sum();
    println!("{applied} operations: {:.1?}", start.elapsed());
    let found: Vec<String> = tried.into_iter().flat_map(|(_, found)| found).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// After how many operations a fault is found; `None` if not within so many.
fn found_after(fault: &Fault, most: usize) -> Option<(usize, String)> {
    let mut applied = 0;
    for seed in 0.. {
        for version in VERSIONS.into_iter().filter(|version| !fault.broken(*version).is_empty()) {
            let plan = generate(5000 + seed, version, OPS);
            let round = round(&plan, Config::default(), &Login::default(), vec![fault.start()]);
            applied += round.history.applied.max(1);
            if let Some(first) = round.violations.first() {
                return Some((applied, format!("{first}")));
            }
        }
        if applied >= most {
            return None;
        }
    }
    None
}

/// The tables of faults that exploration is for.
const TABLES: [&str; 12] = [
    "deliveries", "identifiers", "matching", "overlaps", "resumed", "retained", "sessions", "slips", "subscriptions",
    "will ends", "wills", "family",
];

#[test]
fn faults_are_found() {
    let start = Instant::now();
    let faults: Vec<Fault> = table::faults().into_iter().filter(|fault| TABLES.contains(&fault.table)).collect();
    let tried = spread(&faults, |fault| found_after(fault, 400 * usize::try_from(times()).unwrap_or(1)));
    let mut by_table: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (fault, found) in faults.iter().zip(&tried) {
        let (all, of_found) = by_table.entry(fault.table).or_default();
        *all += 1;
        *of_found += usize::from(found.is_some());
        match found {
            Some((ops, what)) => println!("{ops:5} {} {}: {what}", fault.table, fault.name),
            None => println!("  not {} {}: {}", fault.table, fault.name, fault.does),
        }
    }
    let found = tried.iter().flatten().count();
    println!("{found} of {}: {:.1?}\n{by_table:?}", faults.len(), start.elapsed());
}
