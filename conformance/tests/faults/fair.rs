//! Runs cases x legal stand-ins, alone and in pairs. No case may fail under one.

use std::{cell::Cell, rc::Rc};

use mqttspec::{
    judge::Verdict,
    runner::{Capabilities, CaseRun, probe_in_memory, run_case_in_memory},
    transport::{Memory, Reference},
};
use mqttspec_broker::core::Config;
use mqttspec_codec::Version;

use super::{
    behind::Behind,
    between::{Between, Chain},
    matrix::tries_all,
    seats::{Offer, Seat, learn_denied, spread},
    stand_in::StandIn,
    traffic,
};

/// The result; each entry is a line for people.
#[derive(Debug, Default)]
pub(crate) struct Fairness {
    /// Cases that fail under a stand-in.
    pub(crate) unfair: Vec<String>,
    /// What clients do under a stand-in that a Client must not do and that the case does not mean.
    pub(crate) misconduct: Vec<String>,
    /// Stand-ins that the suite cannot learn, under which too many cases are skipped, or that change nothing.
    pub(crate) useless: Vec<String>,
    /// How many cases are skipped under each stand-in.
    pub(crate) skipped: Vec<String>,
}

/// Tries each stand-in on every case.
pub(crate) fn alone(seats: &[Seat], stand_ins: &[StandIn]) -> Fairness {
    let each: Vec<Vec<&StandIn>> = stand_ins.iter().map(|stand_in| vec![stand_in]).collect();
    let seats: Vec<&Seat> = seats.iter().collect();
    let tried = spread(&each, |these| Tried::on(&seats, these));
    let mut fairness = Fairness::default();
    for (tried, stand_in) in tried.into_iter().zip(stand_ins) {
        if !tried.acted {
            fairness.useless.push(format!("{stand_in}: changes nothing"));
        }
        fairness.take(tried);
    }
    fairness
}

/// Tries pairs of stand-ins that are drawn at random, the same in every run, each on a part of the cases. With
/// `MQTTSPEC_FAULTS=all`, tries all pairs on all cases.
pub(crate) fn pairs(seats: &[Seat], stand_ins: &[StandIn]) -> Fairness {
    let all = tries_all();
    let mut pairs: Vec<(usize, Vec<&StandIn>)> = Vec::new();
    let every = (0..stand_ins.len()).flat_map(|one| (0..one).map(move |other| (other, one)));
    let mut every: Vec<(usize, usize)> = every.collect();
    let mut random = Random(SEED);
    while !every.is_empty() && (all || pairs.len() < PAIRS) {
        let (one, other) = every.swap_remove(random.below(every.len()));
        if [one, other].iter().all(|stand_in| NOT_TOGETHER.contains(&stand_ins[*stand_in].name)) {
            continue;
        }
        pairs.push((random.below(PART), vec![&stand_ins[one], &stand_ins[other]]));
    }
    let tried = spread(&pairs, |(place, these)| {
        let part = seats.iter().enumerate().filter(|(index, _)| all || index % PART == *place);
        let part: Vec<&Seat> = part.map(|(_, seat)| seat).collect();
        Tried::on(&part, these)
    });
    let mut fairness = Fairness::default();
    tried.into_iter().for_each(|tried| fairness.take(tried));
    fairness
}

impl Fairness {
    fn take(&mut self, tried: Tried) {
        let share = tried.skipped * 100;
        if share > tried.may_skip * tried.cases {
            let (skipped, cases, may) = (tried.skipped, tried.cases, tried.may_skip);
            self.useless.push(format!("{}: {skipped} of {cases} cases are skipped, above {may} %", tried.name));
        }
        if tried.skipped > 0 {
            self.skipped.push(format!("{}: {} of {} skipped", tried.name, tried.skipped, tried.cases));
        }
        self.useless.extend(tried.not_learned.map(|why| format!("{}: {why}", tried.name)));
        self.unfair.extend(tried.failing);
        self.misconduct.extend(tried.misconduct);
    }
}

/// What came of one or two stand-ins.
#[derive(Debug, Default)]
struct Tried {
    name: String,
    cases: usize,
    may_skip: usize,
    skipped: usize,
    failing: Vec<String>,
    misconduct: Vec<String>,
    not_learned: Option<String>,
    /// Whether they changed anything in a case that was played.
    acted: bool,
}

