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
    library
        .cases()
        .filter(|case| matches!(case.expected, Expected::Malformed { .. }))
        .flat_map(|case| broken(case))
        .collect()
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
const WITHOUT: &[(&[&str], &[&str], &str)] = &[
    (
        &[
            "MQTT-2.2.2-1",
            "MQTT-3.1.2-13",
            "MQTT-3.1.3-4",
            "MQTT-3.1.3-10",
            "MQTT-3.1.3-11",
            "MQTT-3.3.2-1",
            "MQTT-3.8.3-1",
            "MQTT-3.10.3-1",
            "MQTT-4.3.1-1",
            "MQTT-4.7.3-2",
        ],
        &[
            "5.0§1.5.4-a",
            "5.0§1.5.4-b",
            "5.0§1.5.7-a",
            "MQTT-1.5.7-1",
            "5.0§2.1.3-a",
            "MQTT-3.1.3-4",
            "MQTT-3.1.3-11",
            "MQTT-3.1.3-12",
            "MQTT-3.3.2-1",
            "MQTT-3.3.2-13",
            "MQTT-3.3.2-19",
            "5.0§3.3.1.2-a",
            "MQTT-3.8.3-1",
            "5.0§3.8.3-a",
            "MQTT-3.10.3-1",
            "5.0§3.10.3-a",
            "MQTT-4.3.1-1",
            "MQTT-4.7.3-2",
        ],
        "the codec names a more general statement, or the other one of two, for the same bytes",
    ),
    (
        &[
            "MQTT-2.3.1-5",
            "MQTT-3.1.2-9",
            "MQTT-3.1.2-18",
            "MQTT-3.1.2-19",
            "MQTT-3.1.2-20",
            "MQTT-3.1.2-21",
            "MQTT-3.1.3-1",
            "MQTT-3.1.3-3",
        ],
        &[
            "MQTT-2.2.1-2",
            "5.0§2.2.2.2-m",
            "MQTT-3.1.2-9",
            "MQTT-3.1.2-16",
            "MQTT-3.1.2-17",
            "MQTT-3.1.2-18",
            "MQTT-3.1.2-19",
            "MQTT-3.1.3-1",
            "MQTT-3.1.3-3",
        ],
        "a field that is missing, added or elsewhere is read as another one, or the packet as too short or too long",
    ),
    (
        &["MQTT-1.5.3-3", "3.1.1§2.3.1-a", "3.1.1§4.3.1-a", "3.1.1§4.4-a", "3.1.1§6-a"],
        &[
            "MQTT-1.5.4-3",
            "5.0§1.5.4-d",
            "5.0§2.2.1-a",
            "5.0§2.2.2.2-n",
            "5.0§3.1.2.11.8-a",
            "5.0§3.3.2.3.2-b",
            "5.0§3.3.2.3.3-a",
            "5.0§3.3.2.3.4-b",
            "5.0§3.4.2.1-a",
            "5.0§3.5.2.1-a",
            "5.0§3.6.2.1-a",
            "5.0§3.7.2.1-a",
            "5.0§3.14.2.1-a",
            "5.0§4.3.1-a",
            "5.0§4.13.2-b",
            "5.0§6-a",
        ],
        "it allows something, or says what packets mean, so no Client can break it",
    ),
    (&["MQTT-4.7.3-3"], &["MQTT-4.7.3-3"], "a length of two bytes cannot be higher"),
    (
        &["MQTT-3.1.3-2", "MQTT-4.1.0-1"],
        &["MQTT-3.1.3-2", "MQTT-4.1.0-1", "MQTT-4.3.3-9"],
        "it is about what the Client remembers; a rule is about the packets that show it",
    ),
    (
        &["MQTT-4.8.0-2"],
        &["MQTT-3.3.2-10", "5.0§3.3.2.3.2-a", "MQTT-4.12.1-2"],
        "it is about what the Client makes of a packet, and nobody sees why it closes a connection",
    ),
    (&[], &["MQTT-3.3.4-8", "MQTT-4.3.3-7", "MQTT-4.9.0-3"], "nobody sees what the Client has to send and does not"),
    (
        &["MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3"],
        &["MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3"],
        "the bytes of MQTT do not show the frames that they came in, nor the handshake",
    ),
    (
        &["MQTT-7.0.0-2", "MQTT-7.1.2-1"],
        &["MQTT-4.2.0-1"],
        "it is about what a Client can do at all, not about a connection",
    ),
];
