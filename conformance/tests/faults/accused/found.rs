//! The deviations that a report lists for a broker with some faults.

use std::sync::OnceLock;

use mqttspec::{
    judge::Key,
    registry::{Binds, Registry},
    runner::{Deviation, deviations},
};

use crate::{fault::Fault, seats::Seats};

/// Plays all cases under these faults together.
pub(super) fn deviations_under(faults: &[&Fault]) -> Vec<Deviation> {
    let runs: Vec<_> = Seats::all().seats.iter().map(|seat| seat.run(faults)).collect();
    deviations(&runs)
}

/// Whether the deviation names a statement that the fault violates. If it names one that binds the Client, the Server
/// has not closed the connection of a Client that violates it.
pub(super) fn is_of(deviation: &Deviation, fault: &Fault) -> bool {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    let registry = REGISTRY.get_or_init(|| Registry::embedded().expect("the registry loads"));
    deviation.statements.iter().any(|(version, ids)| {
        if ids.iter().any(|id| fault.is_about(*version, id)) {
            return true;
        }
        let broken = fault.broken(*version);
        let of_the_client =
            |id: &String| registry.get(*version, id).is_some_and(|statement| statement.binds == Binds::Client);
        let taken = matches!(deviation.key, Key::Takes(_)) || ids.iter().any(of_the_client);
        taken && !fault.lets_pass_one() && broken.iter().any(|id| CLOSING.contains(id))
    })
}

/// A deviation in a line.
pub(super) fn line(deviation: &Deviation) -> String {
    let statements: Vec<String> =
        deviation.statements.iter().map(|(version, ids)| format!("{version} [{}]", ids.join(", "))).collect();
    let (witnesses, blocked) = (deviation.witnesses.len(), deviation.blocked.len());
    let key = deviation.key.name();
    format!("{key}: {}; {}, {witnesses} more, blocks {blocked}", statements.join(" "), deviation.clearest)
}

/// FNV-1a, which stays the same from run to run.
pub(super) fn hash(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

/// The duty to close the connection after an error.
const CLOSING: [&str; 2] = ["MQTT-4.8.0-1", "MQTT-4.13.1-1"];
