//! The traffic of connections, and what the Client's rules say about it.

use std::{collections::BTreeMap, time::Duration};

use mqttspec::{
    Direction, TranscriptEntry,
    conduct::{Breach, Connection, End, Limits, Session},
    packet::Value,
    runner::Capabilities,
    vector::Case,
};
use mqttspec_codec::{Packet, QoS, Splitter, Version, connect_version, decode_frame};

/// What happened on a connection.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Sent(Vec<u8>),
    /// Bytes that may be wrong on purpose.
    Raw(Vec<u8>),
    Received(Vec<u8>),
}

/// One connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    pub(crate) events: Vec<(Duration, What)>,
    pub(crate) end: Option<(Duration, End)>,
}

/// The connections of a case, in the order in which they were opened.
pub(crate) fn of_transcript(transcript: &[TranscriptEntry]) -> Vec<Traffic> {
    // of a case with thousands of packets, the middle is not kept, so there may be answers to packets that nobody knows
    if transcript.iter().any(|entry| entry.text.ends_with("which are left out here")) {
        return Vec::new();
    }
    let mut all: Vec<Traffic> = Vec::new();
    let mut current: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in transcript {
        let word = entry.text.split([' ', ':']).next().unwrap_or_default();
        if entry.direction == Direction::Received && entry.bytes.is_empty() && word == "open" {
            current.insert(&entry.who, all.len());
            all.push(Traffic::default());
        }
        let Some(traffic) = current.get(&*entry.who).and_then(|index| all.get_mut(*index)) else { continue };
        let bytes = entry.bytes.clone();
        match (entry.direction, word) {
            (Direction::Sent, "close") if bytes.is_empty() => traffic.end = Some((entry.at, End::ByClient)),
            (Direction::Sent, "drop") if bytes.is_empty() => traffic.end = Some((entry.at, End::Dropped)),
            (Direction::Received, "closed") if bytes.is_empty() => {
                traffic.end.get_or_insert((entry.at, End::ByServer));
            }
            (Direction::Sent, _) if entry.raw => traffic.events.push((entry.at, What::Raw(bytes))),
            (Direction::Sent, _) => traffic.events.push((entry.at, What::Sent(bytes))),
            (Direction::Received, _) => traffic.events.push((entry.at, What::Received(bytes))),
        }
    }
    // the suite closes what is open at the end
    let last = transcript.last().map(|entry| entry.at).unwrap_or_default();
    for traffic in &mut all {
        traffic.end.get_or_insert((last, End::ByClient));
    }
    all
}

/// Judges connections of one broker, in the order in which they were opened, as if everything had come later than it
/// did: on a real machine it does, and a Client that keeps its Keep Alive has room for that.
pub(crate) fn judge(connections: &[Traffic], known: Option<Limits>) -> Vec<Breach> {
    judge_with(connections, known, |at| at * 6 / 5)
}

/// Judges connections of one broker, in the order in which they were opened. `late` changes the times.
pub(crate) fn judge_with(
    connections: &[Traffic],
    known: Option<Limits>,
    late: fn(Duration) -> Duration,
) -> Vec<Breach> {
    let mut sessions: BTreeMap<String, Option<Session>> = BTreeMap::new();
    let mut breaches = Vec::new();
    for traffic in connections {
        let client_id = client_id(traffic);
        let session = match &client_id {
            Some(client_id) => sessions.remove(client_id).unwrap_or_else(|| Some(Session::default())),
            None => None,
        };
        let mut connection = Connection::new(session, known);
        for (at, what) in &traffic.events {
            let at = late(*at);
            match what {
                What::Sent(bytes) => breaches.extend(connection.sent(at, bytes)),
                What::Raw(bytes) => connection.sent_on_purpose(at, bytes),
                What::Received(bytes) => breaches.extend(connection.received(at, bytes)),
            }
        }
        let (at, end) = traffic.end.unwrap_or((Duration::ZERO, End::Open));
        let (last, session) = connection.end(late(at), end);
        breaches.extend(last);
        if let Some(client_id) = client_id {
            sessions.insert(client_id, session);
        }
    }
    breaches
}

/// Whether the case breaks a statement of the breach on purpose.
pub(crate) fn is_meant(case: &Case, breach: &Breach) -> bool {
    case.client_breaks.iter().any(|mark| breach.statements.contains(&mark.id.as_str()))
}

/// What a Client knows of a Server that it has been connected to.
pub(crate) fn known(capabilities: &Capabilities, version: Version) -> Option<Limits> {
    let number = |name| capabilities.value(name).and_then(Value::as_number);
    let maximum_qos = QoS::from_number(u8::try_from(number("maximum_qos")?).ok()?)?;
    let retain_available = capabilities.value("retain_available") != Some(&Value::Bool(false));
    (version == Version::V5).then(|| Limits { maximum_qos, retain_available, ..Limits::default() })
}

/// The Client Identifier, sent or assigned; `None` if no legal CONNECT was sent.
fn client_id(traffic: &Traffic) -> Option<String> {
    let mut splitters = [Splitter::new(Vec::new(), u32::MAX), Splitter::new(Vec::new(), u32::MAX)];
    let (mut version, mut id) = (None, None);
    for (_, what) in &traffic.events {
        let (mut bytes, splitter) = match what {
            What::Sent(bytes) | What::Raw(bytes) => (&bytes[..], 0),
            What::Received(bytes) => (&bytes[..], 1),
        };
        while let Ok(Some(frame)) = splitters[splitter].next(&mut bytes) {
            version = version.or_else(|| connect_version(frame).ok().flatten());
            match decode_frame(frame, version?) {
                Ok(Packet::Connect(connect)) => id = Some(connect.client_id.as_str().to_owned()),
                Ok(Packet::Connack(connack)) => {
                    let assigned = connack.properties.assigned_client_identifier();
                    return assigned.map(|id| id.as_str().to_owned()).or(id);
                }
                _ => {}
            }
        }
    }
    id
}
