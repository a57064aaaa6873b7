//! Every statement that binds a Client has a rule, or a reason why it has none. The rules name statements that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec::{
    conduct::{Connection, Duty, Rule, Session},
    registry::{Binds, Observable, Registry, Statement},
    vector::{Expected, PacketCase, PacketLibrary, encode},
};
use mqttspec_codec::{PacketType, Version};

const VERSIONS: [Version; 2] = [Version::V3_1_1, Version::V5];

#[test]
fn rules_name_statements_of_the_registry() {
    let registry = Registry::embedded().expect("the registry loads");
    for rule in Rule::ALL {
        for version in VERSIONS {
            for id in rule.statements(version) {
                let statement =
                    registry.get(version, id).unwrap_or_else(|| panic!("{rule:?}: {version} has no [{id}]"));
                let binds_client = statement.binds != Binds::Server;
                assert_eq!(
                    binds_client,
                    rule.duty() == Duty::Own,
                    "{rule:?}: {version} [{id}] binds the {}",
                    statement.binds
                );
            }
        }
    }
}

#[test]
fn every_statement_that_binds_a_client_has_a_rule_or_a_reason() {
    let registry = Registry::embedded().expect("the registry loads");
    let mut reasons: BTreeMap<(Version, &str), &str> = BTreeMap::new();
    for (ids_v3_1_1, ids_v5, why) in WITHOUT {
        reasons.extend(ids_v3_1_1.iter().map(|id| ((Version::V3_1_1, *id), *why)));
        reasons.extend(ids_v5.iter().map(|id| ((Version::V5, *id), *why)));
    }
    let legal = statements_of_illegal_packets();
    let (mut missing, mut needless) = (Vec::new(), Vec::new());
    for statement in registry.iter().filter(|statement| statement.binds != Binds::Server) {
        let (version, id) = (statement.version, statement.id.as_str());
        let has_rule =
            Rule::ALL.iter().any(|rule| rule.statements(version).contains(&id)) || legal.contains(&(version, id));
        match (has_rule, reasons.remove(&(version, id))) {
            (false, None) => missing.push(line(statement)),
            (true, Some(_)) => needless.push(line(statement)),
            _ => {}
        }
    }
    assert!(missing.is_empty(), "{} without a rule or a reason:\n{}", missing.len(), missing.join("\n"));
    assert!(needless.is_empty(), "have a rule, and need no reason:\n{}", needless.join("\n"));
    assert!(reasons.is_empty(), "bind no Client: {reasons:?}");
}

fn line(statement: &Statement) -> String {
    let codec = if statement.observable.contains(&Observable::Codec) { "codec" } else { "" };
    format!("{} [{}] {codec}: {}", statement.version, statement.id, statement.says)
}

/// The statements that illegal packets of a Client are found to break: those of the byte vectors.
fn statements_of_illegal_packets() -> BTreeSet<(Version, &'static str)> {
    let library = PacketLibrary::embedded().expect("the vectors load");
    library.cases().filter(|case| matches!(case.expected, Expected::Malformed { .. })).flat_map(broken).collect()
}

fn broken(case: &PacketCase) -> Vec<(Version, &'static str)> {
    let mut connection = Connection::new(Some(Session::default()), None).in_version(case.version);
    let is_connect = case.bytes.first().is_some_and(|first| first >> 4 == PacketType::Connect.number());
    if !is_connect {
        let connect = encode("CONNECT: {client_id: a}", case.version).expect("a packet");
        assert_eq!(connection.sent(Duration::ZERO, &connect), []);
    }
    let breaches = connection.sent(Duration::ZERO, &case.bytes);
    let illegal = breaches.into_iter().filter(|breach| breach.rule == Rule::Legal);
    illegal.flat_map(|breach| breach.statements.into_iter().map(move |id| (breach.version, id))).collect()
}

/// Ids of v3.1.1, ids of v5, and why no rule is about them.
const WITHOUT: &[(&[&str], &[&str], &str)] = &[];
