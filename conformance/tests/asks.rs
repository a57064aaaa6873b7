//! Before v5 CONNACK announces nothing, so the suite asks what a broker offers, and skips what it does not.

use std::{collections::BTreeMap, num::NonZero, time::Duration};

use mqttspec::{
    CaseRun, Direction, Filter, MemoryBroker, Output, Reference, Report, Suite, Verdict,
    packet::Value,
    runner::{Capabilities, Login, probe_in_memory},
    transport::Memory,
};
use mqttspec_broker::core::Config;
use mqttspec_codec::{PacketType, QoS, Version};

fn probe(broker: impl MemoryBroker + 'static) -> Capabilities {
    probe_in_memory(&mut Memory::new(Box::new(broker)), Version::V3_1_1, &Login::default()).expect("it can be probed")
}

fn play(pattern: &str, broker: impl Fn() -> Box<dyn MemoryBroker>) -> Report {
    let filter = Filter::default().version(Version::V3_1_1).only(pattern).expect("a pattern");
    let suite = Suite::embedded().expect("the vectors load").filter(filter);
    suite.run_in_memory(broker, &mut ()).expect("it can be probed")
}

#[test]
fn broker_that_offers_everything() {
    let learned = probe(Reference::default());
    assert_eq!(learned.value("maximum_qos"), Some(&Value::Number(2)));
    assert_eq!(learned.value("retain_available"), Some(&Value::Bool(true)));
    assert_eq!(learned.not_offered().count(), 0);
}

#[test]
fn what_ends_a_connection_is_not_offered() {
    let less = Config {
        maximum_qos: QoS::AtLeastOnce,
        retain_available: false,
        maximum_packet_size: NonZero::new(60_000).expect("not zero"),
        ..Config::default()
    };
    let learned = probe(Reference::new(less.clone()));
    assert_eq!(learned.value("maximum_qos"), Some(&Value::Number(1)));
    assert_eq!(learned.value("retain_available"), Some(&Value::Bool(false)));
    assert_eq!(learned.value("maximum_packet_size"), Some(&Value::Number(60_000)));
    assert!(learned.not_offered().any(|evidence| evidence == "the connection is closed after a PUBLISH with QoS 2"));
    let report = play("*", || Box::new(Reference::new(less.clone())));
    let failed: Vec<_> = report.failures().map(|run| &run.case).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let skips = report.cases.iter().filter(|run| match &run.verdict {
        Verdict::Skip(why) => why.contains("maximum_qos is 1 (the connection is closed after a PUBLISH with QoS 2)"),
        _ => false,
    });
    let skips = skips.count();
    assert!(skips > 5, "{skips} reasons say how it was learned");
}

#[test]
fn lower_grant_says_nothing_about_publishing() {
    let learned = probe(Changed { lowers_grants: true, ..Changed::default() });
    assert_eq!(learned.value("maximum_qos"), Some(&Value::Number(2)));
    assert_eq!(learned.not_offered().collect::<Vec<_>>(), ["SUBACK grants QoS 1 for QoS 2"]);
    let report = play("*", || Box::new(Changed { lowers_grants: true, ..Changed::default() }));
    let publishes = |run: &&CaseRun| {
        run.transcript.iter().any(|entry| {
            entry.direction == Direction::Sent && entry.text.starts_with("PUBLISH") && entry.text.contains("qos: 2")
        })
    };
    let passed = report.cases.iter().filter(|run| run.verdict == Verdict::Pass).filter(publishes).count();
    assert!(passed > 5, "{passed} cases that publish at QoS 2 pass");
}

/// The cases judge a broker that violates the standard in silence.
#[test]
fn silence_is_not_a_lack_unless_v5_announces_it() {
    let learned = probe(Changed { forgets_retained: true, ..Changed::default() });
    assert_eq!(learned.value("retain_available"), None);
    assert_eq!(learned.evidence("retain_available"), "a retained message is not delivered");
    let report =
        play("3.03-publish/retain-stored", || Box::new(Changed { forgets_retained: true, ..Changed::default() }));
    assert!(report.failures().count() > 0);
    let learned = probe(Changed { forgets_retained: true, announces_no_retain: true, ..Changed::default() });
    assert_eq!(learned.value("retain_available"), Some(&Value::Bool(false)));
    assert!(learned.evidence("retain_available").contains("v5 announces retain_available: 0"));
}

/// The reference broker, with other answers.
#[derive(Default)]
struct Changed {
    broker: Reference,
    /// SUBACK grants at most QoS 1.
    lowers_grants: bool,
    /// RETAIN of a PUBLISH is ignored.
    forgets_retained: bool,
    /// CONNACK has Retain Available 0 in v5.
    announces_no_retain: bool,
    v5: BTreeMap<u64, bool>,
}

impl MemoryBroker for Changed {
    fn open(&mut self, now: Duration, connection: u64) {
        self.broker.open(now, connection);
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        if bytes.first() == Some(&0x10) {
            self.v5.insert(connection, bytes.get(8) == Some(&5));
        }
        let first = bytes.first().copied().unwrap_or_default();
        if self.forgets_retained && first >> 4 == PacketType::Publish as u8 {
            return self.broker.receive(now, connection, &[&[first & !1], &bytes[1..]].concat());
        }
        self.broker.receive(now, connection, bytes);
    }

    fn close(&mut self, now: Duration, connection: u64) {
        self.broker.close(now, connection);
    }

    fn deadline(&self) -> Option<Duration> {
        self.broker.deadline()
    }

    fn tick(&mut self, now: Duration) {
        self.broker.tick(now);
    }

    fn poll(&mut self, now: Duration) -> Option<Output> {
        let mut output = self.broker.poll(now)?;
        if let Output::Send { connection, bytes } = &mut output {
            let first = bytes.first().copied().unwrap_or_default();
            let is = |packet_type: PacketType| first >> 4 == packet_type as u8;
            let v5 = self.v5.get(connection) == Some(&true);
            if self.lowers_grants && is(PacketType::Suback) {
                bytes.iter_mut().skip(4).filter(|code| **code == 2).for_each(|code| *code = 1);
            }
            if self.announces_no_retain && v5 && is(PacketType::Connack) {
                // two bytes more in the packet and in its properties
                bytes.extend([0x25, 0]);
                bytes[1] += 2;
                bytes[4] += 2;
            }
        }
        Some(output)
    }
}
