//! Who refuses what: the byte vectors of this project, shown to every codec as one packet each.

use std::{
    fmt,
    panic::{catch_unwind, set_hook, take_hook},
};

use mqttspec::packets::{Expected, PacketCase, PacketLibrary};
use mqttspec_codec::{DecodeErrorKind, Reject, Version, decode};

use crate::{
    PEERS,
    codec::{Peer, Reads},
};

/// Prints the table; with `list`, also each case that somebody gets wrong, and those that are free.
pub fn print(list: bool) {
    let library = PacketLibrary::embedded().unwrap_or_else(|errors| panic!("the vectors load: {}", errors[0]));
    let cases: Vec<&PacketCase> = library.cases().filter(|case| is_shown(case)).collect();
    // a panic is an answer here
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    print_table(&cases);
    if list {
        println!();
        cases.iter().for_each(|case| print_case(case));
    }
    set_hook(hook);
}

const VERSIONS: [Version; 2] = [Version::V3_1_1, Version::V5];

/// Whole packets of these versions, without a limit or a setting of ours.
fn is_shown(case: &PacketCase) -> bool {
    VERSIONS.contains(&case.version)
        && case.maximum_packet_size.is_none()
        && case.refused == Reject::NONE
        && !matches!(case.expected, Expected::Incomplete(_))
}

fn print_table(cases: &[&PacketCase]) {
    println!("| | version | malformed refused | waits | panics | legal refused |");
    println!("|---|---|---|---|---|---|");
    for version in VERSIONS {
        for peer in std::iter::once(None).chain(PEERS.iter().map(Some)) {
            let mut counts = Counts::default();
            let of_version = cases.iter().filter(|case| case.version == version);
            for (case, answer) in of_version.filter_map(|case| Some((case, answer(peer, case)?))) {
                counts.add(judged(case), answer);
            }
            if counts.malformed > 0 {
                println!("| {} | {version} | {counts} |", peer.map_or("**ours**", |peer| peer.name));
            }
        }
    }
    let free = cases.iter().filter(|case| judged(case) == Judged::Free).count();
    println!("\n{free} of {} cases are not counted, because the standard leaves the answer open.", cases.len());
}

/// One line, if anybody has it wrong or anybody may answer as he likes.
fn print_case(case: &PacketCase) {
    let judged = judged(case);
    let wrong: Vec<String> = PEERS
        .iter()
        .filter_map(|peer| Some((peer, answer(Some(peer), case)?)))
        .filter(|(_, answer)| {
            !matches!((judged, answer), (Judged::Malformed, Answer::Refused) | (Judged::Legal, Answer::Taken))
        })
        .map(|(peer, answer)| format!("{} {answer}", peer.name))
        .collect();
    if !wrong.is_empty() {
        println!("{} {} {judged}: {}", case.version, case.id, wrong.join(", "));
    }
}

/// What a case asks of a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Malformed,
    Legal,
    /// The standard leaves it to the receiver.
    Free,
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Judged::Malformed => "malformed",
            Judged::Legal => "legal",
            Judged::Free => "free",
        })
    }
}

fn judged(case: &PacketCase) -> Judged {
    let is_free = FREE
        .iter()
        .any(|(part, version)| case.id.contains(part) && version.is_none_or(|version| version == case.version));
    match &case.expected {
        _ if is_free => Judged::Free,
        Expected::Malformed { kind, .. } if FREE_KINDS.contains(kind) => Judged::Free,
        Expected::Malformed { .. } => Judged::Malformed,
        Expected::Packet(..) | Expected::DecodesTo(..) => Judged::Legal,
        Expected::Incomplete(_) => Judged::Free,
    }
}

/// What is against the standard, and no reason for a codec to refuse the packet.
const FREE_KINDS: [DecodeErrorKind; 4] = [
    // the Server answers with a CONNACK, or speaks that other protocol: v5 [MQTT-3.1.2-1] [MQTT-3.1.2-2], v3.1.1 the same
    DecodeErrorKind::ProtocolName,
    DecodeErrorKind::ProtocolLevel,
    // can be read without them: nothing says what the receiver does
    DecodeErrorKind::TrailingBytes,
    // v5 [MQTT-3.3.1-2], v3.1.1 [MQTT-3.3.1-2] bind the sender; receivers may infer nothing from DUP
    DecodeErrorKind::DupWithoutQos,
];

