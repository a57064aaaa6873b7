//! Mistakes in vectors. Each has a line and a column, and its message says what was expected.

use mqttspec::vector::{Library, LoadError};

/// The first mistake in a string.
fn mistake(text: &str) -> LoadError {
    Library::parse("file.yaml", text).expect_err(text).remove(0)
}

/// The first mistake in steps, which begin in line 6, column 7.
fn in_steps(steps: &str) -> LoadError {
    let steps: Vec<String> = steps.lines().map(|line| format!("      {line}")).collect();
    mistake(&format!("title: t\nversions: [v3.1.1, v5]\ncases:\n  - name: n\n    steps:\n{}\n", steps.join("\n")))
}

/// Checks that each mistake has the place and the text of its row in the table.
#[track_caller]
fn assert_mistakes(found: impl IntoIterator<Item = (LoadError, u64, u64, &'static str)>) {
    let wrong = found.into_iter().filter(|(error, line, column, fragment)| {
        (error.place.line, error.place.column) != (*line, *column) || !error.what.contains(fragment)
    });
    let wrong: Vec<String> = wrong
        .map(|(error, line, column, fragment)| format!("{error}\n  expected {line}:{column}: {fragment}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn mistakes_in_keys_of_files_and_cases() {
    let cases: &[(&str, u64, u64, &'static str)] = &[
        ("title: t\n", 1, 1, "a file of vectors needs `cases`"),
        ("title: 1\ncases: []\n", 1, 8, "expected a string, found a number; quote it"),
        ("titel: t\ncases: []\n", 1, 1, "did you mean `title`?"),
        ("title: t\ntitle: u\ncases: []\n", 2, 1, "duplicate mapping key: title"),
        ("title: t\ncases: []\n", 1, 1, "at least one case"),
        ("title: t\ncases:\n  - name: N\n    steps: []\n", 3, 11, "not a valid case name"),
        ("title: t\ncases:\n  - name: n\n    steps: []\n", 3, 11, "neither the case nor its file has `versions`"),
        (
            "title: t\nversions: [v4]\ncases:\n  - {name: n, steps: []}\n",
            2,
            12,
            "unknown version `v4`; did you mean `v5`?",
        ),
        ("title: t\nversions: [v5, v5]\ncases:\n  - {name: n, steps: []}\n", 2, 16, "v5 appears twice"),
        (
            "title: t\nversions: [v5]\ncases:\n  - {name: n, steps: []}\n  - {name: n, steps: []}\n",
            5,
            12,
            "this file already has a case `n`",
        ),
        (
            "title: t\nversions: [v5]\ncites: {v5: [MQTT-3.1.2-240]}\ncases:\n  - {name: n, steps: []}\n",
            3,
            14,
            "v5 has no statement [MQTT-3.1.2-240]; did you mean",
        ),
        (
            "title: t\nversions: [v5]\ncites: [MQTT-3.1.2-24]\ncases:\n  - {name: n, steps: []}\n",
            3,
            8,
            "a map of versions",
        ),
        (
            "title: t\nversions: [v5]\nclient_breaks: {v5: [MQTT-4.6.0-9]}\ncases:\n  - {name: n, steps: []}\n",
            3,
            22,
            "v5 has no statement [MQTT-4.6.0-9]; did you mean",
        ),
        (
            "title: t\nversions: [v5]\nclient_breaks: {v6: [MQTT-4.6.0-2]}\ncases:\n  - {name: n, steps: []}\n",
            3,
            17,
            "expected `client_breaks: {v5: [..]}`",
        ),
        (
            "title: t\nversions: [v5]\nrequires: {recieve_maximum: 1}\ncases:\n  - {name: n, steps: []}\n",
            3,
            12,
            "did you mean `receive_maximum`?",
        ),
        (
            "title: t\nversions: [v5]\nrequires: {restart: yes}\ncases:\n  - {name: n, steps: []}\n",
            3,
            21,
            "expected true or false as `restart`, found `yes`",
        ),
        (
            "title: t\nversions: [v5]\nframing: byte\ncases:\n  - {name: n, steps: []}\n",
            3,
            10,
            "`bytes`, `joined` or `{cut: 3}`",
        ),
        (
            "title: t\nversions: [v5]\nconnected: [Sub]\ncases:\n  - {name: n, steps: []}\n",
            3,
            13,
            "lower-case letters and digits",
        ),
        (
            "title: t\nversions: [v5]\nclients: {b: {node: 2}}\ncases:\n  - {name: n, steps: [a => CONNECT]}\n",
            3,
            11,
            "client `b` is not used",
        ),
        (
            "title: t\nversions: [v5]\ncases:\n  - {name: n, for: {x: 3}, steps: []}\n",
            4,
            24,
            "a list, or a range such as `1..5`",
        ),
        (
            "title: t\nversions: [v5]\ncases:\n  - {name: n, for: {n: 1..$receive_maximum}, steps: []}\n",
            4,
            24,
            "only if `requires` lists it",
        ),
        (
            "title: t\nversions: [v5]\ncases:\n  - {name: n, for: {props: [\"00\"]}, steps: []}\n",
            4,
            21,
            "`$props` is reserved",
        ),
        (
            "title: t\nversions: [v5]\ncases:\n  - {name: n, for: {cites: [a]}, steps: []}\n",
            4,
            21,
            "`$cites` is reserved",
        ),
        (
            "title: t\nversions: [v5]\ncases:\n  - {name: n, for: [{x: 1, cites: {v5: MQTT-3.1.2-240}}], steps: []}\n",
            4,
            40,
            "v5 has no statement [MQTT-3.1.2-240]",
        ),
        ("title: t\nversions: [v5]\ncases:\n  - {name: n, stpes: []}\n", 4, 5, "a case needs `steps`"),
        ("title: {a\n", 1, 8, "unclosed bracket"),
    ];
    assert_mistakes(cases.iter().map(|(text, line, column, fragment)| {
        let errors = Library::parse("file.yaml", text).expect_err(text);
        let found = errors.iter().find(|error| error.what.contains(fragment)).unwrap_or(&errors[0]);
        (found.clone(), *line, *column, *fragment)
    }));
}

#[test]
fn mistakes_in_the_key_of_a_step() {
    let cases: &[(&str, u64, u64, &'static str)] = &[
        ("- a -> CONECT", 6, 9, "did you mean `CONNECT`?"),
        ("- a <- close", 6, 9, "did you mean `closed`?"),
        ("- a->CONNECT", 6, 9, "spaces around the arrow"),
        ("- a => PUBACK", 6, 9, "no exchange begins with PUBACK"),
        ("- a <= PUBREL", 6, 9, "only PUBLISH can be acknowledged"),
        ("- a <- SUBSCRIBE", 6, 9, "a Server never sends SUBSCRIBE"),
        ("- averylongname -> CONNECT", 6, 9, "at most 12"),
        ("- wiat: 3s", 6, 9, "did you mean `wait`?"),
        ("- wait: 3", 6, 15, "a time such as `3s`"),
        ("- broker: stop", 6, 17, "`restart` or `kill`"),
        ("- {a -> CONNECT: {}, b -> CONNECT: {}}", 6, 28, "a step does one thing"),
        ("- a -> CONNECT: {}\n  only: v4", 7, 15, "unknown version `v4`"),
        ("- only: v5", 6, 9, "expected a step such as"),
        ("- a -> AUTH: {authentication_method: m}", 6, 9, "AUTH does not exist in v3.1.1"),
        ("- [a]", 6, 9, "a step such as `a -> CONNECT`"),
        ("- a <- closed\n  only: v5", 7, 13, "mapping values are not allowed"),
        ("- sub => CONNECT\n- sbu <- nothing", 7, 9, "did you mean `sub`?"),
        ("- a -> DISCONNECT\n- a -> PINGREQ", 7, 9, "`a` has sent DISCONNECT"),
    ];
    assert_mistakes(cases.iter().map(|(steps, line, column, fragment)| (in_steps(steps), *line, *column, *fragment)));
}

#[test]
fn mistakes_in_fields() {
    let cases: &[(&str, u64, u64, &'static str)] = &[
        (
            "- a -> PUBLISH: {topic: t, retian: true}",
            6,
            34,
            "unknown field `retian` in PUBLISH; did you mean `retain`?",
        ),
        ("- a -> PUBLISH: {topic: t, qos: 3}", 6, 39, "expected 0, 1 or 2 as `qos`, found `3`"),
        ("- a -> PUBLISH: {topic: 1}", 6, 31, "expected a string, found a number; quote it"),
        ("- a -> PUBLISH: {topic: true}", 6, 31, "found a boolean; quote it"),
        ("- a -> PUBLISH: {topic: }", 6, 29, "write `\"\"` for the empty text"),
        ("- a -> PUBLISH: {topic: a,b}", 6, 33, "unknown field `b` in PUBLISH"),
        ("- a -> PUBLISH: {topic: t, retain: on}", 6, 42, "expected true or false as `retain`, found `on`"),
        ("- a -> PUBLISH: {topic: t, qos: 1, packet_id: 0}", 6, 53, "a number from 1 to 65535"),
        ("- a -> PUBLISH: {topic: t, topic_alias: 1}", 6, 34, "PUBLISH has no `topic_alias` in v3.1.1"),
        ("- a -> PUBLISH: {topic: t, dup: true}", 6, 9, "cannot send this PUBLISH"),
        ("- a -> PUBLISH: {topic: $SYS/x}", 6, 31, "needs `no_prefix: true`"),
        ("- a -> CONNECT: {keep_alive: 65536}", 6, 36, "expected a number from 0 to 65535 as `keep_alive`"),
        ("- a -> CONNECT: {client_id: a234567890123}", 6, 35, "at most 12 characters"),
        ("- a -> CONNECT: {will: {payload: x}}", 6, 30, "a Will needs a `topic`"),
        ("- a -> SUBSCRIBE: {subscriptions: [{qos: 1}]}", 6, 42, "a subscription needs a `filter`"),
        (
            "- a -> SUBSCRIBE: {subscriptions: [{filter: t, retain_handlin: {v5: 1}}]}",
            6,
            54,
            "did you mean `retain_handling`?",
        ),
        ("- a -> SUBSCRIBE: {subscriptions: {filter: t}}", 6, 41, "expected a list, found a map"),
        ("- a -> PUBLISH: {topic: t, payload: {repeat: x}}", 6, 43, "one of `{hex: ..}`"),
        ("- a -> PUBLISH: {topic: {v5: t, x: u}}", 6, 39, "`x` is not a version"),
        ("- a -> PUBLISH: {topic: t, payload: \"${n}\"}", 6, 44, "`$n` may have no value here"),
        ("- a -> PUBLISH: {topic: t, payload: $receive_maximum}", 6, 43, "only if `requires` lists it"),
        ("- a -> CONNECT: {client_id: $id}", 6, 35, "`$id` may have no value here"),
    ];
    assert_mistakes(cases.iter().map(|(steps, line, column, fragment)| (in_steps(steps), *line, *column, *fragment)));
}

#[test]
fn mistakes_in_expectations() {
    let cases: &[(&str, u64, u64, &'static str)] = &[
        ("- a <- PUBACK: {reason_code: {v5: retain_not_supported}}", 7, 41, "PUBACK cannot carry retain_not_supported"),
        ("- a <- closed: {reason_code: malformed_paket}", 7, 36, "did you mean `malformed_packet`?"),
        ("- a <- closed: {after: 3s, within: 2s}", 7, 22, "expected `after` to be earlier than `within`"),
        ("- a <- nothing: {after: 3s}", 7, 23, "`nothing` accepts only `within` and `cites`"),
        ("- a <- closed: {cites: MQTT-3.1.2-22}", 7, 30, "a map of versions to an id"),
        ("- a <- closed: {cites: {v5: [MQTT-3.1.2-22]}}", 7, 35, "expected one id, found a list"),
        ("- a <- closed: {cites: {v5: MQTT-3.1.2-220}}", 7, 35, "v5 has no statement [MQTT-3.1.2-220]; did you mean"),
        ("- a <- closed: {cites: {v4: MQTT-3.1.2-22}}", 7, 31, "`v4` is not a version"),
        ("- a <- closed: {}\n  for: [{x: 1, cites: {v5: MQTT-3.1.2-22}}]", 8, 29, "only in the rows of a whole case"),
        ("- a <- PUBLISH: {topic: t, withn: 2s}", 7, 34, "did you mean `within`?"),
        ("- a <- PUBLISH: {payload: {not: $x}}", 7, 39, "`$x` may have no value here"),
        ("- a <- PUBLISH: {qos: {any: [1]}}", 7, 29, "`qos` accepts a map with any of"),
        ("- a <- PUBLISH: {payload: {at least: 3}}", 7, 33, "it cannot have bounds"),
        ("- all of: [a -> PINGREQ]", 7, 18, "found a send"),
        ("- may: [{wait: 3s}]", 7, 16, "expected an expectation"),
        ("- any of: [a -> PINGREQ]", 7, 18, "found a send"),
        ("- any of: [{steps: [a -> PINGREQ, a <- PINGRESP]}]", 7, 19, "begin with an expectation"),
        ("- any of: [{a <- closed: {}, only: v5}]", 7, 9, "has no alternative for v3.1.1"),
        (
            "- any of:\n    - a <- PUBLISH: {packet_id: $id}\n    - a <- PINGRESP\n- a -> hex: \"40 02 $id\"",
            10,
            26,
            "on every path",
        ),
    ];
    assert_mistakes(cases.iter().map(|(steps, line, column, fragment)| {
        (in_steps(&format!("- a => CONNECT\n{steps}")), *line, *column, *fragment)
    }));
}

#[test]
fn mistakes_in_hex() {
    let cases: &[(&str, u64, &'static str)] = &[
        ("C0 0", 23, "odd number of hex digits"),
        ("C0 0x", 23, "odd number of hex digits"),
        ("C0 x", 23, "`x` is not allowed in hex"),
        ("30 * [@'t", 27, "unclosed `'`"),
        ("30 * [@'t'", 20, "unclosed bracket"),
        ("30 * [@'t')", 30, "mismatched bracket"),
        ("30 * * 00", 25, "a packet has only one `*`"),
        ("30 [ * ]", 25, "not allowed inside brackets"),
        ("30 ]", 23, "`]` is not allowed"),
        ("40 02 $id", 26, "`$id` may have no value here"),
        ("40 02 $", 26, "expected a name after `$`"),
    ];
    assert_mistakes(
        cases
            .iter()
            .map(|(hex, column, fragment)| (in_steps(&format!("- a -> hex: \"{hex}\"")), 6, *column, *fragment)),
    );
    assert_mistakes([(in_steps("- a -> hex: 20"), 6, 19, "quote it")]);
}

#[test]
fn mistakes_are_printed_with_line_and_caret() {
    let text = "\
title: t
versions: [v5]
cases:
  - name: n
    for: {bytes: [\"30 * [@'t\"]}
    steps:
      - pub -> PUBLISH: {topic: t, retian: true}
      - pub -> PUBLISH: {topic: t, qos: 3}
      - pub <- PUBLSH: {topic: t}
      - pub -> hex: $bytes
";
    let errors = Library::parse("3.03-publish/file.yaml", text).unwrap_err();
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n\n"), @r#"
    3.03-publish/file.yaml:5:27: unclosed `'`
    5 |     for: {bytes: ["30 * [@'t"]}
      |                           ^

    3.03-publish/file.yaml:7:36: unknown field `retian` in PUBLISH; did you mean `retain`?
    7 |       - pub -> PUBLISH: {topic: t, retian: true}
      |                                    ^

    3.03-publish/file.yaml:8:41: expected 0, 1 or 2 as `qos`, found `3`
    8 |       - pub -> PUBLISH: {topic: t, qos: 3}
      |                                         ^

    3.03-publish/file.yaml:9:9: `PUBLSH` is not allowed after this arrow; did you mean `PUBLISH`?
    9 |       - pub <- PUBLSH: {topic: t}
      |         ^
    "#);
}
