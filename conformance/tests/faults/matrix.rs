//! Runs cases x faults to find which fault fails which case.

use std::{
    cell::Cell,
    collections::BTreeMap,
    env,
    rc::Rc,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use mqttspec::{
    judge::Verdict,
    runner::{Capabilities, Login, probe_in_memory, run_case_in_memory},
    transport::{Memory, Reference},
    vector::Case,
};
use mqttspec_broker::core::Config;
use mqttspec_codec::Version;

use super::{
    between::{Between, Chain},
    configurations::configurations,
    fault::{Fault, Kind},
    likely::{Likely, remember},
};

/// The result; each entry is a line for people.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    /// How many cases ran.
    pub(crate) ran: usize,
    /// Names of cases that need something that no in-memory broker supports.
    pub(crate) not_run: Vec<String>,
    /// Cases that no fault fails, apart from coarse ones.
    pub(crate) vacuous: Vec<String>,
    /// Faults that no case finds.
    pub(crate) unfound: Vec<String>,
    /// Cases that fail a legal broker.
    pub(crate) unfair: Vec<String>,
    /// How many cases each fault failed, if all were tried on all.
    pub(crate) failures: Vec<String>,
}

/// A configuration, and what it supports in one version.
struct Offer {
    config: Config,
    login: Login,
    version: Version,
    capabilities: Capabilities,
}

/// A case, in a configuration in which it passes.
struct Seat<'a> {
    case: &'a Arc<Case>,
    offer: &'a Offer,
}

/// Runs the cases. Wrong faults are tried, the likely ones first, until each case fails and each fault is found. Legal
/// faults are tried on every case. With `MQTTSPEC_FAULTS=all`, all are tried on all.
pub(crate) fn run_all(cases: &[Arc<Case>], faults: &[Fault]) -> Matrix {
    let offers = offers();
    let borrowed: Vec<&Arc<Case>> = cases.iter().collect();
    let seats = spread(&borrowed, |case| seat(case, &offers));
    let not_run = cases.iter().zip(&seats).filter(|(_, seat)| seat.is_none()).map(|(case, _)| case.name().to_owned());
    let not_run = not_run.collect();
    let seats: Vec<Seat<'_>> = seats.into_iter().flatten().collect();
    let mut matrix = Matrix { ran: seats.len(), not_run, ..Matrix::default() };
    match env::var("MQTTSPEC_FAULTS").is_ok_and(|what| what == "all") {
        true => all_on_all(&seats, faults, &mut matrix),
        false => until_found(&seats, faults, &mut matrix),
    }
    let mut legal: Vec<&Fault> = faults.iter().filter(|fault| fault.kind == Kind::Legal).collect();
    legal.sort_by_key(|fault| fault.group);
    try_legal(&seats, &legal, &mut matrix);
    matrix
}

