//! Compiles cases to scripts: names, versions, rows, prefixes and hex.

use mqttspec::{
    packet::Value,
    vector::{
        Library, Prefix, RunContext,
        script::{Action, Expected, Head, HexPiece, Item, Matcher, Outgoing, Piece, Script, Step, Term},
    },
};
use mqttspec_codec::{PacketType, Version};

fn scripts(keys: &str, steps: &str) -> Vec<Script> {
    let steps: Vec<String> = steps.lines().map(|line| format!("      {line}")).collect();
    let text = format!("title: t\n{keys}\ncases:\n  - name: n\n    steps:\n{}\n", steps.join("\n"));
    let library = Library::parse("file.yaml", &text).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let prefix = Prefix { level: "LEVEL".to_owned(), letters: "LETTERS".to_owned() };
    let known = [("receive_maximum", Value::Number(3)), ("denied_topic", Value::text("not/yours"))];
    let known = known.map(|(name, value)| (name.to_owned(), value)).into();
    let context = RunContext { prefix, known, run: "RUN".to_owned() };
    library.cases().map(|case| case.script(&context).unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// The steps for v5.
fn steps(text: &str) -> Vec<Step> {
    scripts("versions: [v5]", text).remove(0).steps
}

fn hex(version: &str, text: &str) -> Vec<Vec<u8>> {
    let step = scripts(&format!("versions: [{version}]"), &format!("- a -> hex: \"{text}\"")).remove(0).steps.remove(0);
    let Action::Raw(_, packets) = step.action else { panic!("{step:?}") };
    let bytes = |pieces: Vec<HexPiece>| match <[HexPiece; 1]>::try_from(pieces) {
        Ok([HexPiece::Bytes(bytes)]) => bytes,
        other => panic!("{other:?}"),
    };
    packets.into_iter().map(bytes).collect()
}

fn sent(step: &Step) -> &Outgoing {
    match &step.action {
        Action::Send(_, outgoing) | Action::Exchange(_, outgoing) => outgoing,
        other => panic!("{other:?}"),
    }
}

fn text(term: &Term) -> String {
    let Term::Value(Value::Bytes(bytes)) = term else { panic!("{term:?}") };
    String::from_utf8(bytes.clone()).unwrap()
}

fn expected(step: &Step) -> Vec<(&'static str, Matcher)> {
    let Action::Expect(expectation) = &step.action else { panic!("{step:?}") };
    let Expected::Packet(_, fields) = &expectation.what else { panic!("{expectation:?}") };
    fields.clone()
}

#[test]
fn hex_by_version() {
    let connect = "10 * ['MQTT'] $level 02 003C $props [$me]";
    let me = *b"LETTERSa";
    let old = [&[0x10, 20, 0, 4][..], b"MQTT", &[4, 2, 0, 60, 0, 8], &me].concat();
    let new = [&[0x10, 21, 0, 4][..], b"MQTT", &[5, 2, 0, 60, 0, 0, 8], &me].concat();
    assert_eq!(hex("v3.1.1", connect), [old]);
    assert_eq!(hex("v5", connect), [new]);
}

#[test]
fn hex_lengths_and_packets() {
    assert_eq!(hex("v5", "C0 00"), [vec![0xC0, 0]]);
    assert_eq!(hex("v5", "C 0 0 0"), [vec![0xC0, 0]]);
    assert_eq!(
        hex("v5", "30 * [@'t'] (26 ['k'] ['v']) 'm'"),
        [[&[0x30, 18, 0, 7][..], b"LEVEL/t", &[7, 0x26, 0, 1], b"k", &[0, 1], b"vm"].concat()]
    );
    assert_eq!(hex("v5", "C0 * | C0 * 01 | C0"), [vec![0xC0, 0], vec![0xC0, 1, 1], vec![0xC0]]);
    let long = hex("v5", &format!("30 * {}", "00".repeat(200))).remove(0);
    assert_eq!((long.len(), &long[..3]), (203, &[0x30, 0xC8, 0x01][..]));
}

#[test]
fn hex_of_rows_and_of_packet_identifiers() {
    let keys = "versions: [v5]\nconnected: [a]";
    let text = "\
- a <- PUBLISH: {packet_id: $id}
- for: [{tail: \"00 ['x']\", n: 258}]
  a -> hex: \"40 * $id $tail $n '${n}'\"";
    let steps = scripts(keys, text).remove(0).steps;
    let Action::Raw(_, packets) = &steps[2].action else { panic!() };
    let pieces = [
        HexPiece::Bytes(vec![0x40, 11]),
        HexPiece::PacketId("id".into()),
        HexPiece::Bytes(vec![0, 0, 1, b'x', 1, 2, b'2', b'5', b'8']),
    ];
    assert_eq!(packets[0], pieces);
}

#[test]
fn topics_and_client_identifiers_get_the_prefix() {
    let steps = steps(
        "\
- a -> CONNECT: {client_id: me, will: {topic: w, response_topic: r}}
- a -> SUBSCRIBE: {subscriptions: [{filter: \"#\"}, {filter: $share/g/t/+}, {filter: {repeat: l/, times: 2}}]}
- a -> PUBLISH: {topic: \"\", topic_alias: 1}
- a <- PUBLISH: {topic: t, response_topic: {not: r}, packet_id: $id}
- a <- CONNACK: {assigned_client_identifier: $who}
- b -> CONNECT: {client_id: $who}
- b -> PUBLISH: {topic: \"t/${id}\"}
- b -> CONNECT: {client_id: \"\"}",
    );
    let connect = sent(&steps[0]);
    assert_eq!(text(&connect.fields["client_id"]), "LETTERSme");
    let Term::Value(Value::Map(will)) = &connect.fields["will"] else { panic!() };
    assert_eq!(will["topic"], Value::text("LEVEL/w"));
    assert_eq!(will["response_topic"], Value::text("LEVEL/r"));
    let Term::Value(Value::List(subscriptions)) = &sent(&steps[1]).fields["subscriptions"] else { panic!() };
    let filters: Vec<_> = subscriptions
        .iter()
        .map(|subscription| match subscription {
            Value::Map(fields) => fields["filter"].clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(filters, ["LEVEL/#", "$share/g/LEVEL/t/+", "LEVEL/l/l/"].map(Value::text));
    assert_eq!(text(&sent(&steps[2]).fields["topic"]), "");
    let fields = expected(&steps[3]);
    assert_eq!(fields[0], ("topic", Matcher::Is(Term::Value(Value::text("LEVEL/t")))));
    assert_eq!(fields[1].1, Matcher::Not(Box::new(Matcher::Is(Term::Value(Value::text("LEVEL/r"))))));
    assert_eq!(sent(&steps[5]).fields["client_id"], Term::Name("who".into()));
    let pieces = vec![Piece::Literal(b"LEVEL/t/".to_vec()), Piece::Name("id".into())];
    assert_eq!(sent(&steps[6]).fields["topic"], Term::Text(pieces));
    assert_eq!(text(&sent(&steps[7]).fields["client_id"]), "");
}

#[test]
fn no_prefix_leaves_them_unchanged() {
    let script = scripts(
        "versions: [v5]\nno_prefix: true",
        "\
- a -> CONNECT: {client_id: an-identifier-of-thirty-letters}
- a -> SUBSCRIBE: {subscriptions: [{filter: $SYS/#}]}
- a -> PUBLISH: {topic: \"$t${run}/x\"}
- a -> hex: \"30 * [@'t'] 00\"",
    )
    .remove(0);
    assert!(script.no_prefix);
    assert_eq!(text(&sent(&script.steps[0]).fields["client_id"]), "an-identifier-of-thirty-letters");
    assert_eq!(text(&sent(&script.steps[2]).fields["topic"]), "$tRUN/x");
    let Action::Raw(_, packets) = &script.steps[3].action else { panic!() };
    assert_eq!(packets[0], [HexPiece::Bytes(vec![0x30, 4, 0, 1, b't', 0])]);
    assert_eq!(script.clients["a"].client_id, "LETTERSa", "the default still belongs to the run");
}

#[test]
fn required_capabilities_have_values() {
    let script = scripts(
        "versions: [v5]\nrequires: {receive_maximum: {at most: 9}, denied_topic: any}",
        "\
- a => CONNECT
- for: {n: 2..$receive_maximum}
  a -> PUBLISH: {topic: $denied_topic, qos: 1, packet_id: $n, payload: \"${n}\"}",
    )
    .remove(0);
    let ids: Vec<_> = script.steps[1..].iter().map(|step| sent(step).fields["packet_id"].clone()).collect();
    assert_eq!(ids, [2, 3].map(|id| Term::Value(Value::Number(id))));
    assert_eq!(text(&sent(&script.steps[1]).fields["topic"]), "not/yours");
    assert_eq!(text(&sent(&script.steps[2]).fields["payload"]), "3");
}

#[test]
fn values_depend_on_the_version_of_the_acting_client() {
    let keys = "versions: [v5]\nclients: {old: {version: v3.1.1}}";
    let script = scripts(
        keys,
        "\
- new -> CONNECT: {keep_alive: {v3.1.1: 3, v5: 5}, session_expiry_interval: {v5: 9}}
- old -> CONNECT: {keep_alive: {v3.1.1: 3, v5: 5}, session_expiry_interval: {v5: 9}}
- old -> PINGREQ: {}
  only: v5
- new -> PINGREQ: {}
  only: v5
- any of:
    - old <- PINGRESP: {}
      only: v5
    - steps: [new <- PINGRESP, wait: 1s]
      warn: late",
    )
    .remove(0);
    assert_eq!(script.clients["old"].version, Version::V3_1_1);
    assert_eq!(sent(&script.steps[0]).fields.len(), 2);
    assert_eq!(sent(&script.steps[1]).fields, [("keep_alive", Term::Value(Value::Number(3)))].into());
    assert_eq!(script.steps[2].text.as_ref(), "new -> PINGREQ: {}");
    assert!(matches!(script.steps[3].action, Action::Expect(_)), "only one alternative applies");
    assert_eq!((script.steps.len(), script.steps[4].warn.as_deref()), (5, Some("late")));
}

#[test]
fn steps_and_items_are_unrolled_in_order() {
    let steps = steps(
        "\
- a => CONNECT
- for: {x: 1..2}
  steps:
    - for: [{y: a}, {y: b}]
      a -> PUBLISH: {topic: \"${x}/${y}\"}
    - a -> PINGREQ
- a -> SUBSCRIBE: {subscriptions: [{for: {n: 1..3}, filter: \"f/${n}\"}, {filter: last}]}
- a -> UNSUBSCRIBE: {filters: [{for: {n: 1..2}, item: \"f/${n}\"}, last]}
- all of:
    - for: {n: 1..2}
      any of: [a <- PINGRESP, a <- PUBLISH: {payload: \"${n}\"}]
    - steps: [a <- SUBACK, a <- UNSUBACK]",
    );
    let kinds: Vec<PacketType> = steps[1..9].iter().map(|step| sent(step).packet_type).collect();
    use PacketType::{Pingreq, Publish, Subscribe, Unsubscribe};
    assert_eq!(kinds, [Publish, Publish, Pingreq, Publish, Publish, Pingreq, Subscribe, Unsubscribe]);
    assert_eq!(text(&sent(&steps[5]).fields["topic"]), "LEVEL/2/b");
    let Term::Value(Value::List(filters)) = &sent(&steps[8]).fields["filters"] else { panic!() };
    assert_eq!(filters[..], ["LEVEL/f/1", "LEVEL/f/2", "LEVEL/last"].map(Value::text));
    let Action::AllOf(items) = &steps[9].action else { panic!() };
    assert!(matches!(&items[..], [Item::AnyOf(_), Item::AnyOf(_), Item::Steps(_)]));
}

#[test]
fn alternatives_of_any_of() {
    let steps = steps(
        "\
- a => CONNECT
- any of:
    - steps: [a <- PUBACK: {packet_id: $id}, a -> hex: \"00 $id\"]
    - all of: [a <- PINGRESP, a <- SUBACK]
    - a <- closed: {reason_code: {any of: [0x81], warn: [failure]}, within: 2s}
      warn: closed",
    );
    let Action::AnyOf(alternatives) = &steps[1].action else { panic!() };
    assert!(matches!(&alternatives[0].head, Head::Expect(_)));
    assert_eq!(alternatives[0].rest.len(), 1);
    assert!(matches!(&alternatives[1].head, Head::AllOf(_, items) if items.len() == 2));
    assert_eq!(alternatives[2].warn.as_deref(), Some("closed"));
    let Head::Expect(closed) = &alternatives[2].head else { panic!() };
    assert_eq!(closed.within, Some(std::time::Duration::from_secs(2)));
    let code = Matcher::Is(Term::Value(Value::Number(0x81)));
    let Expected::Closed(Some(matcher)) = &closed.what else { panic!() };
    assert_eq!(*matcher, Matcher::AnyOf { hard: vec![code], warn: vec![Matcher::Failure] });
}

#[test]
fn expectations_cite_the_statement_of_their_version() {
    let steps = steps(
        "\
- a => CONNECT
- a <- PUBLISH: {cites: {v3.1.1: MQTT-3.2.2-2, v5: MQTT-3.2.2-3}, qos: 1}
- a <- nothing: {cites: {v3.1.1: MQTT-3.2.2-2}}
- a <- closed: {cites: {v5: MQTT-4.13.1-1}}
- a <- closed",
    );
    let cites: Vec<Option<String>> = steps[1..]
        .iter()
        .map(|step| match &step.action {
            Action::Expect(expectation) => expectation.cites.as_ref().map(ToString::to_string),
            _ => panic!(),
        })
        .collect();
    let v5 = |id: &str| Some(format!("v5 [{id}]"));
    assert_eq!(cites, [v5("MQTT-3.2.2-3"), None, v5("MQTT-4.13.1-1"), None]);
    assert_eq!(expected(&steps[1]).len(), 1, "`cites` is no field of the packet");
}

#[test]
fn matchers_of_lists() {
    let steps = steps("\
- a => CONNECT
- a <- SUBACK: {reason_codes: {each: {any of: [granted_qos_0, 1]}}}
- a <- PUBLISH: {subscription_identifiers: [2, 1], user_properties: [[k, v]], message_expiry_interval: {at least: 3}, payload: any, content_type: absent}");
    let one = |n| Matcher::Is(Term::Value(Value::Number(n)));
    let each = Matcher::Each(Box::new(Matcher::AnyOf { hard: vec![one(0), one(1)], warn: vec![] }));
    assert_eq!(expected(&steps[1]), [("reason_codes", each)]);
    let text = |text| Matcher::Is(Term::Value(Value::text(text)));
    assert_eq!(
        expected(&steps[2]),
        [
            ("subscription_identifiers", Matcher::Unordered(vec![one(2), one(1)])),
            ("user_properties", Matcher::Within(vec![Matcher::Items(vec![text("k"), text("v")])])),
            ("message_expiry_interval", Matcher::Between(3, u64::MAX)),
            ("payload", Matcher::Any),
            ("content_type", Matcher::Absent),
        ]
    );
}
