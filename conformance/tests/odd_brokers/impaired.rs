//! A broker that stops serving some Client Identifiers after a certain packet.

use std::{fs, path::PathBuf};

use mqttspec::{Direction, Filter, Report, Suite, Verdict};
use mqttspec_broker::core::Config;
use mqttspec_codec::{Packet, Version};

use crate::{
    proxy::{Action, Habit, broker},
    suite,
};

/// After a PUBLISH with DUP, no CONNECT of every second new Client is answered.
struct HalfDead {
    ill: bool,
    connects: usize,
    /// The broker is restarted by creating this file.
    restart: Option<PathBuf>,
}

impl Habit for HalfDead {
    fn sent(&mut self, _: usize, _: Version, packet: &Packet<'_>) -> Action {
        if self.restart.as_ref().is_some_and(|file| fs::remove_file(file).is_ok()) {
            self.ill = false;
        }
        match packet {
            Packet::Publish(publish) if publish.delivery.dup() => self.ill = true,
            Packet::Connect(_) => {
                self.connects += 1;
                if self.ill && self.connects.is_multiple_of(2) {
                    return Action::Swallow;
                }
            }
            _ => {}
        }
        Action::Pass
    }
}

const CASES: [&str; 4] =
    ["3.03-publish/dup/not-propagated", "3.12-pingreq/answered", "3.09-suback", "3.10-unsubscribe"];

fn of_one_version() -> Suite {
    let filter = CASES.iter().try_fold(Filter::default(), |filter, pattern| filter.only(pattern)).expect("patterns");
    suite(&[]).filter(filter.version(Version::V3_1_1))
}

fn sends_dup(run: &mqttspec::CaseRun) -> bool {
    run.transcript.iter().any(|entry| entry.direction == Direction::Sent && entry.text.contains("dup: true"))
}

fn failures(report: &Report) -> Vec<&mqttspec::CaseRun> {
    report.failures().collect()
}

#[test]
fn culprit_is_found_on_a_fresh_broker() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("restart");
    let target = broker(Config::default(), HalfDead { ill: false, connects: 0, restart: Some(file.clone()) });
    // one version, because each case that is blamed takes its time
    let suite = of_one_version().restart_command(format!("touch {}", file.display()));
    let report = suite.run_blocking(&target, &mut (), std::future::pending()).unwrap();
    assert_eq!(report.summary.could_not_run, None);
    assert_eq!(report.cases.len(), suite.cases().count(), "every case has a verdict");
    assert_eq!(report.summary.exit_code(), 1);
    let blamed = failures(&report);
    assert!(!blamed.is_empty() && blamed.iter().all(|run| sends_dup(run)), "{}", report.complaint());
    assert_eq!(blamed.len(), report.cases.iter().filter(|run| sends_dup(run)).count(), "{}", report.complaint());
    for run in blamed {
        let Verdict::Fail(failure) = &run.verdict else { panic!("it failed") };
        assert!(failure.what.starts_with("after this case, which ran alone, "), "{}", failure.what);
        assert!(failure.what.contains(" of 24 fresh Client Identifiers get no CONNACK"), "{}", failure.what);
        let accused = failure.accusation.statement.as_ref();
        assert!(accused.is_some_and(|cited| cited.id.starts_with("MQTT-3.1.4-")), "{accused:?}");
    }
}

#[test]
fn without_a_restart_nobody_else_is_blamed() {
    let target = broker(Config::default(), HalfDead { ill: false, connects: 0, restart: None });
    let report = of_one_version().run_blocking(&target, &mut (), std::future::pending()).unwrap();
    assert!(failures(&report).is_empty(), "{}", report.complaint());
    assert_eq!(report.summary.exit_code(), 2);
    let why = report.summary.could_not_run.as_deref().unwrap_or_default();
    assert!(why.contains("fresh Client Identifiers get no CONNACK"), "{why}");
    assert!(why.contains("--restart-command") && why.contains("suspects: "), "{why}");
    assert!(report.summary.suspects.iter().any(|case| case.contains("3.03-publish/dup")), "{why}");
    assert_eq!(report.summary.not_run + report.cases.len(), of_one_version().cases().count());
}

/// A broker that never delivered anything is judged by its cases, not called impaired.
#[test]
fn what_the_broker_never_did_is_not_missed() {
    struct Mute;
    impl Habit for Mute {
        fn sent(&mut self, _: usize, _: Version, packet: &Packet<'_>) -> Action {
            if matches!(packet, Packet::Publish(_)) { Action::Swallow } else { Action::Pass }
        }
    }
    let target = broker(Config::default(), Mute);
    let report = suite(&["3.04-puback/answered", "3.12-pingreq"])
        .run_blocking(&target, &mut (), std::future::pending())
        .unwrap();
    assert_eq!(report.summary.could_not_run, None);
    assert_eq!(report.summary.not_run, 0);
}

/// One of each dozen fresh Clients gets no CONNACK, but all of the two dozen that are asked to be sure do.
struct Hasty {
    fresh: usize,
}

impl Habit for Hasty {
    fn sent(&mut self, _: usize, _: Version, packet: &Packet<'_>) -> Action {
        let Packet::Connect(connect) = packet else { return Action::Pass };
        if connect.client_id.as_str().get(6..8) != Some("zz") {
            return Action::Pass;
        }
        self.fresh += 1;
        // the first dozen shows what the broker usually does
        if self.fresh > 12 && (self.fresh - 13).is_multiple_of(36) { Action::Swallow } else { Action::Pass }
    }
}

#[test]
fn quick_checks_that_always_fail_end_nevertheless() {
    let target = broker(Config::default(), Hasty { fresh: 0 });
    let suite = suite(&[]).filter(Filter::default().only("3.12-pingreq/answered").unwrap().version(Version::V3_1_1));
    let report = suite.run_blocking(&target, &mut (), std::future::pending()).unwrap();
    assert_eq!(report.summary.could_not_run, None);
    assert_eq!((report.summary.exit_code(), report.cases.len()), (0, suite.cases().count()), "{}", report.complaint());
}
