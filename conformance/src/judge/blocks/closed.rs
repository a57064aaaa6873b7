//! `a <- closed`: the end of the connection, and the last packet that may precede it.

use mqttspec_codec::{PacketType, ReasonCode, Version};

use crate::{
    judge::{
        accusation::cause::Cause,
        expect::{Evaluation, Plan, Waiting, matching},
        state::{
            Case,
            connection::{Connack, Connection, Unread},
        },
    },
    packet::{Fields, Value},
    vector::script::Matcher,
};

/// Whether the connection has ended, with nothing unread except a permitted last packet.
pub(crate) fn evaluate(waiting: &Waiting, case: &Case, code: Option<&Matcher>) -> Evaluation {
    let who = waiting.who();
    let Some(connection) = case.connections.get(who) else { return waiting.not_yet(case) };
    let mut plan = Plan::new(&case.names);
    let left: Vec<&Unread> = connection.unread.iter().filter(|unread| !plan.permit(case, who, unread)).collect();
    match &left[..] {
        [] => {}
        [last] => match farewell(connection, last, code, case) {
            Ok(warning) => {
                plan.take = Some(last.serial);
                plan.warnings.extend(warning);
            }
            Err(why) => {
                let cause = Cause::Unexpected(last, true);
                return waiting.failed(case, format!("{who} {why}"), cause, Some(last));
            }
        },
        [first, second, ..] => {
            let wrong = if farewell(connection, first, code, case).is_ok() { second } else { first };
            return waiting.failed(
                case,
                format!("{who} received a packet, expected the end of the connection"),
                Cause::Unexpected(wrong, true),
                Some(wrong),
            );
        }
    }
    match &connection.ended {
        Some((at, _)) => match waiting.out_of_time(case, *at) {
            Some(why) => waiting.failed(case, why, Cause::Other, None),
            None => {
                plan.release = true;
                Evaluation::Met(plan)
            }
        },
        None => waiting.not_yet(case),
    }
}

/// Whether a last packet is permitted before the end, and with which warning.
fn farewell(
    connection: &Connection,
    last: &Unread,
    code: Option<&Matcher>,
    case: &Case,
) -> Result<Option<String>, String> {
    let accepted = connection.is_accepted();
    let legal = match (&last.packet, connection.version) {
        // v5 [MQTT-3.14.0-1]: a DISCONNECT only after a successful CONNACK; before that, only a CONNACK
        (Some((PacketType::Disconnect, fields)), Version::V5) if accepted => failing(fields),
        (Some((PacketType::Connack, fields)), _) if !accepted && connection.connack == Connack::Refused => {
            failing(fields)
        }
        _ => None,
    };
    let (Some(number), Some((packet_type, fields))) = (legal, &last.packet) else {
        return Err("received a packet, expected the end of the connection".to_owned());
    };
    if is_absent(code) {
        return Err(format!("received {packet_type} before the end of the connection, expected none"));
    }
    // v3.1.1 [MQTT-3.1.4-1]: strictly speaking, no CONNACK at all
    if connection.version != Version::V5 {
        let code = ReasonCode::from_number(number).map_or("", ReasonCode::name);
        return Ok(Some(format!("CONNACK ({code}) before the end of the connection")));
    }
    let Some(code) = code else { return Ok(None) };
    Ok(match matching::alone(*packet_type, "reason_code", code, fields.get("reason_code"), &case.names) {
        Ok(fit) => fit.warnings.into_iter().next(),
        Err(other) => Some(format!("{packet_type}: {other}")),
    })
}

fn failing(fields: &Fields) -> Option<u8> {
    let number = u8::try_from(fields.get("reason_code").and_then(Value::as_number)?).ok()?;
    ReasonCode::from_number(number).filter(|code| code.is_failure()).map(ReasonCode::number)
}

/// Whether the matcher is `absent`, so that no last packet is permitted.
fn is_absent(code: Option<&Matcher>) -> bool {
    matches!(code, Some(Matcher::Absent))
}
