//! Cases that are played several times: those that change their verdict are reported, with what happened.

#[path = "common/proxy.rs"]
mod proxy;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mqttspec::{Filter, Suite, Target, Verdict};
use mqttspec_broker::{core::Config, shell::Embedded};
use proxy::proxy;

const CASE: &str = "3.02-connack/session-present/none-stored";

#[test]
fn case_that_changes_its_verdict_is_reported_with_both() {
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().expect("a URL")]).expect("a port");
    let address = broker.urls()[0].to_string().replace("mqtt://", "");
    // in each second run, every client of a case is told of a Session
    let runs = AtomicUsize::new(0);
    let url = proxy(
        &address,
        Duration::ZERO,
        Arc::new(move |connect, bytes| {
            let is = |name: &[u8]| connect.ends_with(name);
            if is(b"probe") && bytes.first() == Some(&0x20) {
                runs.fetch_add(1, Ordering::Relaxed);
            }
            let of_a_case = connect.len() > 20 && connect.ends_with(b"a");
            if of_a_case && runs.load(Ordering::Relaxed).is_multiple_of(2) && bytes.first() == Some(&0x20) {
                bytes[2] = 1;
            }
        }),
    );
    let target: Target = url.parse().expect("a URL");
    let filter = Filter::default().only(CASE).expect("a pattern").version(mqttspec_codec::Version::V3_1_1);
    let suite = Suite::embedded().expect("the vectors load").filter(filter).repeat(4);
    let report = suite.run_blocking(&target, &mut (), std::future::pending()).expect("it runs");
    let [run] = &report.cases[..] else { panic!("one result for the case: {:?}", report.cases) };
    assert!(matches!(run.verdict, Verdict::Fail(_)), "the worst counts: {:?}", run.verdict);
    let flips = run.flips.as_ref().expect("it changed");
    assert_eq!(flips.counts, BTreeMap::from([("fail", 2), ("pass", 2)]));
    assert!(matches!(flips.others[..], [ref other] if other.verdict == Verdict::Pass && !other.transcript.is_empty()));
    assert_eq!((report.summary.tally.flips, report.summary.exit_code()), (1, 1));
}

#[test]
fn case_that_does_not_change_has_one_verdict() {
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().expect("a URL")]).expect("a port");
    let target: Target = broker.urls()[0].to_string().parse().expect("a URL");
    let filter = Filter::default().only(CASE).expect("a pattern");
    let suite = Suite::embedded().expect("the vectors load").filter(filter).repeat(3);
    let report = suite.run_blocking(&target, &mut (), std::future::pending()).expect("it runs");
    assert!(report.cases.iter().all(|run| run.verdict == Verdict::Pass && run.flips.is_none()), "{:?}", report.cases);
    assert_eq!(report.summary.exit_code(), 0);
}
