//! Each rule has a traffic that breaks it and one that keeps it.

mod answers;
mod limits;
mod opening;
mod requests;
mod text;

use std::{collections::BTreeSet, time::Duration};

use mqttspec::conduct::{Connection, End, Rule, Session};
use mqttspec_codec::Version;

use self::text::{breaches, rules};

/// A rule, the versions that have it, and traffic, written as `text` says.
struct Example {
    rule: Rule,
    versions: &'static str,
    breaks: &'static str,
    keeps: &'static str,
}

fn examples() -> impl Iterator<Item = &'static Example> {
    [opening::EXAMPLES, limits::EXAMPLES, requests::EXAMPLES, answers::EXAMPLES].into_iter().flatten()
}

fn versions(example: &Example) -> Vec<Version> {
    let named = |name| match name {
        "v3.1.1" => Version::V3_1_1,
        _ => Version::V5,
    };
    example.versions.split(' ').map(named).collect()
}

#[test]
fn every_rule_is_broken_and_kept() {
    let mut wrong = Vec::new();
    for example in examples() {
        for version in versions(example) {
            let broken = breaches(version, example.breaks);
            if broken.iter().map(|breach| breach.rule).ne([example.rule]) {
                wrong.push(format!("{:?} in {version}: {broken:?}\n{}", example.rule, example.breaks));
            }
            let kept = breaches(version, example.keeps);
            if !kept.is_empty() {
                wrong.push(format!("{:?} in {version} is kept: {kept:?}\n{}", example.rule, example.keeps));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_rule_has_an_example_in_each_of_its_versions() {
    let shown: BTreeSet<_> =
        examples().flat_map(|example| versions(example).into_iter().map(|version| (example.rule, version))).collect();
    for rule in Rule::ALL.iter().copied().filter(|rule| *rule != Rule::Legal) {
        for version in [Version::V3_1_1, Version::V5] {
            let has_rule = !rule.statements(version).is_empty();
            assert_eq!(shown.contains(&(rule, version)), has_rule, "{rule:?} in {version}");
        }
    }
}

#[test]
fn illegal_bytes_break_the_statement_that_the_codec_names() {
    for (version, statement) in [(Version::V3_1_1, "MQTT-3.8.3-4"), (Version::V5, "MQTT-3.8.3-5")] {
        let properties = if version == Version::V5 { "00" } else { "" };
        let length = if version == Version::V5 { "07" } else { "06" };
        let found = breaches(version, &format!("> hex 82 {length} 00 0A {properties} 00 01 61 40"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].rule, &found[0].statements[..]), (Rule::Legal, &[statement][..]));
    }
    // a sender must not write what a receiver may tolerate
    let found = breaches(Version::V5, "> hex 82 08 00 0A 80 00 00 01 61 00");
    assert_eq!(found[0].statements, ["MQTT-1.5.5-1"]);
    let found = breaches(Version::V3_1_1, "> hex 30 04 00 01 01 6D");
    assert_eq!(found[0].statements, ["3.1.1§1.5.3-a"]);
}

#[test]
fn nothing_is_judged_after_bytes_that_are_wrong_on_purpose() {
    assert_eq!(
        rules(
            Version::V5,
            "~ hex 82 02 00 0A\n> PUBACK: {packet_id: 7}\n> SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: a}]}"
        ),
        []
    );
    // legal bytes in hex change nothing
    assert_eq!(rules(Version::V5, "~ hex C0 00\n> PUBACK: {packet_id: 7}"), [Rule::AnswersNothing]);
}

#[test]
fn a_packet_that_was_begun_on_purpose_is_not_judged() {
    assert_eq!(rules(Version::V5, "~ hex 82 02\n> hex 00 0A\n> PUBACK: {packet_id: 7}"), []);
}

#[test]
fn a_packet_that_is_lost_halfway_leaves_the_session_unknown() {
    let lost = "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK\n~ hex 32 7F 00\ndrop\n\
        > CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n\
        > PUBLISH: {topic: t, qos: 1, packet_id: 7, dup: true}";
    assert_eq!(rules(Version::V3_1_1, lost), []);
}

#[test]
fn packet_boundaries_do_not_matter() {
    let mut connection = Connection::new(Some(Session::default()), None);
    let stream = b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x00\x00\x00\xC0\x00\x40\x02\x00\x07";
    let mut found = Vec::new();
    for byte in stream {
        found.extend(connection.sent(Duration::ZERO, &[*byte]));
    }
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].to_string(), "PUBACK 7, which answers no PUBLISH (AnswersNothing, v3.1.1 [MQTT-2.3.1-6])");
    assert_eq!(connection.end(Duration::ZERO, End::ByClient).0, []);
}