/// Cases by a part of their ids, in all versions or in one.
const FREE: [(&str, Option<Version>); 8] = [
    // v5 [MQTT-1.5.5-1] binds the sender; v3.1.1 says nothing
    ("over-long", None),
    // 5.0§1.5.4-c, 3.1.1§1.5.3-a: a receiver may close the connection
    ("text/control-characters", None),
    ("text/non-characters", None),
    // 5.0§3.3.2.3.2-b: nothing is said of other values in PUBLISH
    ("publish-properties/payload-format-two", None),
    // v5 [MQTT-3.3.2-14]: nothing is said of a receiver
    ("publish-properties/wildcard-in-response-topic", None),
    // v5 table 2-6 has 0x8C for DISCONNECT, table 3-10 has not
    ("disconnect/bad-authentication-method", None),
    // v5 section 3.15.2.1 has this form, section 3.15.2.2.2 forbids it
    ("auth/short-form", None),
    // v3.1.1 [MQTT-3.1.3-8]: the Server refuses it with a CONNACK
    ("connect/empty-client-identifier-and-old-session", Some(Version::V3_1_1)),
];

/// What a codec makes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Taken,
    Refused,
    /// Wants more bytes, though the Remaining Length says that the packet is whole.
    Waits,
    Panics,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Answer::Taken => "takes it",
            Answer::Refused => "refuses it",
            Answer::Waits => "waits for more",
            Answer::Panics => "panics",
        })
    }
}

/// The answer of a peer, or ours; `None` if it has not that version, or is not there for this packet.
fn answer(peer: Option<&Peer>, case: &PacketCase) -> Option<Answer> {
    let Some(peer) = peer else {
        return Some(match decode(&case.bytes, case.version) {
            Ok(Some(_)) => Answer::Taken,
            Ok(None) => Answer::Waits,
            Err(_) => Answer::Refused,
        });
    };
    let calls = match case.version {
        Version::V5 => peer.v5.as_ref()?,
        _ => peer.v3.as_ref()?,
    };
    if peer.reads == Reads::OfServer && is_of_clients_only(case) {
        return None;
    }
    Some(match catch_unwind(|| (calls.decode)(&case.bytes)) {
        Ok(Ok(0)) => Answer::Waits,
        Ok(Ok(_)) => Answer::Taken,
        Ok(Err(_)) => Answer::Refused,
        Err(_) => Answer::Panics,
    })
}

/// CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ; DISCONNECT before v5, and Reason Codes that only a client sends.
fn is_of_clients_only(case: &PacketCase) -> bool {
    let packet_type = case.bytes.first().map_or(0, |first| first >> 4);
    if ["disconnect/with-will", "auth/re-authenticate"].contains(&case.id.as_str()) {
        return true;
    }
    [1, 8, 10, 12].contains(&packet_type) || packet_type == 14 && case.version != Version::V5
}

#[derive(Debug, Default)]
struct Counts {
    malformed: u32,
    refused: u32,
    waits: u32,
    panics: u32,
    legal: u32,
    legal_refused: u32,
}

impl Counts {
    fn add(&mut self, judged: Judged, answer: Answer) {
        match judged {
            Judged::Malformed => {
                self.malformed += 1;
                self.refused += u32::from(answer == Answer::Refused);
                self.waits += u32::from(answer == Answer::Waits);
                self.panics += u32::from(answer == Answer::Panics);
            }
            Judged::Legal => {
                self.legal += 1;
                self.legal_refused += u32::from(answer != Answer::Taken);
            }
            Judged::Free => {}
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { malformed, refused, waits, panics, legal, legal_refused } = self;
        write!(f, "{refused} of {malformed} | {waits} | {panics} | {legal_refused} of {legal}")
    }
}
