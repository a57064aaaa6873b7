//! Lists cases of which a failed expectation names no statement: the case cites several, and neither a rule nor the
//! expectation says which of them is violated. A report then guesses from the other cases of the run.

use std::collections::BTreeSet;

use mqttspec::{
    packet::Value,
    vector::{
        Case, Library, Prefix, RunContext,
        script::{Action, Alternative, Expectation, Expected, Head, Item, Script, Step},
    },
};

/// How many cases, without rows, are undecided. It may only become smaller, by `cites` on the expectations.
const MOST: usize = 92;

#[test]
fn undecided_cases_become_fewer() {
    let library = Library::embedded().unwrap();
    let undecided: BTreeSet<String> = library
        .cases()
        .filter(|case| is_undecided(&case.script(&context(case)).unwrap_or_else(|error| panic!("{error}"))))
        .map(|case| format!("{} {}", case.version, case.id.split_once('[').map_or(&*case.id, |(name, _)| name)))
        .collect();
    let list: Vec<&str> = undecided.iter().map(String::as_str).collect();
    println!("{}", list.join("\n"));
    let count = undecided.len();
    assert!(
        count <= MOST,
        "{count} cases are undecided, and were {MOST}: give their expectations `cites`\n{}",
        list.join("\n")
    );
    assert!(count == MOST, "only {count} cases are undecided: let MOST say so");
}

fn is_undecided(script: &Script) -> bool {
    let mut expectations = Vec::new();
    visit(&script.steps, &mut expectations);
    let elsewhere: BTreeSet<_> = expectations.iter().filter_map(|expectation| expectation.cites.as_ref()).collect();
    let is_own = |id: &str| !["MQTT-4.13.1-1", "MQTT-4.8.0-1"].contains(&id);
    let own = script.cites.iter().filter(|cited| is_own(&cited.id) && !elsewhere.contains(cited)).count();
    // the codec names the statement that illegal bytes violate
    let sends_bytes = script.steps.iter().any(|step| matches!(step.action, Action::Raw(..)));
    own > 1
        && expectations.iter().any(|expectation| expectation.cites.is_none() && says_little(expectation, sends_bytes))
}

/// Whether no rule knows what it means that this is not met.
fn says_little(expectation: &Expectation, sends_bytes: bool) -> bool {
    match &expectation.what {
        Expected::Packet(..) => false,
        Expected::Closed(_) | Expected::Nothing => !sends_bytes,
        Expected::Raw(_) | Expected::Open(_) => true,
    }
}

fn visit<'a>(steps: &'a [Step], found: &mut Vec<&'a Expectation>) {
    for step in steps {
        match &step.action {
            Action::Expect(expectation) => found.push(expectation),
            Action::AllOf(all) => items(all, found),
            Action::AnyOf(any) => any.iter().for_each(|alternative| either(alternative, found)),
            Action::Steps(inner) => visit(inner, found),
            _ => {}
        }
    }
}

/// If no alternative is met, the first one counts.
fn either<'a>(alternative: &'a Alternative, found: &mut Vec<&'a Expectation>) {
    match &alternative.head {
        Head::Expect(expectation) => found.push(expectation),
        Head::AllOf(_, all) => items(all, found),
    }
    visit(&alternative.rest, found);
}

fn items<'a>(all: &'a [Item], found: &mut Vec<&'a Expectation>) {
    for item in all {
        match item {
            Item::One(one) => found.push(one),
            Item::AnyOf(several) | Item::Steps(several) => found.extend(several),
        }
    }
}

/// A broker that offers all that the case needs.
fn context(case: &Case) -> RunContext {
    let prefix = Prefix { level: "LEVEL".to_owned(), letters: "LETTERS".to_owned() };
    let value = |name: &str| match name {
        "denied_topic" => Value::text("not/yours"),
        "maximum_qos" => Value::Number(1),
        _ => Value::Number(20),
    };
    let known = case.requires.iter().map(|(name, _)| (name.clone(), value(name))).collect();
    RunContext { prefix, known, run: "RUN".to_owned() }
}
