//! Every case over sockets, with what the suite itself sends beside them: probes, the bystander, the cleaning up.

use std::collections::BTreeSet;

use mqttspec::{
    CaseRun, Filter, Report, Suite, Verdict,
    conduct::{Breach, Rule},
};
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::{Version, connect_version};

use super::{
    proxy::Proxy,
    traffic::{self, Traffic, What},
};

#[test]
fn everything_that_is_sent_over_tcp_conforms() {
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().expect("a URL")]);
    let broker = broker.expect("a free loopback port");
    let proxy = Proxy::start(&broker.urls()[0].to_string());
    let report = play(Suite::embedded().expect("the vectors load"), &proxy.url);
    let cases: Vec<Vec<Traffic>> = report.cases.iter().map(|run| traffic::of_transcript(&run.transcript)).collect();
    conform(&report.cases);
    let own = own(proxy.connections(), &cases);
    for version in [Version::V3_1_1, Version::V5] {
        let connections = own.iter().filter(|traffic| connect_version(&sent(traffic)) == Ok(Some(version))).count();
        assert!(connections > 20, "only {connections} connections of the suite itself in {version}");
    }
    let breaches = as_it_was(&own);
    let breaches: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(breaches.is_empty(), "the suite itself:\n{}", breaches.join("\n"));
}

#[test]
fn cases_that_need_a_websocket_conform() {
    let broker = Embedded::start(Config::default(), &["ws://127.0.0.1:0/mqtt".parse().expect("a URL")]);
    let broker = broker.expect("a free loopback port");
    let filter = Filter::default().only("6.0-websocket").expect("a pattern");
    let suite = Suite::embedded().expect("the vectors load").filter(filter);
    conform(&play(suite, &broker.urls()[0].to_string()).cases);
}

fn play(suite: Suite, url: &str) -> Report {
    suite.run_blocking(&url.parse().expect("a URL"), &mut (), std::future::pending()).expect("the run ends")
}

/// When packets are sent depends on how loaded the machine is; `memory` judges that.
fn conform(cases: &[CaseRun]) {
    let mut wrong = BTreeSet::new();
    for run in cases.iter().filter(|run| matches!(run.verdict, Verdict::Pass | Verdict::Warn(_))) {
        let breaches = as_it_was(&traffic::of_transcript(&run.transcript));
        let timeless = |rule| rule != Rule::KeepAlive && rule != Rule::ServerKeepAlive;
        let unmeant = breaches.iter().filter(|breach| timeless(breach.rule) && !traffic::is_meant(&run.case, breach));
        wrong.extend(unmeant.map(|breach| format!("{:?}: {breach}", run.case)));
    }
    let played = cases.iter().filter(|run| !run.transcript.is_empty()).count();
    assert!(played > 5, "only {played} cases were played");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

fn as_it_was(connections: &[Traffic]) -> Vec<Breach> {
    traffic::judge_with(connections, None, |at| at)
}

/// The connections that are of no case.
fn own(all: Vec<Traffic>, cases: &[Vec<Traffic>]) -> Vec<Traffic> {
    let mut left: Vec<Vec<u8>> = cases.iter().flatten().map(sent).filter(|sent| !sent.is_empty()).collect();
    left.sort_unstable();
    let is_own = |traffic: &Traffic| {
        let sent = sent(traffic);
        let of_a_case = |of_a_case: &&Vec<u8>| of_a_case.starts_with(&sent) || sent.starts_with(of_a_case);
        !sent.is_empty() && !left.iter().any(|stream| of_a_case(&stream))
    };
    all.into_iter().filter(is_own).collect()
}

fn sent(traffic: &Traffic) -> Vec<u8> {
    let sent = traffic.events.iter().filter_map(|(_, what)| match what {
        What::Sent(bytes) | What::Raw(bytes) => Some(&bytes[..]),
        What::Received(_) => None,
    });
    sent.collect::<Vec<_>>().concat()
}
