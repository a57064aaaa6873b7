//! A broker that sends every retained message to everybody who connects.

use std::collections::BTreeMap;

use mqttspec::{Baseline, Report};
use mqttspec_broker::core::Config;
use mqttspec_codec::{Delivery, Packet, Publish, TopicName, Version, encode_to_vec};

use crate::{
    proxy::{Action, Habit, broker},
    suite,
};

#[derive(Default)]
struct LeaksRetained(BTreeMap<String, Vec<u8>>);

impl Habit for LeaksRetained {
    fn sent(&mut self, _: usize, _: Version, packet: &Packet<'_>) -> Action {
        if let Packet::Publish(Publish { retain: true, topic: Some(topic), payload, .. }) = packet {
            match payload.is_empty() {
                true => drop(self.0.remove(topic.as_str())),
                false => drop(self.0.insert(topic.as_str().to_owned(), payload.to_vec())),
            }
        }
        Action::Pass
    }

    fn behind(&mut self, version: Version, packet: &Packet<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        if matches!(packet, Packet::Connack(connack) if !connack.reason_code.is_failure()) {
            for (topic, payload) in &self.0 {
                let mut publish = Publish::new(TopicName::new(topic).expect("a topic"), Delivery::AtMostOnce, payload);
                publish.retain = true;
                encode_to_vec(&Packet::Publish(publish), version, &mut bytes).expect("it fits");
            }
        }
        bytes
    }
}

/// Some of these keep a retained message for seconds, others only connect.
const CASES: [&str; 4] = ["3.03-publish/message-expiry", "3.03-publish/retain-*", "3.12-pingreq", "3.09-suback"];

fn check(baseline: &str) -> Report {
    let baseline = Baseline::parse("baseline.yaml", baseline).unwrap();
    let target = broker(Config::default(), LeaksRetained::default());
    suite(&CASES).baseline(baseline).run_blocking(&target, &mut (), std::future::pending()).unwrap()
}

#[test]
fn leak_is_one_finding_of_the_run() {
    let report = check("expected: []");
    assert_eq!(report.summary.exit_code(), 1);
    assert!(report.summary.leaks.len() > 3, "{:?}", report.summary.leaks);
    for leak in &report.summary.leaks {
        let owner = leak.owner.as_ref().expect("a case");
        assert_ne!((owner.version, &owner.id), (leak.seen_by.version, &leak.seen_by.id));
        assert!(leak.observed.text.contains(&leak.topic), "{leak:?}");
    }
    assert_eq!(report.failures().count(), 0, "no case is to blame: {}", report.complaint());
    assert!(report.complaint().contains("[MQTT-3.3.2-3]"), "{}", report.complaint());
    assert_eq!(report.summary.not_removed, Vec::<String>::new());
}

#[test]
fn baseline_can_expect_it() {
    let report = check("expected:\n  - case: leak\n    reason: sends it to all");
    assert!(!report.summary.leaks.is_empty());
    assert_eq!(report.summary.leaks_known.as_deref(), Some("sends it to all"));
    report.assert_conformant();
    assert_eq!(report.summary.stale, Vec::<String>::new());
}
