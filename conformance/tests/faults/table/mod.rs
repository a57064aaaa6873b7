//! All faults. A new one is an entry in the file whose packets it is about.

mod answers;
mod connect;
mod deliveries;
mod errors;
mod identifiers;
mod legal;
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

use super::fault::Fault;

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
    faults.extend(legal::faults());
    faults
}
