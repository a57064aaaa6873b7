//! What failed cases accuse, and what a run makes of it: the table of statements, and brokers that are wrong in one way.

#[cfg(feature = "reference")]
#[path = "common/behind.rs"]
mod behind;
#[cfg(feature = "reference")]
#[path = "common/each_packet.rs"]
mod each_packet;

use std::collections::BTreeSet;

use mqttspec::{
    judge::Cell,
    registry::{Binds, Registry},
};
use mqttspec_codec::Version;

#[test]
fn accused_statements_exist_and_bind_the_server() {
    let registry = Registry::embedded().unwrap();
    let mut wrong = Vec::new();
    for cell in Cell::ALL {
        for version in [Version::V3_1_1, Version::V5] {
            for id in cell.statements(version) {
                match registry.get(version, id) {
                    None => wrong.push(format!("{}: {version} [{id}] does not exist", cell.name())),
                    Some(statement) if statement.binds == Binds::Client => {
                        wrong.push(format!("{}: {version} [{id}] binds the Client", cell.name()));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_of_the_table_have_names_of_their_own_and_a_statement() {
    let mut names = BTreeSet::new();
    for cell in Cell::ALL {
        assert!(names.insert(cell.name()), "{} is there twice", cell.name());
        let any = [Version::V3_1_1, Version::V5].iter().any(|version| !cell.statements(*version).is_empty());
        assert!(any, "{} has no statement", cell.name());
    }
}

#[cfg(feature = "reference")]
mod runs {
    use mqttspec::{Deviation, Filter, Reference, Report, Suite, Verdict, transport::Passage};

    use super::each_packet::faulty;

    fn run(change: fn(&mut [u8]), only: &[&str]) -> Report {
        let filter = only.iter().fold(Filter::default(), |filter, only| filter.only(only).unwrap());
        let suite = Suite::embedded().unwrap().filter(filter);
        let faulty = || {
            faulty(Reference::default(), move |passage| {
                if let Passage::ToClient(_, bytes) = passage {
                    change(bytes);
                }
            })
        };
        suite.run_in_memory(faulty, &mut ()).unwrap()
    }

    /// Session Present is never set.
    fn never_present(bytes: &mut [u8]) {
        if let [0x20, _, flags, ..] = bytes {
            *flags = 0;
        }
    }

    fn statements(deviation: &Deviation) -> Vec<(String, &str)> {
        let each = deviation.statements.iter();
        each.flat_map(|(version, ids)| ids.iter().map(move |id| (version.to_string(), id.as_str()))).collect()
    }

    #[test]
    fn a_case_that_only_needs_what_is_broken_is_blocked() {
        let tests = "3.02-connack/session-present/stored-though-empty";
        let needs = "4.04-delivery-retry/resumed-from-the-client/qos-2-pubrel";
        let report = run(never_present, &[tests, needs]);
        let [deviation] = &report.summary.deviations[..] else { panic!("{:#?}", report.summary.deviations) };
        assert_eq!(deviation.key.name(), "session_not_present");
        assert!(statements(deviation).contains(&("v5".to_owned(), "MQTT-3.2.2-3")));
        assert_eq!(deviation.clearest.id, tests);
        assert!(!deviation.blocked.is_empty() && deviation.blocked.iter().all(|case| case.id == needs));
        assert_eq!(report.summary.tally.blocked, deviation.blocked.len());
        assert_eq!(report.summary.exit_code(), 1);
        let blocked = report.cases.iter().filter(|run| run.blocked_by.is_some());
        assert!(blocked.clone().all(|run| matches!(run.verdict, Verdict::Fail(_)) && run.verdict_name() == "blocked"));
        // what only the blocked cases cite was not tested
        let verdicts: Vec<&str> = report
            .summary
            .coverage
            .iter()
            .filter(|(cited, _)| blocked.clone().any(|run| run.case.cites.contains(cited)))
            .map(|(_, verdict)| verdict.name())
            .collect();
        assert!(verdicts.contains(&"not run") && !verdicts.contains(&"fail"), "{verdicts:?}");
    }

    #[test]
    fn without_a_case_about_it_a_deviation_is_inferred() {
        let report = run(never_present, &["4.09-flow-control/server-within-receive-maximum/anew-for-each-connection"]);
        let [deviation] = &report.summary.deviations[..] else { panic!("{:#?}", report.summary.deviations) };
        assert!(deviation.inferred && deviation.blocked.is_empty());
        assert_eq!(report.summary.tally.blocked, 0);
    }

    #[test]
    fn a_conformant_broker_has_no_deviations() {
        let report = run(|_| {}, &["3.02-connack", "3.12-pingreq"]);
        assert!(report.summary.deviations.is_empty());
        assert_eq!(report.complaint(), "");
    }
}
