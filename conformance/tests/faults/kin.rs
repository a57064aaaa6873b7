//! Which faults to try first on a case, so that few must be tried until one fails it.

use mqttspec::vector::Case;

use super::fault::Fault;

/// How far a fault is from a case: 0 if it is about a statement that the case cites, 1 if it violates one of the same section, and
/// 2 otherwise. It only determines the order of a search.
pub(crate) fn distance(fault: &Fault, case: &Case) -> usize {
    let cited = || case.cites.iter().map(|citation| citation.id.as_str());
    if cited().any(|id| fault.is_about(case.version, id)) {
        return 0;
    }
    let broken = fault.broken(case.version);
    match cited().any(|id| broken.iter().any(|other| section(other) == section(id))) {
        true => 1,
        false => 2,
    }
}

/// An id without its number or letter.
fn section(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(section, _)| section)
}
