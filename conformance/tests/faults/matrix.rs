//! Runs cases x faults to find which fault fails which case.

use std::env;

use mqttspec::judge::Verdict;

use super::{
    fault::{Fault, Kind},
    likely::{Likely, remember},
    seats::{Seat, Seats, spread},
    traffic,
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
    /// Breaches of the Client's statements under a legal broker that the case does not mean.
    pub(crate) misconduct: Vec<String>,
    /// How many cases each fault failed, if all were tried on all.
    pub(crate) failures: Vec<String>,
}

/// Runs the cases. Wrong faults are tried, the likely ones first, until each case fails and each fault is found. Legal
/// faults are tried on every case. With `MQTTSPEC_FAULTS=all`, all are tried on all.
pub(crate) fn run_all(faults: &[Fault]) -> Matrix {
    let Seats { seats, not_run } = Seats::all();
    let mut matrix = Matrix { ran: seats.len(), not_run: not_run.clone(), ..Matrix::default() };
    match tries_all() {
        true => all_on_all(seats, faults, &mut matrix),
        false => until_found(seats, faults, &mut matrix),
    }
    let mut legal: Vec<&Fault> = faults.iter().filter(|fault| fault.kind == Kind::Legal).collect();
    legal.sort_by_key(|fault| fault.group);
    try_legal(seats, &legal, &mut matrix);
    matrix
}

/// Whether everything is to be tried on everything.
pub(crate) fn tries_all() -> bool {
    env::var("MQTTSPEC_FAULTS").is_ok_and(|what| what == "all")
}

fn until_found(seats: &[Seat], faults: &[Fault], matrix: &mut Matrix) {
    let likely = Likely::remembered();
    let wrong: Vec<&Fault> = faults.iter().filter(|fault| fault.kind != Kind::Legal).collect();
    let failing = spread(seats, |seat| {
        let first = likely.faults_for(&seat.case.id);
        let place = |fault: &Fault| first.iter().position(|name| *name == fault.name).unwrap_or(usize::MAX);
        let mut order: Vec<&Fault> = wrong.iter().copied().filter(|fault| fault.proves(&seat.case.id)).collect();
        order.sort_by_key(|fault| place(fault));
        order.into_iter().find(|fault| seat.fails(fault)).map(|fault| fault.name.as_str())
    });
    let vacuous = seats.iter().zip(&failing).filter(|(_, fault)| fault.is_none());
    matrix.vacuous = vacuous.map(|(seat, _)| format!("{:?}", seat.case)).collect();
    let mut left = wrong;
    left.retain(|fault| !failing.contains(&Some(fault.name.as_str())));
    let unfound = spread(&left, |fault| {
        let (first, then): (Vec<_>, Vec<_>) = seats.iter().partition(|seat| likely.holds(&seat.case.id, &fault.name));
        let found = first.into_iter().chain(then).any(|seat| seat.fails(fault));
        (!found).then(|| fault.to_string())
    });
    matrix.unfound = unfound.into_iter().flatten().collect();
}

fn all_on_all(seats: &[Seat], faults: &[Fault], matrix: &mut Matrix) {
    let wrong: Vec<&Fault> = faults.iter().filter(|fault| fault.kind != Kind::Legal).collect();
    let failing: Vec<Vec<&Fault>> =
        spread(seats, |seat| wrong.iter().copied().filter(|fault| seat.fails(fault)).collect());
    let vacuous = seats.iter().zip(&failing).filter(|(seat, by)| !by.iter().any(|fault| fault.proves(&seat.case.id)));
    matrix.vacuous = vacuous.map(|(seat, _)| format!("{:?}", seat.case)).collect();
    for fault in wrong {
        let count = failing.iter().flatten().filter(|by| by.name == fault.name).count();
        matrix.failures.push(format!("{count:5} {:?} {fault}", fault.kind));
        if count == 0 {
            matrix.unfound.push(fault.to_string());
        }
    }
    let pairs = seats.iter().zip(&failing).flat_map(|(seat, by)| by.iter().map(|fault| (&*seat.case, *fault)));
    remember(&pairs.collect::<Vec<_>>());
}

/// Checks that each legal fault changes something; otherwise it proves nothing.
fn try_legal(seats: &[Seat], legal: &[&Fault], matrix: &mut Matrix) {
    let groups: Vec<&[&Fault]> = legal.chunk_by(|one, other| one.group == other.group).collect();
    let tried = spread(seats, |seat| {
        let (mut failing, mut acted, mut misconduct) = (Vec::new(), Vec::new(), Vec::new());
        for group in &groups {
            let (run, acting) = seat.run_watched(group);
            acted.extend(acting);
            let breaches = traffic::judge(&traffic::of_transcript(&run.transcript), None);
            let unmeant = breaches.iter().filter(|breach| !traffic::is_meant(&seat.case, breach));
            misconduct.extend(unmeant.map(|breach| format!("{:?}: {breach}, under {}", seat.case, group[0].group)));
            if matches!(run.verdict, Verdict::Fail(_)) {
                let alone: Vec<String> =
                    group.iter().filter(|fault| seat.fails(fault)).map(ToString::to_string).collect();
                let names =
                    if alone.is_empty() { format!("all {} together", group[0].group) } else { alone.join(", ") };
                failing.push(format!("{:?}: {names}", seat.case));
            }
        }
        (failing, acted, misconduct)
    });
    for (index, fault) in groups.iter().copied().flatten().enumerate() {
        if !tried.iter().any(|(_, acted, _)| acted[index]) {
            matrix.unfound.push(fault.to_string());
        }
    }
    for (failing, _, misconduct) in tried {
        matrix.unfair.extend(failing);
        matrix.misconduct.extend(misconduct);
    }
}
