//! Brokers on which it is hard to clean up.

use std::collections::BTreeMap;

use mqttspec_broker::core::Config;
use mqttspec_codec::{Packet, Publish, Version};

use crate::{
    proxy::{Action, Habit, broker},
    run,
};

/// Ignores what clears a retained message.
struct KeepsRetained;

impl Habit for KeepsRetained {
    fn sent(&mut self, _: usize, _: Version, packet: &Packet<'_>) -> Action {
        match packet {
            Packet::Publish(Publish { retain: true, payload: [], .. }) => Action::Swallow,
            _ => Action::Pass,
        }
    }
}

#[test]
fn retained_message_that_stays_is_listed() {
    let report =
        run(&broker(Config::default(), KeepsRetained), &["3.08-subscribe/retained-on-subscribe/all-that-match"]);
    report.assert_conformant();
    let left = &report.summary.not_removed;
    assert!(!left.is_empty() && left.iter().all(|what| what.contains(" retained message on ")), "{left:?}");
}

/// Refuses that many times the CONNECT that would end a stored Session.
struct Throttles {
    times: usize,
    /// By Client Identifier.
    refused: BTreeMap<String, usize>,
}

impl Habit for Throttles {
    fn sent(&mut self, _: usize, version: Version, packet: &Packet<'_>) -> Action {
        let Packet::Connect(connect) = packet else { return Action::Pass };
        let client_id = connect.client_id.as_str();
        if !connect.clean_start {
            self.refused.entry(client_id.to_owned()).or_default();
        }
        let Some(refused) = self.refused.get_mut(client_id).filter(|times| connect.clean_start && **times < self.times)
        else {
            return Action::Pass;
        };
        *refused += 1;
        Action::Answer(if version == Version::V5 { vec![0x20, 3, 0, 0x97, 0] } else { vec![0x20, 2, 0, 3] })
    }
}

const STORES: [&str; 1] = ["3.02-connack/session-present/stored-though-empty"];

#[test]
fn refused_session_is_tried_again() {
    let report = run(&broker(Config::default(), Throttles { times: 1, refused: BTreeMap::new() }), &STORES);
    report.assert_conformant();
    assert!(report.summary.tally.pass > 0);
    assert_eq!(report.summary.not_removed, Vec::<String>::new());
}

#[test]
fn session_that_stays_is_listed() {
    let report = run(&broker(Config::default(), Throttles { times: usize::MAX, refused: BTreeMap::new() }), &STORES);
    report.assert_conformant();
    let left = &report.summary.not_removed;
    assert_eq!(left.len(), 2, "one for each version: {left:?}");
    assert!(
        left.iter().all(|what| what.contains(" Session of Client Identifier ") && what.contains("CONNACK ")),
        "{left:?}"
    );
}
