//! Text for people: values, matchers, bytes and times in the vector language.

use std::time::Duration;

use mqttspec_codec::{PacketType, Version, decode_frame};

use super::expect::names::Names;
use crate::{
    packet::{
        self, Value,
        fields::{self, Kind},
    },
    vector::script::{Expectation, Expected, Matcher, Piece, Term},
};

/// A value, or `absent`.
pub(crate) fn value(packet_type: PacketType, kind: Kind, value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), |value| fields::describe_value(packet_type, kind, value))
}

/// Describes what a matcher accepts.
pub(crate) fn matcher(packet_type: PacketType, kind: Kind, wanted: &Matcher, names: &Names) -> String {
    let list = |items: &[Matcher]| {
        let items: Vec<String> = items.iter().map(|item| matcher(packet_type, kind, item, names)).collect();
        items.join(", ")
    };
    match wanted {
        Matcher::Any => "any".to_owned(),
        Matcher::Absent => "absent".to_owned(),
        Matcher::Failure => "a failure".to_owned(),
        Matcher::Is(is) => term(packet_type, kind, is, names),
        Matcher::Not(inner) => format!("{{not: {}}}", matcher(packet_type, kind, inner, names)),
        Matcher::AnyOf { hard, .. } => match &hard[..] {
            [only] => matcher(packet_type, kind, only, names),
            several => format!("any of [{}]", list(several)),
        },
        Matcher::Between(0, most) => format!("at most {most}"),
        Matcher::Between(least, u64::MAX) => format!("at least {least}"),
        Matcher::Between(least, most) => format!("{least} to {most}"),
        Matcher::Items(items) => format!("[{}]", list(items)),
        Matcher::Each(inner) => format!("{{each: {}}}", matcher(packet_type, kind, inner, names)),
        Matcher::Unordered(items) => format!("[{}] in any order", list(items)),
        Matcher::Within(items) => format!("[{}] in this order", list(items)),
    }
}

fn term(packet_type: PacketType, kind: Kind, term: &Term, names: &Names) -> String {
    if let Ok(resolved) = names.resolve(term) {
        return value(packet_type, kind, Some(&resolved));
    }
    match term {
        Term::Name(name) => format!("${name}"),
        Term::Text(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Piece::Name(name) => format!("${{{name}}}"),
            })
            .collect(),
        _ => "a value not known yet".to_owned(),
    }
}

/// A packet in the vector language; bytes that are not a packet are shown as hex.
pub(crate) fn packet(bytes: &[u8], version: Version) -> String {
    match decode_frame(bytes, version) {
        Ok(packet) => fields::describe(packet.packet_type(), &fields::read(&packet)),
        Err(_) => format!("hex: \"{}\"", hex(bytes)),
    }
}

/// `20 02 00 01`, shortened if it is long.
pub(crate) fn hex(bytes: &[u8]) -> String {
    match bytes.get(..LONG) {
        Some(start) if bytes.len() > LONG => format!("{} .. ({} bytes)", packet::hex(start), bytes.len()),
        _ => packet::hex(bytes),
    }
}

/// `10,000`
pub(crate) fn thousands(count: usize) -> String {
    match (count / 1000, count % 1000) {
        (0, count) => count.to_string(),
        (thousands, rest) => format!("{},{rest:03}", self::thousands(thousands)),
    }
}

/// `5s`, `1.5s`, `20ms`.
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_millis() {
        0 => "0s".to_owned(),
        millis @ 1..1000 => format!("{millis}ms"),
        _ => format!("{}s", time.as_millis() as f64 / 1000.0),
    }
}

/// A short description of what an expectation waits for: `PUBLISH on sub`.
pub(crate) fn expected(expectation: &Expectation) -> String {
    let what = match &expectation.what {
        Expected::Packet(packet_type, _) => packet_type.name(),
        Expected::Raw(_) => "such bytes",
        Expected::Open(_) => "open connection",
        Expected::Closed(_) => "end of the connection",
        Expected::Nothing => "PINGRESP",
    };
    format!("{what} on {}", expectation.who)
}

const LONG: usize = 64;
