//! Every case in memory, in every configuration, also with brokers that are legal but unusual.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use mqttspec::{
    Reference,
    conduct::{Breach, End},
    runner::{probe_in_memory, run_case_in_memory},
    transport::{Memory, Passage, Tamper},
    vector::{Case, Library},
};
use mqttspec_broker::core::Config;
use mqttspec_codec::Version;

use super::{
    behind::Behind,
    configurations::configurations,
    traffic::{self, Traffic, What},
};

/// Name and version of a case, and a statement that its clients break on purpose.
type Mark = (String, Version, String);

#[test]
fn the_clients_of_every_case_conform() {
    let library = Library::embedded().expect("the vectors load");
    let (mut wrong, mut needed, mut played) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (config, login) in configurations() {
        for version in VERSIONS {
            let Ok(capabilities) = probe_in_memory(&mut memory(&config), version, &login) else { continue };
            for case in library.cases().filter(|case| case.version == version) {
                let run = run_case_in_memory(case, memory(&config), &capabilities, &login);
                if run.transcript.is_empty() {
                    continue;
                }
                played.insert((case.name().to_owned(), version));
                let breaches =
                    traffic::judge(&traffic::of_transcript(&run.transcript), traffic::known(&capabilities, version));
                wrong.extend(unmarked(case, breaches, &mut needed));
            }
        }
    }
    assert!(played.len() > 400, "only {} cases were played", played.len());
    assert!(wrong.is_empty(), "{} breaches that no case means:\n{}", wrong.len(), lines(&wrong));
    let marks = library.cases().flat_map(marks);
    let needless = marks.filter(|mark| played.contains(&(mark.0.clone(), mark.1)) && !needed.contains(mark));
    let needless: BTreeSet<String> = needless.map(|(name, version, id)| format!("{version} {name}: {id}")).collect();
    assert!(needless.is_empty(), "`client_breaks` that no client breaks:\n{}", lines(&needless));
}

#[test]
fn probes_and_bystander_conform() {
    let library = Library::embedded().expect("the vectors load");
    let (mut wrong, mut judged) = (BTreeSet::new(), 0);
    for (config, login) in configurations() {
        for version in VERSIONS {
            let probe = Recording::default();
            let Ok(capabilities) = probe_in_memory(&mut probe.memory(&config), version, &login) else { continue };
            let mut recordings = vec![(format!("{version} probe"), probe)];
            for case in library.cases().filter(|case| case.version == version && PAUSES.contains(&case.name())) {
                let recording = Recording::default();
                let _ = run_case_in_memory(case, recording.memory(&config), &capabilities, &login);
                recordings.push((format!("{version} bystander of {}", case.id), recording));
            }
            for (whose, recording) in recordings {
                let own = recording.own();
                judged += own.len();
                let breaches = traffic::judge(&own, traffic::known(&capabilities, version));
                wrong.extend(breaches.iter().map(|breach| format!("{whose}: {breach}")));
            }
        }
    }
    assert!(judged > 60, "only {judged} connections");
    assert!(wrong.is_empty(), "{}", lines(&wrong));
}

/// The breaches that the case does not mean. Adds the marks that were needed.
fn unmarked(case: &Arc<Case>, breaches: Vec<Breach>, needed: &mut BTreeSet<Mark>) -> Vec<String> {
    let mut wrong = Vec::new();
    for breach in breaches {
        if !traffic::is_meant(case, &breach) {
            wrong.push(format!("{} {}: {breach}", case.version, case.id));
        }
        needed.extend(marks(case).filter(|(_, _, id)| breach.statements.contains(&id.as_str())));
    }
    wrong
}

fn marks(case: &Arc<Case>) -> impl Iterator<Item = Mark> {
    case.client_breaks.iter().map(|mark| (case.name().to_owned(), case.version, mark.id.clone()))
}

fn memory(config: &Config) -> Memory {
    Memory::new(Box::new(Reference::new(config.clone())))
}

fn lines(all: &BTreeSet<String>) -> String {
    all.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// Everything that reaches a broker in memory, and that leaves it.
#[derive(Debug, Clone, Default)]
struct Recording {
    connections: Rc<RefCell<BTreeMap<u64, Traffic>>>,
    of_the_case: Rc<RefCell<BTreeSet<u64>>>,
}

impl Recording {
    fn memory(&self, config: &Config) -> Memory {
        let mut memory = Memory::new(Box::new(Behind::new(Reference::new(config.clone()), self.clone())));
        memory.set_tamper(Box::new(Watch(Rc::clone(&self.of_the_case))));
        memory
    }

    /// The connections that are the suite's own.
    fn own(&self) -> Vec<Traffic> {
        let of_the_case = self.of_the_case.borrow();
        let connections = self.connections.borrow();
        let last = connections.values().filter_map(|traffic| traffic.events.last()).map(|(at, _)| *at).max();
        let own = connections.iter().filter(|(connection, _)| !of_the_case.contains(connection));
        own.map(|(_, traffic)| {
            // in memory, a client that is dropped does not tell the broker
            let end = traffic.end.or(last.map(|at| (at, End::ByClient)));
            Traffic { end, ..traffic.clone() }
        })
        .collect()
    }
}

impl Tamper for Recording {
    fn pass(&mut self, now: Duration, passage: Passage) -> Vec<(Duration, Passage)> {
        let (Passage::ToBroker(connection, _)
        | Passage::ToClient(connection, _)
        | Passage::EndToBroker(connection)
        | Passage::EndToClient(connection)) = &passage;
        let mut connections = self.connections.borrow_mut();
        let traffic = connections.entry(*connection).or_default();
        match &passage {
            Passage::ToBroker(_, bytes) => traffic.events.push((now, What::Sent(bytes.clone()))),
            Passage::ToClient(_, bytes) => traffic.events.push((now, What::Received(bytes.clone()))),
            Passage::EndToBroker(_) => traffic.end = Some((now, End::ByClient)),
            Passage::EndToClient(_) => traffic.end = Some((now, End::ByServer)),
        }
        drop(connections);
        vec![(Duration::ZERO, passage)]
    }
}

/// Learns which connections are of the case.
#[derive(Debug)]
struct Watch(Rc<RefCell<BTreeSet<u64>>>);

impl Tamper for Watch {
    fn pass(&mut self, _: Duration, passage: Passage) -> Vec<(Duration, Passage)> {
        let (Passage::ToBroker(connection, _)
        | Passage::ToClient(connection, _)
        | Passage::EndToBroker(connection)
        | Passage::EndToClient(connection)) = passage;
        self.0.borrow_mut().insert(connection);
        vec![(Duration::ZERO, passage)]
    }
}

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
/// Cases in which the bystander has to stay connected for a while.
const PAUSES: [&str; 2] =
    ["3.01-connect/keep-alive/zero-means-off", "4.04-delivery-retry/not-sent-again/while-connected"];
