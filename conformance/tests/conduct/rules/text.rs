//! Traffic as text, a line for each event:
//!
//! | line | event |
//! |---|---|
//! | `> PACKET`, `> hex ..` | the Client sends |
//! | `~ hex ..` | the Client sends what may be wrong on purpose |
//! | `< PACKET`, `< hex ..` | the Client receives |
//! | `+3` | three seconds pass |
//! | `drop`, `close` | the connection ends; the next line is of a new one with the same Session |
//! | `open` | nobody looks any more |
//!
//! If the first line is no CONNECT, a CONNECT with Keep Alive 0 and its CONNACK come before it.

use std::time::Duration;

use mqttspec_codec::{QoS, Version};

use mqttspec::{
    conduct::{Breach, Connection, End, Limits, Rule, Session},
    vector::encode,
};

pub(super) fn rules(version: Version, text: &str) -> Vec<Rule> {
    breaches(version, text).into_iter().map(|breach| breach.rule).collect()
}

pub(super) fn breaches(version: Version, text: &str) -> Vec<Breach> {
    let begin = ["> CONNECT", "> first", "> hex 10"].iter().any(|begin| text.trim_start().starts_with(begin));
    let before = if begin { "" } else { "> CONNECT: {client_id: a, keep_alive: 0}\n< CONNACK\n" };
    let known = Limits { maximum_qos: QoS::AtLeastOnce, retain_available: false, ..Limits::default() };
    let fresh = |session| Connection::new(session, Some(known)).in_version(version);
    let (mut found, mut now) = (Vec::new(), Duration::ZERO);
    let mut connection = Some(fresh(Some(Session::default())));
    let mut session = None;
    for line in before.lines().chain(text.lines()).map(str::trim).filter(|line| !line.is_empty()) {
        let end = match line {
            "drop" => Some(End::Dropped),
            "close" => Some(End::ByClient),
            "open" => Some(End::Open),
            _ => None,
        };
        if let Some(end) = end {
            let (last, left) = connection.take().expect("a connection").end(now, end);
            (session, found) = (left, [found, last].concat());
            continue;
        }
        if let Some(seconds) = line.strip_prefix('+') {
            now += Duration::from_secs(seconds.parse().expect("seconds"));
            continue;
        }
        let connection = connection.get_or_insert_with(|| fresh(session.take()));
        let (direction, what) = line.split_at(2);
        let bytes = bytes(version, what.trim_start_matches("first "));
        match direction {
            "> " => found.extend(connection.sent(now, &bytes)),
            "~ " => connection.sent_on_purpose(now, &bytes),
            "< " => found.extend(connection.received(now, &bytes)),
            _ => panic!("{line}"),
        }
    }
    found
}

fn bytes(version: Version, what: &str) -> Vec<u8> {
    match what.strip_prefix("hex ") {
        Some(hex) => hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hex")).collect(),
        None => encode(what, version).unwrap_or_else(|error| panic!("{what}: {error}")),
    }
}
