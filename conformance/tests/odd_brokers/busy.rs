//! A broker that refuses Clients for a moment, or for good.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mqttspec::{Filter, Report, RunError, Verdict};
use mqttspec_broker::core::Config;
use mqttspec_codec::{Packet, ReasonCode, Version};

use crate::{
    proxy::{Action, Habit, broker},
    suite,
};

/// Refuses the first CONNECTs of a version.
struct Refuses {
    version: Version,
    code: ReasonCode,
    most: usize,
    refused: Arc<AtomicUsize>,
}

impl Habit for Refuses {
    fn sent(&mut self, _: usize, version: Version, packet: &Packet<'_>) -> Action {
        if version != self.version
            || !matches!(packet, Packet::Connect(_))
            || self.refused.load(Ordering::Relaxed) == self.most
        {
            return Action::Pass;
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        match version {
            Version::V5 => Action::Answer(vec![0x20, 3, 0, self.code.number(), 0]),
            _ => Action::Answer(vec![0x20, 2, 0, 3]),
        }
    }
}

/// The result, and how many CONNECTs were refused.
fn check(version: Version, code: ReasonCode, most: usize, filter: Filter) -> (Result<Report, RunError>, usize) {
    let refused = Arc::new(AtomicUsize::new(0));
    let target = broker(Config::default(), Refuses { version, code, most, refused: refused.clone() });
    let suite = suite(&[]).filter(filter.only("3.12-pingreq/answered").expect("a pattern"));
    let result = suite.run_blocking(&target, &mut (), std::future::pending());
    (result, refused.load(Ordering::Relaxed))
}

fn of(version: Version) -> Filter {
    Filter::default().version(version)
}

#[test]
fn broker_that_is_busy_for_a_moment_is_asked_again() {
    for (version, code) in [
        (Version::V5, ReasonCode::ServerUnavailable),
        (Version::V5, ReasonCode::QuotaExceeded),
        (Version::V3_1_1, ReasonCode::ServerUnavailable),
    ] {
        let (report, refused) = check(version, code, 2, of(version));
        let report = report.expect("it can be tested");
        report.assert_conformant();
        assert_eq!(refused, 2);
        assert!(report.summary.tally.pass > 1, "{version} {code}: {:?}", report.summary.tally);
    }
}

#[test]
fn run_says_what_came_if_it_stays_refused() {
    let (report, refused) = check(Version::V5, ReasonCode::ServerBusy, usize::MAX, Filter::default());
    let report = report.expect("the other version can be tested");
    // five times to test it, and five times to learn what it announces, which says something about 3.1.1 too
    assert_eq!(refused, 10);
    let skips = report.cases.iter().filter_map(|run| match &run.verdict {
        Verdict::Skip(why) if run.case.version == Version::V5 => Some(why),
        _ => None,
    });
    let skips: Vec<_> = skips.collect();
    assert!(!skips.is_empty());
    assert!(skips.iter().all(|why| why.contains("(0x89), 5 times within 5 s")), "{}", skips[0]);
    assert!(report.cases.iter().any(|run| run.case.version == Version::V3_1_1 && run.verdict == Verdict::Pass));
}

#[test]
fn refusal_for_good_is_not_asked_again() {
    for code in [
        ReasonCode::UnsupportedProtocolVersion,
        ReasonCode::BadUserNameOrPassword,
        ReasonCode::NotAuthorized,
        ReasonCode::Banned,
    ] {
        let (result, refused) = check(Version::V5, code, usize::MAX, of(Version::V5));
        assert_eq!(refused, 1, "{code}");
        assert!(result.expect_err("no version can be tested").to_string().contains(&code.to_string()));
    }
}
