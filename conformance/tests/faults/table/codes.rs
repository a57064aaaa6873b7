//! Reason Codes and return codes of acknowledgements.

use mqttspec::packet::Value;
use mqttspec_codec::PacketType::{Puback, Pubcomp, Pubrec, Pubrel, Suback, Unsuback};

use crate::{
    fault::{Fault, edit_out, outgoing},
    seen::Seen,
};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (of, what, breaks) in [
        (Puback, "refuses every QoS 1 message, in v5", &["MQTT-4.3.2-4", "MQTT-3.2.2-9"]),
        (Pubrec, "refuses every QoS 2 message, in v5", &["MQTT-4.3.3-8", "MQTT-3.2.2-9"]),
        (Pubcomp, "says that it knows no identifier, in v5", &["5.0§3.7.2.1-b", "MQTT-4.3.3-11"]),
        (Pubrel, "says that it knows no identifier, in v5", &["5.0§3.6.2.1-b", "MQTT-4.3.3-4"]),
    ] {
        faults.push(
            Fault::new(format!("{}-failure", of.name().to_lowercase()), what, move || {
                let code = if [Pubcomp, Pubrel].contains(&of) { 0x92_u64 } else { 0x80 };
                edit_out(of, move |seen| seen.set("reason_code", code))
            })
            .breaks(&[], breaks)
            .coarse(),
        );
    }
    faults.extend([
        Fault::new("puback-of-no-code", "uses a Reason Code that PUBACK does not have, in v5", || {
            outgoing(Puback, |seen, wire| match wire.v5() {
                true => wire.deliver(seen.raw(|bytes| *bytes = vec![0x40, 3, bytes[2], bytes[3], 0x92])),
                false => wire.deliver(seen),
            })
        })
        .breaks(&[], &["MQTT-3.4.2-1"])
        .coarse(),
        Fault::new("suback-short", "leaves the last code out of SUBACK", || {
            edit_out(Suback, |seen| shorten(seen, "reason_codes"))
        })
        .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"]),
        Fault::new("suback-of-a-hundred", "answers at most a hundred filters", || {
            edit_out(Suback, |seen| {
                seen.list("reason_codes", |items| items.truncate(100));
            })
        })
        .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"]),
        Fault::new("suback-long", "adds a code to SUBACK", || edit_out(Suback, |seen| lengthen(seen, "reason_codes")))
            .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"])
            .coarse(),
        Fault::new("suback-reversed", "reverses the codes of SUBACK", || {
            edit_out(Suback, |seen| reverse(seen, "reason_codes"))
        })
        .breaks(&["MQTT-3.9.3-1"], &["MQTT-3.9.3-1"]),
        Fault::new("suback-maximum-of-all", "grants each filter the highest QoS of the SUBSCRIBE", || {
            edit_out(Suback, |seen| {
                let granted = |code: &Value| code.as_number().filter(|code| *code <= 2);
                let highest = list(seen.get("reason_codes")).iter().filter_map(granted).max();
                seen.each("reason_codes", |code| *code = Value::Number(highest.unwrap_or(0x80)));
            })
        })
        .breaks(&["MQTT-3.8.4-5"], &["MQTT-3.8.4-7"]),
        Fault::new("unsuback-short", "leaves the last code out of UNSUBACK", || {
            edit_out(Unsuback, |seen| shorten(seen, "reason_codes"))
        })
        .breaks(&[], &["MQTT-3.11.3-2"]),
        Fault::new("unsuback-reversed", "reverses the codes of UNSUBACK", || {
            edit_out(Unsuback, |seen| reverse(seen, "reason_codes"))
        })
        .breaks(&[], &["MQTT-3.11.3-1"]),
        Fault::new("unsuback-no-subscription", "reports that no subscription existed", || {
            edit_out(Unsuback, |seen| seen.each("reason_codes", |code| *code = Value::Number(0x11)))
        })
        .breaks(&[], &["MQTT-3.11.3-2"]),
    ]);
    faults
}

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn shorten(seen: &mut Seen, name: &str) {
    seen.change(name, |value| {
        if let Value::List(items) = value
            && items.len() > 1
        {
            items.pop();
        }
    });
}

fn lengthen(seen: &mut Seen, name: &str) {
    seen.list(name, |items| items.extend(items.last().cloned()));
}

fn reverse(seen: &mut Seen, name: &str) {
    seen.list(name, |items| items.reverse());
}
