//! Brokers that behave in another way than the reference broker does, but as the standard allows. No case may fail under
//! one, nor under two of them. Each file says at its top what its stand-ins are about; `ambiguities` lists what the two
//! standards leave open, and which stand-in does what of it.

mod acknowledgements;
pub(crate) mod ambiguities;
mod connect;
mod deliveries;
mod edits;
mod errors;
mod limits;
mod received;
mod retained;
mod sessions;
mod timing;
mod topics;

use std::{collections::BTreeMap, time::Duration};

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Disconnect};

use crate::{
    fault::{Wrong, all},
    stand_in::StandIn,
    wire::{Event, Wire},
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    let mut stand_ins = Vec::new();
    for table in [
        acknowledgements::stand_ins,
        connect::stand_ins,
        deliveries::stand_ins,
        edits::stand_ins,
        errors::stand_ins,
        limits::stand_ins,
        received::stand_ins,
        retained::stand_ins,
        sessions::stand_ins,
        timing::stand_ins,
        topics::stand_ins,
    ] {
        stand_ins.extend(table());
    }
    stand_ins
}

/// Delays some events, by nothing or some time. On each connection and in each direction, those that are delayed stay
/// in order; the others do not wait for them.
fn late(by: impl Fn(&Event, &Wire<'_>) -> Duration + 'static) -> Wrong {
    let mut free: BTreeMap<(u64, bool), Duration> = BTreeMap::new();
    all(move |event, wire| {
        let by = by(&event, wire);
        if by > Duration::ZERO {
            let inward = matches!(event, Event::In(_) | Event::ClientCloses);
            let free = free.entry((wire.id, inward)).or_default();
            *free = (*free).max(wire.now + by);
            wire.delay = *free - wire.now;
        }
        wire.pass(event);
    })
}

/// Refuses a CONNECT with that Reason Code, which v3.1.1 has under another number.
fn refuse(wire: &mut Wire<'_>, reason_code: u64) {
    wire.send(Connack, [("reason_code", Value::Number(reason_code)), ("session_present", Value::Bool(false))]);
    wire.cut();
}

/// Closes a connection, in v5 with that Reason Code.
fn close(wire: &mut Wire<'_>, reason_code: u64) {
    if wire.v5() {
        wire.send(Disconnect, [("reason_code", Value::Number(reason_code))]);
    }
    wire.cut();
}

const MILLISECOND: Duration = Duration::from_millis(1);
