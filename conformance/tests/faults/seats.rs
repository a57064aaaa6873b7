//! The cases, each in a configuration of the reference broker in which it passes, and running one under faults.

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use mqttspec::{
    judge::Verdict,
    packet::Value,
    runner::{Capabilities, CaseRun, Login, probe_in_memory, run_case_in_memory},
    transport::{Memory, Reference},
    vector::{Case, Library},
};
use mqttspec_broker::core::Config;
use mqttspec_codec::Version;

use super::{
    between::{Between, Chain},
    configurations::configurations,
    fault::{DENIED, Fault},
};

/// The cases that brokers in memory can play.
pub(crate) struct Seats {
    pub(crate) seats: Vec<Seat>,
    /// Names of cases that need something that no in-memory broker supports.
    pub(crate) not_run: Vec<String>,
}

/// A case, in a configuration in which it passes.
pub(crate) struct Seat {
    pub(crate) case: Arc<Case>,
    pub(crate) offer: Arc<Offer>,
}

/// A configuration, and what it supports in one version.
pub(crate) struct Offer {
    pub(crate) config: Config,
    pub(crate) login: Login,
    pub(crate) version: Version,
    capabilities: Capabilities,
}

impl Seats {
    /// All cases but those that need a WebSocket.
    pub(crate) fn all() -> &'static Self {
        static SEATS: OnceLock<Seats> = OnceLock::new();
        SEATS.get_or_init(|| {
            let library = Library::embedded().expect("the vectors load");
            let cases: Vec<Arc<Case>> = library.cases().filter(|case| !case.needs_websocket()).cloned().collect();
            let offers = offers();
            let found = spread(&cases, |case| Seat::find(case, &offers));
            let not_run = cases.iter().zip(&found).filter(|(_, seat)| seat.is_none());
            let not_run = not_run.map(|(case, _)| case.name().to_owned()).collect();
            Self { seats: found.into_iter().flatten().collect(), not_run }
        })
    }
}

impl Seat {
    /// The first configuration in which the case passes, with traffic split packet by packet.
    fn find(case: &Arc<Case>, offers: &[Arc<Offer>]) -> Option<Self> {
        let right = Fault::new("none", "is right", || Box::new(|event, wire| wire.pass(event)));
        let suiting = offers.iter().filter(|offer| offer.version == case.version);
        let mut seats = suiting.map(|offer| Self { case: Arc::clone(case), offer: Arc::clone(offer) });
        seats.find(|seat| matches!(seat.run(&[&right]).verdict, Verdict::Pass | Verdict::Warn(_)))
    }

    /// Whether the case fails under this fault.
    pub(crate) fn fails(&self, fault: &Fault) -> bool {
        matches!(self.run(&[fault]).verdict, Verdict::Fail(_))
    }

    /// Runs the case under these faults together.
    pub(crate) fn run(&self, faults: &[&Fault]) -> CaseRun {
        let between = |fault: &&Fault| Between::new(fault.start(), self.case.version, Rc::default());
        let mut memory = memory(&self.offer.config);
        memory.set_tamper(Box::new(Chain(faults.iter().map(between).collect())));
        run_case_in_memory(&self.case, memory, &self.offer.capabilities, &self.offer.login)
    }
}

fn offers() -> Vec<Arc<Offer>> {
    let versions = [Version::V3_1, Version::V3_1_1, Version::V5];
    let all = versions
        .into_iter()
        .flat_map(|version| configurations().into_iter().map(move |(config, login)| (version, config, login)));
    all.filter_map(|(version, config, login)| {
        let mut capabilities = probe_in_memory(&mut memory(&config), version, &login).ok()?;
        learn_denied(&mut capabilities, &login);
        Some(Arc::new(Offer { config, login, version, capabilities }))
    })
    .collect()
}

/// The user of the run has rights on `#`, which does not cover this topic.
pub(crate) fn learn_denied(capabilities: &mut Capabilities, login: &Login) {
    if login.user_name.is_some() {
        capabilities.learn("denied_topic", Value::text(DENIED), "the rights of the user of the run");
    }
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