impl Tried {
    fn on(seats: &[&Seat], these: &[&StandIn]) -> Self {
        let names: Vec<&str> = these.iter().map(|stand_in| stand_in.name).collect();
        let mut tried = Self { name: names.join(" + "), cases: seats.len(), ..Self::default() };
        tried.may_skip = these.iter().map(|stand_in| stand_in.may_skip).sum();
        // what a part of the cases needs differs from what all of them need
        tried.may_skip += if these.len() > 1 { MORE_IN_A_PART } else { 0 };
        let mut learned: Vec<(&Offer, Capabilities)> = Vec::new();
        let any_version = !these.iter().any(|stand_in| stand_in.only_v5);
        for seat in seats.iter().filter(|seat| any_version || seat.case.version == Version::V5) {
            let known = learned.iter().position(|(offer, _)| std::ptr::eq(*offer, &raw const *seat.offer));
            let place = match known {
                Some(place) => place,
                None => match learn(&seat.offer, these) {
                    Ok(capabilities) => {
                        learned.push((&seat.offer, capabilities));
                        learned.len() - 1
                    }
                    Err(why) => {
                        tried.not_learned = Some(why);
                        continue;
                    }
                },
            };
            let capabilities = &learned[place].1;
            let (run, acted) = run(seat, these, capabilities);
            let known = traffic::known(capabilities, seat.case.version);
            let breaches = traffic::judge(&traffic::of_transcript(&run.transcript), known);
            let unmeant = breaches.iter().filter(|breach| !traffic::is_meant(&seat.case, breach));
            tried.misconduct.extend(unmeant.map(|breach| format!("{:?}, {}: {breach}", seat.case, tried.name)));
            let failed = match run.verdict {
                Verdict::Pass | Verdict::Warn(_) => None,
                Verdict::Skip(_) => {
                    tried.skipped += 1;
                    continue;
                }
                Verdict::Fail(failure) => Some(failure.what),
                Verdict::Error(why) => Some(why),
            };
            tried.acted |= acted;
            tried.failing.extend(failed.map(|what| format!("{:?}, {}: {what}", seat.case, tried.name)));
        }
        tried
    }
}

/// Probes what the broker offers, through the stand-ins.
fn learn(offer: &Offer, these: &[&StandIn]) -> Result<Capabilities, String> {
    let (mut memory, _) = memory(offer, these, offer.version);
    let mut capabilities = probe_in_memory(&mut memory, offer.version, &offer.login)
        .map_err(|error| format!("{}: {error}", offer.version))?;
    learn_denied(&mut capabilities, &offer.login);
    Ok(capabilities)
}

/// Runs the case under these stand-ins together, and says whether they changed anything.
fn run(seat: &Seat, these: &[&StandIn], capabilities: &Capabilities) -> (CaseRun, bool) {
    let (memory, acted) = memory(&seat.offer, these, seat.case.version);
    let run = run_case_in_memory(&seat.case, memory, capabilities, &seat.offer.login);
    let changed = configuration(&seat.offer, these) != seat.offer.config;
    (run, acted.get() || changed)
}

fn memory(offer: &Offer, these: &[&StandIn], version: Version) -> (Memory, Rc<Cell<bool>>) {
    let acted = Rc::new(Cell::new(false));
    let between = |stand_in: &&StandIn| Between::new(stand_in.start(), version, Rc::clone(&acted));
    let chain = Chain(these.iter().map(between).collect());
    let reference = Reference::new(configuration(offer, these));
    (Memory::new(Box::new(Behind::new(reference, chain))), acted)
}

fn configuration(offer: &Offer, these: &[&StandIn]) -> Config {
    let mut config = offer.config.clone();
    these.iter().for_each(|stand_in| (stand_in.configure)(&mut config));
    config
}

/// A linear congruential generator (Knuth's MMIX): the draw is to be the same everywhere, not to be good.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// A message that is repeated and late would come behind the end of its exchange, which no Server may do.
const NOT_TOGETHER: [&str; 2] = ["repeats-before-v5", "mixes-topics"];
/// In percent of the cases.
const MORE_IN_A_PART: usize = 8;
const SEED: u64 = 12;
/// How many pairs are drawn.
const PAIRS: usize = 120;
/// A pair is tried on every eighth case.
const PART: usize = 8;
