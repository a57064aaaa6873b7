//! Reports made by hand, and a text that breaks out of every format that does not escape it.

#![allow(dead_code, reason = "each test uses some of it")]

use mqttspec::{
    Text,
    report::document::{Case, CaseName, Deviation, Document, Entry, Failure, Observed, Run, Verdict, Way, statements},
};

/// What a broker could say.
pub const HOSTILE: &str = "|<script>alert('x')</script>`*b*` @someone #1 [l](http://x) ]]> &amp; \"q\" %0A::error::x, \
                           ::warning::y $m$ \u{FFFE}\u{1B}[31m\n</pre></details>\n# h\r\n| a | b |";

/// As it is kept.
pub fn statement_of(text: &str) -> String {
    Text::from(text).replace('\u{FFFE}', "\u{FFFD}")
}

pub fn document(runs: Vec<Run>) -> Document {
    Document { runs, ..Document::default() }
}

/// A run with these cases, and a deviation for each statement and failure that they accuse.
pub fn run(target: &str, cases: Vec<Case>) -> Run {
    let mut run = Run { target: target.into(), rerun: Some("mqtt://there".into()), ..Run::default() };
    run.began = Some("2024-05-06T07:08:09.123Z".into());
    let tally = &mut run.summary.tally;
    for case in &cases {
        match case.verdict {
            Verdict::Pass => tally.pass += 1,
            Verdict::Warn => tally.warn += 1,
            Verdict::Fail => tally.fail += 1,
            Verdict::Blocked => tally.blocked += 1,
            Verdict::Skip => tally.skip += 1,
            Verdict::Error => tally.error += 1,
        }
    }
    run.summary.exit_code = u8::from(tally.fail > 0);
    for case in cases.iter().filter(|case| case.verdict == Verdict::Fail) {
        run.deviations.push(deviation(case));
    }
    run.summary.deviations = run.deviations.len();
    run.statements = statements(&cases);
    run.cases = cases;
    run
}

pub fn deviation(case: &Case) -> Deviation {
    let accused = case.accused.clone().expect("a statement");
    let what = case.failure.as_ref().expect("a failure").what.clone();
    Deviation {
        key: what.clone(),
        what,
        statements: [(case.version.clone(), vec![accused])].into(),
        clearest: case.name(),
        inferred: false,
        closing: false,
        known: case.expected_failure.is_some(),
        witnesses: Vec::new(),
        blocked: Vec::new(),
        kept: Vec::new(),
    }
}

pub fn named(id: &str) -> CaseName {
    CaseName { version: "v5".into(), id: id.into() }
}

pub fn case(id: &str, version: &str, verdict: Verdict) -> Case {
    let read = serde_json::json!({
        "id": id, "version": version, "prefix": "p", "title": HOSTILE, "source": "a.yaml:1:1", "statements": ["MQTT-3.1.2-24"],
        "verdict": verdict, "milliseconds": 12.5,
    });
    let mut case: Case = serde_json::from_value(read).expect("a case");
    if matches!(verdict, Verdict::Skip | Verdict::Error) {
        case.reason = Some(HOSTILE.into());
    }
    case
}

pub fn failing(id: &str, version: &str, accused: &str, what: &str) -> Case {
    let mut case = case(id, version, Verdict::Fail);
    case.statements = vec![accused.into()];
    case.accused = Some(accused.into());
    case.how = Some("own".into());
    case.failure = Some(Failure {
        what: what.into(),
        source: Some("a.yaml:2:3".into()),
        step: Some("- client: <- CONNACK".into()),
        expected: vec!["CONNACK".into()],
        observed: Some(Observed {
            connection: "client".into(),
            packet: HOSTILE.into(),
            hex: "20020085".into(),
            wrong_byte: Some(3),
        }),
    });
    case.transcript = Some(vec![Entry {
        milliseconds: 1.0,
        connection: "client".into(),
        direction: Way::Received,
        packet: HOSTILE.into(),
        hex: "20020085".into(),
        automatic: false,
    }]);
    case
}
