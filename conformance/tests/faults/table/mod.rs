//! All faults, and all legal stand-ins. A new one is an entry in the file whose packets it is about.

mod answers;
mod connect;
mod deliveries;
mod errors;
mod identifiers;
pub(crate) mod legal;
mod payloads;
mod properties;
mod resumed;
mod retained;
mod sessions;
mod shared;
mod subscriptions;
mod tolerance;
mod topics;
mod wills;

use super::{fault::Fault, stand_in::StandIn};

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for table in [
        answers::faults,
        connect::faults,
        deliveries::faults,
        errors::faults,
        identifiers::faults,
        payloads::faults,
        properties::faults,
        resumed::faults,
        retained::faults,
        sessions::faults,
        shared::faults,
        subscriptions::faults,
        tolerance::faults,
        topics::faults,
        wills::faults,
    ] {
        faults.extend(table());
    }
    faults
}

/// All brokers that are legal but unusual.
pub(crate) fn stand_ins() -> Vec<StandIn> {
    legal::stand_ins()
}
