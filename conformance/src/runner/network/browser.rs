//! What a browser's WebSocket cannot do. A case that needs it is skipped before it runs, because it would show nothing
//! about the broker.

use crate::vector::script::{Action, HexPiece, Script, Step};

/// Why a browser cannot play that script, as a sentence for people; `None` if it can.
pub(super) fn why_not(script: &Script) -> Option<String> {
    first(&script.steps)
}

/// How many cases may run concurrently, each of which has two or three connections: browsers allow about 200 WebSockets.
pub(super) const fn most_at_once() -> usize {
    if cfg!(target_family = "wasm") { 48 } else { usize::MAX }
}

fn first(steps: &[Step]) -> Option<String> {
    steps.iter().find_map(|step| match &step.action {
        Action::Frame { opcode, fin, hex, .. } => why_no_frame(*opcode, *fin, hex),
        Action::Open { subprotocols: Some(names), .. } => why_not_seen(names),
        Action::AnyOf(alternatives) => alternatives.iter().find_map(|alternative| first(&alternative.rest)),
        Action::Steps(steps) => first(steps),
        _ => None,
    })
}

/// It sends whole messages of bytes, and of text that is UTF-8.
fn why_no_frame(opcode: u8, fin: bool, hex: &[HexPiece]) -> Option<String> {
    const TEXT: u8 = 1;
    const BINARY: u8 = 2;
    match opcode {
        _ if !fin || opcode == 0 => Some("a browser sends no fragments of WebSocket messages".to_owned()),
        BINARY => None,
        TEXT if is_text(hex) => None,
        TEXT => Some("a browser sends no WebSocket text frame that is not UTF-8".to_owned()),
        other => Some(format!("a browser sends no WebSocket frame with the opcode {other}")),
    }
}

/// Whether the bytes are UTF-8, with a low Packet Identifier where there is one.
fn is_text(hex: &[HexPiece]) -> bool {
    let bytes: Vec<u8> = hex
        .iter()
        .flat_map(|piece| match piece {
            HexPiece::Bytes(bytes) => bytes.as_slice(),
            HexPiece::PacketId(_) => &[0, 1],
        })
        .copied()
        .collect();
    str::from_utf8(&bytes).is_ok()
}

/// It drops a connection whose subprotocol it did not ask for, or without one, and does not say which. With `mqtt` among
/// the names, each of these violates [MQTT-6.0.0-4] anyway.
fn why_not_seen(names: &[String]) -> Option<String> {
    let is_asked = names.iter().any(|name| name == "mqtt");
    (!is_asked).then(|| "a browser does not show which WebSocket subprotocol the broker selects unasked".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        packet::Value,
        runner::{Capabilities, Login, Prepared, RunId, prepare},
        vector::Library,
    };

    /// Nothing else in the vectors is beyond a browser, and what is within its reach is played.
    #[test]
    fn few_cases_are_beyond_a_browser() {
        let library = Library::embedded().unwrap();
        let mut capabilities = Capabilities::default();
        capabilities.learn("websocket", Value::Bool(true), "the URL");
        let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for case in library.cases() {
            let prepared = prepare(case, 0, &RunId::fixed(), &capabilities, &Login::default());
            let Prepared::Run(script, _) = prepared else { continue };
            if let Some(why) = why_not(&script) {
                reasons.entry(why).or_default().push(&case.id);
            }
        }
        let close = ["=03E8", "=03E9", "="].map(|code| format!("6.0-websocket/close/without-disconnect[code{code}]"));
        let mut close: Vec<&str> = close.iter().map(String::as_str).collect();
        close.sort_unstable();
        let expected = [
            ("unasked", vec!["6.0-websocket/subprotocol/no-other"]),
            ("opcode 10", vec!["6.0-websocket/control-frames/unasked-pong"]),
            ("opcode 3", vec!["6.0-websocket/reserved-frame/data[opcode=3]"]),
            ("opcode 7", vec!["6.0-websocket/reserved-frame/data[opcode=7]"]),
            ("opcode 8", close),
            ("opcode 9", vec!["6.0-websocket/control-frames/ping"]),
            (
                "fragments",
                vec![
                    "6.0-websocket/fragments/empty-frames",
                    "6.0-websocket/fragments/many",
                    "6.0-websocket/fragments/ping-between-fragments",
                    "6.0-websocket/fragments/two",
                    "6.0-websocket/text-frame/in-fragments",
                ],
            ),
        ];
        assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
        for ((why, mut cases), (fragment, ids)) in reasons.into_iter().zip(expected) {
            cases.sort_unstable();
            cases.dedup();
            assert!(why.contains(fragment), "{why}");
            assert_eq!(cases, ids);
        }
    }

    #[test]
    fn control_frames_and_text_that_is_none_are_beyond_a_browser() {
        let frame = |opcode, bytes: &[u8]| why_no_frame(opcode, true, &[HexPiece::Bytes(bytes.to_vec())]);
        assert_eq!(frame(1, b"text"), None);
        assert_eq!(frame(2, &[0xff]), None);
        assert!(frame(1, &[0xff]).unwrap().contains("not UTF-8"));
        assert!(frame(9, b"x").unwrap().contains("opcode 9"));
    }
}
