//! Before v5 CONNACK announces nothing, so the suite asks what a broker offers, and skips what it does not.

#[path = "common/behind.rs"]
mod behind;
#[path = "common/each_packet.rs"]
mod each_packet;

use std::{collections::BTreeMap, num::NonZero};

use each_packet::faulty;
use mqttspec::{
    CaseRun, Direction, Filter, MemoryBroker, Reference, Report, Suite, Verdict,
    packet::Value,
    runner::{Capabilities, Login, probe_in_memory},
    transport::{Memory, Passage},
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
    let learned = probe(changed(Changes { lowers_grants: true, ..Changes::default() }));
    assert_eq!(learned.value("maximum_qos"), Some(&Value::Number(2)));
    assert_eq!(learned.not_offered().collect::<Vec<_>>(), ["SUBACK grants QoS 1 for QoS 2"]);
    let report = play("*", || Box::new(changed(Changes { lowers_grants: true, ..Changes::default() })));
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
    let learned = probe(changed(Changes { forgets_retained: true, ..Changes::default() }));
    assert_eq!(learned.value("retain_available"), None);
    assert_eq!(learned.evidence("retain_available"), "a retained message is not delivered");
    let report = play("3.03-publish/retain-stored", || {
        Box::new(changed(Changes { forgets_retained: true, ..Changes::default() }))
    });
    assert!(report.failures().count() > 0);
    let learned = probe(changed(Changes { forgets_retained: true, announces_no_retain: true, ..Changes::default() }));
    assert_eq!(learned.value("retain_available"), Some(&Value::Bool(false)));
    assert!(learned.evidence("retain_available").contains("v5 announces retain_available: 0"));
}

/// How the answers of the broker differ.
#[derive(Clone, Copy, Default)]
struct Changes {
    /// SUBACK grants at most QoS 1.
    lowers_grants: bool,
    /// RETAIN of a PUBLISH is ignored.
    forgets_retained: bool,
    /// CONNACK has Retain Available 0 in v5.
    announces_no_retain: bool,
}

/// The reference broker, with other answers.
fn changed(changes: Changes) -> impl MemoryBroker {
    let mut v5 = BTreeMap::new();
    faulty(Reference::default(), move |passage| match passage {
        Passage::ToBroker(client, bytes) => match bytes.first().map(|first| first >> 4) {
            Some(CONNECT) => drop(v5.insert(*client, bytes.get(8) == Some(&5))),
            Some(PUBLISH) if changes.forgets_retained => bytes[0] &= !1,
            _ => {}
        },
        Passage::ToClient(client, bytes) => match bytes.first().map(|first| first >> 4) {
            Some(SUBACK) if changes.lowers_grants => {
                bytes.iter_mut().skip(4).filter(|code| **code == 2).for_each(|code| *code = 1);
            }
            Some(CONNACK) if changes.announces_no_retain && v5.get(client) == Some(&true) => {
                // two bytes more in the packet and in its properties
                bytes.extend([0x25, 0]);
                bytes[1] += 2;
                bytes[4] += 2;
            }
            _ => {}
        },
        _ => {}
    })
}

const CONNECT: u8 = PacketType::Connect as u8;
const CONNACK: u8 = PacketType::Connack as u8;
const PUBLISH: u8 = PacketType::Publish as u8;
const SUBACK: u8 = PacketType::Suback as u8;
