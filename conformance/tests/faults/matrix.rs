//! Runs cases x faults to find which fault fails which case.

use std::env;

use super::{
    fault::Fault,
    kin::distance,
    seats::{Seat, Seats, spread},
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

/// Runs the cases. Faults are tried, those about the case first, until each case fails and each fault is found. With
/// `MQTTSPEC_FAULTS=all`, all are tried on all.
pub(crate) fn run_all(faults: &[Fault]) -> Matrix {
    let Seats { seats, not_run } = Seats::all();
    let mut matrix = Matrix { ran: seats.len(), not_run: not_run.clone(), ..Matrix::default() };
    match tries_all() {
        true => all_on_all(seats, faults, &mut matrix),
        false => until_found(seats, faults, &mut matrix),
    }
    matrix
}

/// Whether everything is to be tried on everything.
pub(crate) fn tries_all() -> bool {
    env::var("MQTTSPEC_FAULTS").is_ok_and(|what| what == "all")
}

fn until_found(seats: &[Seat], faults: &[Fault], matrix: &mut Matrix) {
    let wrong: Vec<&Fault> = faults.iter().collect();
    let failing = spread(seats, |seat| {
        let mut order: Vec<&Fault> = wrong.iter().copied().filter(|fault| fault.proves(&seat.case.id)).collect();
        order.sort_by_key(|fault| distance(fault, &seat.case));
        order.into_iter().find(|fault| seat.fails(fault)).map(|fault| fault.name.as_str())
    });
    let vacuous = seats.iter().zip(&failing).filter(|(_, fault)| fault.is_none());
    matrix.vacuous = vacuous.map(|(seat, _)| format!("{:?}", seat.case)).collect();
    let mut left = wrong;
    left.retain(|fault| !failing.contains(&Some(fault.name.as_str())));
    let unfound = spread(&left, |fault| {
        let mut order: Vec<&Seat> = seats.iter().collect();
        order.sort_by_key(|seat| distance(fault, &seat.case));
        let found = order.into_iter().any(|seat| seat.fails(fault));
        (!found).then(|| fault.to_string())
    });
    matrix.unfound = unfound.into_iter().flatten().collect();
}

fn all_on_all(seats: &[Seat], faults: &[Fault], matrix: &mut Matrix) {
    let wrong: Vec<&Fault> = faults.iter().collect();
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
}