fn until_found(seats: &[Seat<'_>], faults: &[Fault], matrix: &mut Matrix) {
    let likely = Likely::remembered();
    let wrong: Vec<&Fault> = faults.iter().filter(|fault| fault.kind != Kind::Legal).collect();
    let failing = spread(seats, |seat| {
        let first = likely.faults_for(&seat.case.id);
        let place = |fault: &Fault| first.iter().position(|name| *name == fault.name).unwrap_or(usize::MAX);
        let mut order: Vec<&Fault> = wrong.iter().copied().filter(|fault| fault.proves(&seat.case.id)).collect();
        order.sort_by_key(|fault| place(fault));
        order.into_iter().find(|fault| fails(seat, fault)).map(|fault| fault.name.as_str())
    });
    let vacuous = seats.iter().zip(&failing).filter(|(_, fault)| fault.is_none());
    matrix.vacuous = vacuous.map(|(seat, _)| format!("{:?}", seat.case)).collect();
    let mut left = wrong;
    left.retain(|fault| !failing.contains(&Some(fault.name.as_str())));
    let unfound = spread(&left, |fault| {
        let (first, then): (Vec<_>, Vec<_>) = seats.iter().partition(|seat| likely.holds(&seat.case.id, &fault.name));
        let found = first.into_iter().chain(then).any(|seat| fails(seat, fault));
        (!found).then(|| fault.to_string())
    });
    matrix.unfound = unfound.into_iter().flatten().collect();
}

fn all_on_all(seats: &[Seat<'_>], faults: &[Fault], matrix: &mut Matrix) {
    let wrong: Vec<&Fault> = faults.iter().filter(|fault| fault.kind != Kind::Legal).collect();
    let failing: Vec<Vec<&Fault>> =
        spread(seats, |seat| wrong.iter().copied().filter(|fault| fails(seat, fault)).collect());
    let vacuous = seats.iter().zip(&failing).filter(|(seat, by)| !by.iter().any(|fault| fault.proves(&seat.case.id)));
    matrix.vacuous = vacuous.map(|(seat, _)| format!("{:?}", seat.case)).collect();
    for fault in wrong {
        let count = failing.iter().flatten().filter(|by| by.name == fault.name).count();
        matrix.failures.push(format!("{count:5} {:?} {fault}", fault.kind));
        if count == 0 {
            matrix.unfound.push(fault.to_string());
        }
    }
    let pairs = seats.iter().zip(&failing).flat_map(|(seat, by)| by.iter().map(|fault| (&**seat.case, *fault)));
    remember(&pairs.collect::<Vec<_>>());
}

/// Checks that each legal fault changes something; otherwise it proves nothing.
fn try_legal(seats: &[Seat<'_>], legal: &[&Fault], matrix: &mut Matrix) {
    let groups: Vec<&[&Fault]> = legal.chunk_by(|one, other| one.group == other.group).collect();
    let tried = spread(seats, |seat| {
        let (mut failing, mut acted) = (Vec::new(), Vec::new());
        for group in &groups {
            let (verdict, acting) = verdict(seat, group);
            acted.extend(acting);
            if matches!(verdict, Verdict::Fail(_)) {
                let alone: Vec<String> =
                    group.iter().filter(|fault| fails(seat, fault)).map(ToString::to_string).collect();
                let names =
                    if alone.is_empty() { format!("all {} together", group[0].group) } else { alone.join(", ") };
                failing.push(format!("{:?}: {names}", seat.case));
            }
        }
        (failing, acted)
    });
    for (index, fault) in groups.iter().copied().flatten().enumerate() {
        if !tried.iter().any(|(_, acted)| acted[index]) {
            matrix.unfound.push(fault.to_string());
        }
    }
    matrix.unfair = tried.into_iter().flat_map(|(failing, _)| failing).collect();
}

fn offers() -> Vec<Offer> {
    let versions = [Version::V3_1, Version::V3_1_1, Version::V5];
    let all = versions
        .into_iter()
        .flat_map(|version| configurations().into_iter().map(move |(config, login)| (version, config, login)));
    all.filter_map(|(version, config, login)| {
        let capabilities = probe_in_memory(&mut memory(&config), version, &login).ok()?;
        Some(Offer { config, login, version, capabilities })
    })
    .collect()
}

/// The first configuration in which the case passes, with traffic split packet by packet.
fn seat<'a>(case: &'a Arc<Case>, offers: &'a [Offer]) -> Option<Seat<'a>> {
    let right = Fault::new("none", "is right", || Box::new(|event, wire| wire.pass(event)));
    let suiting = offers.iter().filter(|offer| offer.version == case.version);
    let seats = suiting.map(|offer| Seat { case, offer });
    seats.into_iter().find(|seat| matches!(verdict(seat, &[&right]).0, Verdict::Pass | Verdict::Warn(_)))
}

fn fails(seat: &Seat<'_>, fault: &Fault) -> bool {
    matches!(verdict(seat, &[fault]).0, Verdict::Fail(_))
}

/// The verdict of the case under these faults together, and whether each changed anything.
fn verdict(seat: &Seat<'_>, faults: &[&Fault]) -> (Verdict, Vec<bool>) {
    let acted: Vec<_> = faults.iter().map(|_| Rc::new(Cell::new(false))).collect();
    let between =
        |(fault, acted): (&&Fault, &Rc<Cell<bool>>)| Between::new(fault.start(), seat.case.version, Rc::clone(acted));
    let chain = Chain(faults.iter().zip(&acted).map(between).collect());
    let mut capabilities = seat.offer.capabilities.clone();
    capabilities.round_trip = faults.iter().map(|fault| fault.round_trip).sum();
    let mut memory = memory(&seat.offer.config);
    memory.set_tamper(Box::new(chain));
    let run = run_case_in_memory(seat.case, memory, &capabilities, &seat.offer.login);
    (run.verdict, acted.iter().map(|acted| acted.get()).collect())
}

fn memory(config: &Config) -> Memory {
    Memory::new(Box::new(Reference::new(config.clone())))
}

/// Runs on all cores. The results are in order.
fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    lock(&results).insert(index, result);
                }
            });
        }
    });
    results.into_inner().expect("no panic").into_values().collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic")
}
