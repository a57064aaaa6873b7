//! All faults, and all legal stand-ins. A new one is an entry in the file whose packets it is about.

mod answers;
mod codes;
mod connect;
mod corners;
pub(crate) mod deliveries;
mod encodings;
mod ends;
mod errors;
mod family;
mod identifiers;
pub(crate) mod ignored;
pub(crate) mod legal;
mod lives;
mod matching;
mod open;
mod overlaps;
mod oversize;
mod paths;
mod payloads;
mod properties;
mod restarts;
mod resumed;
mod retained;
mod rights;
mod sent;
mod sessions;
mod shared;
mod shared_life;
mod slips;
mod subscriptions;
mod tolerance;
mod topics;
mod will_ends;
mod wills;

use super::{fault::Fault, stand_in::StandIn};

/// The faults of one file.
type Table = fn() -> Vec<Fault>;

pub(crate) fn faults() -> Vec<Fault> {
    let tables: &[(&'static str, Table)] = &[
        ("answers", answers::faults),
        ("codes", codes::faults),
        ("connect", connect::faults),
        ("corners", corners::faults),
        ("deliveries", deliveries::faults),
        ("encodings", encodings::faults),
        ("ends", ends::faults),
        ("errors", errors::faults),
        ("family", family::faults),
        ("identifiers", identifiers::faults),
        ("ignored", ignored::faults),
        ("matching", matching::faults),
        ("open", open::faults),
        ("overlaps", overlaps::faults),
        ("oversize", oversize::faults),
        ("paths", paths::faults),
        ("payloads", payloads::faults),
        ("properties", properties::faults),
        ("restarts", restarts::faults),
        ("resumed", resumed::faults),
        ("retained", retained::faults),
        ("rights", rights::faults),
        ("sent", sent::faults),
        ("sessions", sessions::faults),
        ("shared", shared::faults),
        ("shared life", shared_life::faults),
        ("slips", slips::faults),
        ("subscriptions", subscriptions::faults),
        ("tolerance", tolerance::faults),
        ("topics", topics::faults),
        ("will ends", will_ends::faults),
        ("wills", wills::faults),
    ];
    let of = |&(name, table): &(&'static str, Table)| table().into_iter().map(move |fault| fault.of_table(name));
    tables.iter().flat_map(of).collect()
}

/// All brokers that are legal but unusual.
pub(crate) fn stand_ins() -> Vec<StandIn> {
    legal::stand_ins()
}
