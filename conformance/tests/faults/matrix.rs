//! Runs cases x faults to find which fault fails which case.

use std::{
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
    between::Between,
    configurations::configurations,
    fault::Fault,
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
    /// How many cases each fault failed, if all were tried on all.
    pub(crate) failures: Vec<String>,
}

/// A configuration, and what it supports in one version.
pub(crate) struct Offer {
    pub(crate) config: Config,
    pub(crate) login: Login,
    pub(crate) version: Version,
    capabilities: Capabilities,
}

/// A case, in a configuration in which it passes.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'a> {
    pub(crate) case: &'a Arc<Case>,
    pub(crate) offer: &'a Offer,
}

/// Finds a seat for each case, and the names of those that have none.
pub(crate) fn seats<'a>(cases: &'a [Arc<Case>], offers: &'a [Offer]) -> (Vec<Seat<'a>>, Vec<String>) {
    let borrowed: Vec<&Arc<Case>> = cases.iter().collect();
    let seats = spread(&borrowed, |case| seat(case, offers));
    let without = cases.iter().zip(&seats).filter(|(_, seat)| seat.is_none()).map(|(case, _)| case.name().to_owned());
    let without = without.collect();
    (seats.into_iter().flatten().collect(), without)
}

/// Whether all is to be tried on all, which takes minutes.
pub(crate) fn everything() -> bool {
    env::var("MQTTSPEC_FAULTS").is_ok_and(|what| what == "all")
}

/// Runs the cases. Faults are tried, the likely ones first, until each case fails and each fault is found. With
/// `MQTTSPEC_FAULTS=all`, all are tried on all.
pub(crate) fn run_all(cases: &[Arc<Case>], faults: &[Fault]) -> Matrix {
    let offers = offers();
    let (seats, not_run) = seats(cases, &offers);
    let mut matrix = Matrix { ran: seats.len(), not_run, ..Matrix::default() };
    match everything() {
        true => all_on_all(&seats, faults, &mut matrix),
        false => until_found(&seats, faults, &mut matrix),
    }
    matrix
}

fn until_found(seats: &[Seat<'_>], faults: &[Fault], matrix: &mut Matrix) {
    let likely = Likely::remembered();
    let wrong: Vec<&Fault> = faults.iter().collect();
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
    let wrong: Vec<&Fault> = faults.iter().collect();
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

pub(crate) fn offers() -> Vec<Offer> {
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
    seats.into_iter().find(|seat| matches!(verdict(seat, &right), Verdict::Pass | Verdict::Warn(_)))
}

fn fails(seat: &Seat<'_>, fault: &Fault) -> bool {
    matches!(verdict(seat, fault), Verdict::Fail(_))
}

fn verdict(seat: &Seat<'_>, fault: &Fault) -> Verdict {
    let between = Between::new(fault.start(), seat.case.version, Rc::default());
    let mut memory = memory(&seat.offer.config);
    memory.set_tamper(Box::new(between));
    run_case_in_memory(seat.case, memory, &seat.offer.capabilities, &seat.offer.login).verdict
}

fn memory(config: &Config) -> Memory {
    Memory::new(Box::new(Reference::new(config.clone())))
}

/// Runs on all cores. The results are in order.
pub(crate) fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
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
