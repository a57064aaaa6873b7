//! No case fails or skips the reference broker because the network is slow, or because a CONNACK takes long.

#[path = "../common/configurations.rs"]
mod configurations;
#[path = "../common/proxy.rs"]
mod proxy;
mod slow;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread,
    time::Duration,
};

use configurations::configurations;
use mqttspec::{Event, Filter, Reference, Report, Reporter, Suite, Target, Verdict, runner::Login};
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::Version;
use proxy::proxy;
use slow::{Delays, Slow};

/// All cases, in the configuration that suits most of them.
#[test]
fn usual_broker_behind_a_slow_network() {
    let round_trips = [50, 200, 500, 1000, 2000].map(round_trip);
    compare(&configurations()[..1], &round_trips);
}

#[test]
fn usual_broker_that_takes_three_seconds_for_a_connack() {
    let connack = Duration::from_secs(3);
    compare(&configurations()[..1], &[Delays { connack, ..Delays::default() }]);
}

#[test]
fn other_brokers_behind_a_slow_network() {
    compare(&configurations()[1..], &[round_trip(200), round_trip(2000)]);
}

#[test]
fn other_brokers_that_take_three_seconds_for_a_connack() {
    let mut others = configurations();
    // a Keep Alive of two seconds ends before such a CONNACK, and no client could stay connected
    others.retain(|(config, _)| config.server_keep_alive.is_none());
    let connack = Duration::from_secs(3);
    compare(&others[1..], &[Delays { connack, ..Delays::default() }]);
}

/// Over sockets, where the suite measures a real round trip and opening a connection takes one.
#[test]
fn broker_behind_a_proxy_that_delays() {
    #[derive(Default)]
    struct Plan(Duration);
    impl Reporter for Plan {
        fn on_event(&mut self, event: &Event<'_>) -> std::io::Result<()> {
            if let Event::Planned { estimate, .. } = event {
                self.0 = *estimate;
            }
            Ok(())
        }
    }
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().expect("a URL")]).expect("a port");
    let address = broker.urls()[0].to_string().replace("mqtt://", "");
    let url = proxy(&address, Duration::from_millis(200), Arc::new(|_, _| {}));
    let target: Target = url.parse().expect("a URL");
    let mut filter = Filter::default().version(Version::V5);
    for sample in ["3.12-pingreq", "4.01-session-state/discarded", "3.01-connect/will-delay", "4.07-topics/dollar"] {
        filter = filter.only(sample).expect("a pattern");
    }
    let suite = Suite::embedded().expect("the vectors load").filter(filter);
    let mut plan = Plan::default();
    let report = suite.run_blocking(&target, &mut plan, std::future::pending()).expect("it runs");
    assert!(others(&report).is_empty(), "{:#?}", others(&report));
    // the longest waits 8 s without a delay, and must be in slow motion
    assert!(plan.0 > Duration::from_secs(16), "{:?}", plan.0);
}

fn round_trip(millis: u64) -> Delays {
    Delays { round_trip: Duration::from_millis(millis), ..Delays::default() }
}

/// Checks that what passes without delays passes with them.
fn compare(configurations: &[(Config, Login)], delays: &[Delays]) {
    for (config, login) in configurations {
        let usual: BTreeSet<String> = others(&run(config, login, Delays::default())).into_keys().collect();
        thread::scope(|scope| {
            for delays in delays {
                let usual = &usual;
                scope.spawn(move || {
                    let mut others = others(&run(config, login, *delays));
                    let evidence = config.server_keep_alive.map(|imposed| format!("Server Keep Alive is {imposed} s"));
                    let is_too_slow = |why: &String| evidence.as_ref().is_some_and(|evidence| why.contains(evidence));
                    let too_slow = others.values().filter(|why| is_too_slow(why)).count();
                    assert!(too_slow <= 1, "{too_slow} cases are skipped for the Server Keep Alive");
                    others.retain(|name, why| !usual.contains(name) && !is_too_slow(why));
                    assert!(others.is_empty(), "with {delays:?} {} do not pass: {others:#?}", others.len());
                });
            }
        });
    }
}

fn run(config: &Config, login: &Login, delays: Delays) -> Report {
    let suite = Suite::embedded().expect("the vectors load");
    let suite = match &login.user_name {
        Some(name) => suite.user(name, login.password.clone()),
        None => suite,
    };
    suite.run_in_memory(|| Slow::new(Reference::new(config.clone()), delays), &mut ()).expect("it can be probed")
}

/// The cases that do not pass, with the reasons.
fn others(report: &Report) -> BTreeMap<String, String> {
    let others = report.cases.iter().filter_map(|run| {
        let why = match &run.verdict {
            Verdict::Pass | Verdict::Warn(_) => return None,
            Verdict::Fail(failure) => format!("fails: {}", failure.what),
            Verdict::Skip(why) | Verdict::Error(why) => why.to_string(),
        };
        Some((format!("{:?}", run.case), why))
    });
    others.collect()
}
