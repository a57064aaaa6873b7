//! What a broker does with acknowledgements that match nothing.

use std::collections::BTreeSet;

use mqttspec_codec::PacketType::{Puback, Pubcomp, Publish, Pubrec, Pubrel};

use super::{MILLISECOND, close};
use crate::{
    fault::{Wrong, all, outgoing},
    stand_in::StandIn,
    wire::{Event, Wire},
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        // v5 4.13.2 leaves the reaction to the Server; v3.1.1 says nothing
        StandIn::wire("unknown-acknowledgement-closed", "closes on PUBACK, PUBREC or PUBCOMP for nothing", || {
            unknown(|_, wire| close(wire, 0x82))
        }),
        StandIn::wire("unknown-pubrec-ignored", "does not answer a PUBREC for nothing", || unknown(|_, _| {})),
        StandIn::wire("unknown-identifier-taken", "answers an unknown Packet Identifier with success", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && seen.number("reason_code") == 0x92
                {
                    seen.set("reason_code", 0_u64);
                }
                wire.pass(event);
            })
        }),
        // v3.1.1 4.4: only v5 [MQTT-4.4.0-1] forbids to send it again on the same connection
        StandIn::wire("pubrel-repeated", "sends each PUBREL twice, before v5", || {
            outgoing(Pubrel, |seen, wire| {
                if !wire.v5() {
                    wire.deliver(seen.clone());
                }
                wire.deliver(seen);
            })
        }),
        StandIn::wire("pubrel-repeated-later", "sends each PUBREL again after a while, before v5", || {
            outgoing(Pubrel, |seen, wire| {
                wire.deliver(seen.clone());
                if !wire.v5() {
                    wire.delay = 40 * MILLISECOND;
                    wire.deliver(seen);
                }
            })
        }),
        StandIn::wire("unknown-pubrel-closed", "closes on a PUBREL for nothing, before v5", || {
            pubrel_for_nothing(|wire| close(wire, 0))
        }),
    ]
}

/// Does this with acknowledgements of deliveries that were never sent to this Client.
fn unknown(act: impl Fn(Event, &mut Wire<'_>) + 'static) -> Wrong {
    let mut sent: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match &event {
            Event::Out(seen) if seen.is(Publish) && seen.number("qos") > 0 => {
                sent.insert((me, seen.number("packet_id")));
            }
            Event::In(seen)
                if [Puback, Pubrec, Pubcomp].iter().any(|of| seen.is(*of))
                    && !sent.contains(&(me.clone(), seen.number("packet_id"))) =>
            {
                return act(event, wire);
            }
            _ => {}
        }
        wire.pass(event);
    })
}

/// Does this with a PUBREL before v5 that releases nothing.
fn pubrel_for_nothing(act: impl Fn(&mut Wire<'_>) + 'static) -> Wrong {
    let mut received: BTreeSet<(Vec<u8>, u64)> = BTreeSet::new();
    all(move |event, wire| {
        let me = wire.peer().client_id();
        match &event {
            Event::In(seen) if seen.is(Publish) && seen.number("qos") == 2 => {
                received.insert((me, seen.number("packet_id")));
            }
            Event::In(seen)
                if seen.is(Pubrel) && !wire.v5() && !received.contains(&(me.clone(), seen.number("packet_id"))) =>
            {
                return act(wire);
            }
            _ => {}
        }
        wire.pass(event);
    })
}
