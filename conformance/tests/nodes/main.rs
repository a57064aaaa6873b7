//! Cases whose clients are on different nodes of the broker. Two listeners of the reference broker are a cluster that is
//! right; what stands before one of them makes it slow, or wrong in one way.

#[path = "../common/command.rs"]
mod command;
mod link;

use std::{collections::BTreeSet, io};

use command::cannot_run;
use link::{Habit, node};
use mqttspec::{CaseRun, Event, Filter, Reporter, Suite, Target, Verdict};
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::Version;

/// What came of the cases.
#[derive(Debug, Default)]
struct Outcome {
    passed: BTreeSet<String>,
    failed: BTreeSet<String>,
    undecided: Vec<String>,
    /// The evidence of how many nodes there are.
    nodes: String,
}

impl Reporter for Outcome {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Probed(Version::V5, Ok(capabilities)) => self.nodes = capabilities.evidence("nodes").to_owned(),
            Event::Finished(CaseRun { case, verdict, .. }) => {
                let name = case.name().to_owned();
                match verdict {
                    Verdict::Pass | Verdict::Warn(_) => drop(self.passed.insert(name)),
                    Verdict::Fail(_) => drop(self.failed.insert(name)),
                    other => self.undecided.push(format!("{} {}: {other:?}", case.version, case.id)),
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Plays the cases on a broker whose two nodes have these habits.
fn play(first: Option<Habit>, second: Option<Habit>) -> Outcome {
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
    let port = broker.urls()[0].port();
    run(&node(port, first), vec![node(port, second)])
}

fn run(first: &Target, others: Vec<Target>) -> Outcome {
    let suite = Suite::embedded().unwrap().filter(Filter::default().only("*/nodes/*").unwrap()).nodes(others);
    let mut outcome = Outcome::default();
    suite.run_blocking(first, &mut outcome, std::future::pending()).unwrap();
    outcome
}

#[test]
fn two_listeners_of_one_broker_pass() {
    let outcome = play(None, None);
    assert!(outcome.failed.is_empty() && outcome.undecided.is_empty(), "{outcome:?}");
    assert!(outcome.passed.len() > 8 && outcome.nodes.starts_with("2 nodes, which agree within"), "{outcome:?}");
}

/// The time that nodes need is measured, and the cases wait for it.
#[test]
fn a_cluster_may_take_its_time() {
    let outcome = play(None, Some(Habit::SubscribesLate));
    assert!(outcome.failed.is_empty() && outcome.undecided.is_empty(), "{outcome:?}");
    let within: Option<u64> = outcome.nodes.split_whitespace().rev().nth(1).and_then(|number| number.parse().ok());
    assert!(within.is_some_and(|within| within >= 100), "{outcome:?}");
}

#[test]
fn each_wrong_cluster_is_found_and_each_case_can_fail() {
    const WRONG: [(Habit, &[&str]); 8] = [
        (Habit::HasItsOwnSessions, &["3.01-connect/nodes/take-over", "4.01-session-state/nodes/resumed"]),
        (Habit::DeliversRetainedAsLive, &["4.01-session-state/nodes/retained"]),
        (Habit::KeepsWhatIsCleared, &["4.01-session-state/nodes/retained-no-longer"]),
        (Habit::SwallowsWills, &["3.01-connect/nodes/will"]),
        (Habit::SwapsMessages, &["4.06-ordering/nodes/pipelined"]),
        (Habit::HasItsOwnGroups, &["4.08-subscriptions/nodes/one-of-the-group"]),
        (Habit::KeepsSubscriptions, &["4.05-receipt/nodes/no-longer", "4.08-subscriptions/nodes/the-other-goes-on"]),
        (Habit::LosesAboveQos0, &["4.05-receipt/nodes/delivered"]),
    ];
    let mut missing: BTreeSet<String> = play(None, None).passed;
    let plays = WRONG.map(|(habit, wanted)| {
        // what a node does with what its clients publish or unsubscribe matters on either
        let first = [Habit::KeepsWhatIsCleared, Habit::KeepsSubscriptions].contains(&habit).then_some(habit);
        (habit, wanted, std::thread::spawn(move || play(first, Some(habit))))
    });
    for (habit, wanted, play) in plays {
        let outcome = play.join().unwrap();
        for case in wanted {
            assert!(outcome.failed.contains(*case), "{habit:?} does not fail {case}: {outcome:?}");
        }
        missing.retain(|case| !outcome.failed.contains(case));
    }
    assert!(missing.is_empty(), "no wrong cluster fails {missing:?}");
}

#[test]
fn without_further_nodes_the_cases_are_skipped() {
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
    let outcome = run(&node(broker.urls()[0].port(), None), Vec::new());
    assert!(outcome.passed.is_empty() && outcome.failed.is_empty(), "{outcome:?}");
    assert!(outcome.undecided.iter().all(|why| why.contains("are named by --node")), "{outcome:?}");
}

#[test]
fn two_brokers_are_no_cluster() {
    let brokers =
        [(), ()].map(|()| Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap());
    let [first, second] = brokers.each_ref().map(|broker| broker.urls()[0].to_string());
    cannot_run(
        &["check", &first, "--node", &second],
        &["does not reach a subscriber at", &second, "nodes of the same broker"],
    );
}

#[test]
fn a_node_is_one_of_the_same_broker() {
    let [first, second, web] = ["mqtt://127.0.0.1:1", "mqtt://127.0.0.1:2", "ws://127.0.0.1:3"];
    cannot_run(&["check", first, second, "--node", second], &["give the URL of one broker"]);
    cannot_run(&["check", "--node", second], &["give the URL of one broker"]);
    cannot_run(&["check", first, "--node", web], &[web, "the same kind of URL"]);
}
