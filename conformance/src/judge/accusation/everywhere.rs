//! What the judge checks in every case, whatever the case is about.
//!
//! Two kinds of checks need no expectation: every packet of the Server is decoded, and `arrival` and the end of a case
//! refuse what no case can expect. The first are taken from the malformed packets of `vectors/packets`, which the codec
//! is tested with, the second from the table of cells.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use mqttspec_codec::{PacketType as P, Version, decode_with};

use super::{
    Cell,
    malformed::{self, Blame},
};
use crate::{
    judge::arrival::{always_on::may_come_from_server, refused_from_server},
    vector::PacketLibrary,
};

/// Statements, each with the packets of the Server that show whether it is kept.
pub type Everywhere = BTreeMap<&'static str, BTreeSet<P>>;

/// The statements of a version that every case tests.
#[must_use]
pub fn tested_everywhere(version: Version) -> &'static Everywhere {
    static V5: OnceLock<Everywhere> = OnceLock::new();
    static V3_1_1: OnceLock<Everywhere> = OnceLock::new();
    match version {
        Version::V5 => V5.get_or_init(|| collect(Version::V5)),
        Version::V3_1 | Version::V3_1_1 => V3_1_1.get_or_init(|| collect(Version::V3_1_1)),
    }
}

fn collect(version: Version) -> Everywhere {
    let mut found = Everywhere::new();
    let mut add = |id, shown_by: &[P]| found.entry(id).or_default().extend(shown_by);
    // one that depends on the case, such as on its filters, is behind the first
    let first = |cell: Cell| cell.statements(version).first().copied();
    for cell in Cell::ALL {
        if let (Some(id), Some(shown_by)) = (first(*cell), checked_on(*cell)) {
            add(id, shown_by);
        }
    }
    // they are embedded, so they are missing only in a broken build
    let packets = PacketLibrary::embedded().unwrap_or_default();
    for case in packets.cases().filter(|case| case.version == version) {
        let Err(error) = decode_with(&case.bytes, version, refused_from_server(version)) else { continue };
        let Some(of) = case.bytes.first().and_then(|first| P::from_number(first >> 4)) else { continue };
        if !may_come_from_server(of, version) {
            continue;
        }
        match malformed::statement(&error, &case.bytes, version) {
            Blame::Statement(id) => add(id, &[of]),
            Blame::Cell(cell) => first(cell).into_iter().for_each(|id| add(id, &[of])),
            Blame::Unknown => {}
        }
    }
    found
}

/// The packets that are checked for this in every case; `None` if only some cases make it possible, such as those
/// that announce a Receive Maximum.
const fn checked_on(cell: Cell) -> Option<&'static [P]> {
    Some(match cell {
        Cell::OfAClient
        | Cell::BeforeConnack
        | Cell::SecondConnack
        | Cell::AfterRefusal
        | Cell::DisconnectBeforeConnack
        | Cell::MethodUnasked => &[P::Connack],
        Cell::AliasUnasked
        | Cell::OtherTopic
        | Cell::TopicNotAskedFor
        | Cell::PacketIdentifierInUse
        | Cell::TwiceAtMostOnce
        | Cell::TwiceExactlyOnce => &[P::Publish],
        Cell::SentAgain => &[P::Publish, P::Pubrel],
        Cell::OtherAcknowledgement => &[P::Puback, P::Pubrec],
        Cell::AnswersNothing => &[P::Puback, P::Pubrec, P::Pubrel],
        Cell::PubcompAnswersNothing => &[P::Pubcomp],
        Cell::SecondSuback | Cell::SubackAnswersNothing => &[P::Suback],
        Cell::SecondUnsuback | Cell::UnsubackAnswersNothing => &[P::Unsuback],
        Cell::AfterDisconnect
        | Cell::OpenAfterDisconnect
        | Cell::DisconnectOfAClient
        | Cell::DisconnectWithExpiry
        | Cell::ReferenceWithoutMove => &[P::Disconnect],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the checks of each packet name, and what only some cases make possible: a second CONNECT, and what a Client
    /// announces.
    #[test]
    fn the_checks_of_every_packet_are_those_of_the_code() {
        let of_some_cases =
            [Cell::SecondConnect, Cell::MaximumPacketSize, Cell::ReceiveMaximum, Cell::AliasTooHigh, Cell::AliasUnset];
        let code = [
            include_str!("../arrival/always_on.rs"),
            include_str!("../arrival/answers.rs"),
            include_str!("../arrival/deliveries.rs"),
            include_str!("../ending/mod.rs"),
            // what no case expects at its end
            "Cell::TwiceAtMostOnce Cell::TwiceExactlyOnce",
        ]
        .concat();
        let words = code.split("Cell::").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
        let named: BTreeSet<&str> = words.collect();
        let known = Cell::ALL.iter().filter(|cell| checked_on(**cell).is_some() || of_some_cases.contains(cell));
        let known: BTreeSet<String> = known.map(|cell| format!("{cell:?}")).collect();
        assert_eq!(named, known.iter().map(String::as_str).collect());
    }

    #[test]
    fn the_decoder_tests_what_a_server_sends() {
        let v5 = tested_everywhere(Version::V5);
        assert_eq!(v5.get("5.0§3.2.2.3.9-a"), Some(&BTreeSet::from([P::Connack])), "Reason String at most once");
        assert!(
            v5.get("MQTT-1.5.4-1").is_some_and(|types| types.contains(&P::Publish) && !types.contains(&P::Connect))
        );
        assert!(!v5.contains_key("MQTT-3.8.3-2"), "an empty SUBSCRIBE comes only from a Client");
        assert!(tested_everywhere(Version::V3_1_1).contains_key("3.1.1§3.2.1-a"), "the length of CONNACK");
    }
}
