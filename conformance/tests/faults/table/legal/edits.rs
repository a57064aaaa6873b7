//! How packets look: what a broker adds, leaves out, or writes in another form.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Connack, Disconnect, Puback, Pubcomp, Publish, Pubrec, Pubrel, Suback, Unsuback};

use crate::{
    fault::{all, edit_out, outgoing},
    stand_in::StandIn,
    wire::Event,
};

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        StandIn::wire("adds-user-properties", "adds a User Property to every message, in v5", || {
            outgoing(Publish, |mut seen, wire| {
                if wire.v5() && wire.peer().limit("maximum_packet_size").is_none() {
                    let pair = Value::List(vec![Value::text("broker"), Value::text("b")]);
                    let mut pairs = match seen.get("user_properties") {
                        Some(Value::List(pairs)) => pairs.clone(),
                        _ => Vec::new(),
                    };
                    pairs.push(pair);
                    seen.set("user_properties", Value::List(pairs));
                }
                wire.deliver(seen);
            })
        }),
        StandIn::wire("explains-itself", "adds a Reason String and a User Property wherever that is allowed", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && wire.v5()
                    && wire.peer().limit("maximum_packet_size").is_none()
                    && !wire.peer().connect.contains_key("request_problem_information")
                    && [Connack, Puback, Pubrec, Pubrel, Pubcomp, Suback, Unsuback, Disconnect]
                        .iter()
                        .any(|of| seen.is(*of))
                {
                    let pair = Value::List(vec![Value::text("broker"), Value::text("b")]);
                    seen.set("reason_string", "because");
                    seen.set("user_properties", Value::List(vec![pair]));
                }
                wire.pass(event);
            })
        }),
        StandIn::wire("nobody-listens-unsaid", "acknowledges with code 0 if there are no subscribers", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && (seen.is(Puback) || seen.is(Pubrec))
                    && seen.number("reason_code") == 0x10
                {
                    seen.set("reason_code", 0_u64);
                }
                wire.pass(event);
            })
        }),
        StandIn::wire("unsuback-success", "always reports that a subscription existed", || {
            edit_out(Unsuback, |seen| seen.each("reason_codes", |code| *code = Value::Number(0)))
        }),
        StandIn::wire("long-forms", "writes the Reason Code and an empty property length wherever it may", || {
            all(|event, wire| match event {
                Event::Out(seen) if wire.v5() && [Puback, Pubrec, Pubrel, Pubcomp].iter().any(|of| seen.is(*of)) => {
                    wire.deliver(seen.raw(|bytes| {
                        if bytes[1] == 2 {
                            bytes[1] = 4;
                            bytes.extend([0, 0]);
                        }
                    }));
                }
                event => wire.pass(event),
            })
        }),
        StandIn::wire("counts-a-second-more", "subtracts one second more from the Message Expiry Interval", || {
            edit_out(Publish, |seen| {
                if let left @ 2.. = seen.number("message_expiry_interval") {
                    seen.set("message_expiry_interval", left - 1);
                }
            })
        }),
        StandIn::wire("unspecific", "uses Unspecified Error instead of a specific code", || {
            all(|mut event, wire| {
                if let Event::Out(seen) = &mut event
                    && (seen.is(Disconnect) || seen.is(Connack) && wire.v5())
                    && seen.number("reason_code") >= 0x80
                    // the one that [MQTT-3.1.4-3] names, because it is not about an error
                    && seen.number("reason_code") != 0x8E
                {
                    seen.set("reason_code", 0x80_u64);
                }
                wire.pass(event);
            })
        }),
        StandIn::wire("confuses-errors", "says Protocol Error for Malformed Packet, and the reverse", || {
            edit_out(Disconnect, |seen| match seen.number("reason_code") {
                0x81 => seen.set("reason_code", 0x82_u64),
                0x82 => seen.set("reason_code", 0x81_u64),
                _ => {}
            })
        }),
    ]
}
