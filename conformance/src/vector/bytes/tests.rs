//! Mistakes in files of bytes, and cases that must fail.

use crate::{source::LoadError, vector::PacketLibrary};

/// A file with one case, whose keys begin in line 2, column 6.
fn parse(case: &str) -> Result<PacketLibrary, Vec<LoadError>> {
    PacketLibrary::parse("a.yaml", &format!("cases:\n  - {{{case}}}\n"))
}

#[test]
fn mistakes_have_a_place() {
    for (case, column, what) in [
        ("bytes: {v5: C000}, packet: PINGREQ", 5, "a case needs `name`"),
        ("name: N, bytes: {v5: C000}, packet: PINGREQ", 12, "not a valid case name"),
        ("name: n, packet: PINGREQ", 5, "a case needs `bytes`"),
        ("name: n, bytes: C000, packet: PINGREQ", 22, "hex by version"),
        ("name: n, bytes: {v4: C000}, packet: PINGREQ", 23, "`v4` is not a version"),
        ("name: n, bytes: {}, packet: PINGREQ", 5, "bytes for at least one version"),
        ("name: n, bytes: {v5: \"\"}, packet: PINGREQ", 27, "at least one byte"),
        ("name: n, bytes: {v5: C00}, packet: PINGREQ", 29, "odd number of hex digits"),
        ("name: n, bytes: {v5: \"C000 | 00\"}, packet: PINGREQ", 33, "`|` is not allowed here"),
        ("name: n, bytes: {v5: C000}", 5, "exactly one of `packet`, `decodes_to`"),
        ("name: n, bytes: {v5: C000}, packet: PINGREQ, incomplete: 1", 5, "exactly one of `packet`, `decodes_to`"),
        ("name: n, bytes: {v5: C000}, packet: {v3.1.1: PINGREQ}", 42, "has no value for v5"),
        ("name: n, bytes: {v5: C000}, packet: {PINGREQ: {qos: 1}}", 53, "unknown field `qos` in PINGREQ"),
        (
            "name: n, bytes: {v5: C000}, malformed: {kind: x, at: 0, reason_code: banned}",
            52,
            "unknown kind of error `x`",
        ),
        ("name: n, bytes: {v5: C000}, malformed: {kind: truncated, at: 0}", 45, "needs `reason_code` in v5"),
        ("name: n, bytes: {v5: C000}, malformed: {kind: truncated, reason_code: banned}", 45, "needs `at`"),
        ("name: n, bytes: {v5: C000}, refuse: [control_character], packet: PINGREQ", 43, "`control_characters`?"),
        ("name: n, bytes: {v5: C000}, incomplete: 0", 46, "the number of missing bytes"),
        ("name: n, cites: {v5: [MQTT-nine]}, bytes: {v5: C000}, packet: PINGREQ", 28, "no statement [MQTT-nine]"),
        ("name: n, cites: {v3.1.1: []}, bytes: {v5: C000}, packet: PINGREQ", 23, "the case has no bytes for it"),
        ("name: n, bites: {v5: C000}, packet: PINGREQ", 5, "a case needs `bytes`"),
    ] {
        let errors = parse(case).expect_err(case);
        let found = errors.iter().find(|error| error.what.contains(what)).unwrap_or(&errors[0]);
        assert!(found.what.contains(what), "{case}\n{found}");
        assert_eq!((found.place.line, found.place.column), (2, column), "{case}\n{found}");
    }
}

/// Each of these contradicts the codec.
#[test]
fn cases_that_contradict_the_codec_fail() {
    for (case, what) in [
        ("bytes: {v5: C000}, packet: PINGRESP", "expected PINGRESP"),
        ("bytes: {v5: C000 00}, packet: PINGREQ", "length of the packet: expected 3, found 2"),
        ("bytes: {v5: C0 80 00}, packet: PINGREQ", "encoded to other bytes"),
        ("bytes: {v5: C000}, decodes_to: PINGREQ", "write `packet`"),
        ("bytes: {v5: \"30 * ['t'] 00 'm'\"}, packet: {PUBLISH: {topic: t}}", "another packet"),
        ("bytes: {v5: \"31 * ['t'] 00\"}, packet: {PUBLISH: {topic: t}}", "another packet"),
        ("bytes: {v5: \"30 * ['t'] (01 00)\"}, packet: {PUBLISH: {topic: t}}", "another packet"),
        ("bytes: {v5: \"10 * ['MQTT'] 05 00 003C 00 []\"}, packet: {CONNECT: {}}", "another packet"),
        ("bytes: {v5: C000}, incomplete: 1", "decoded without an error: PINGREQ"),
        ("bytes: {v5: 30 05 00}, incomplete: 3", "incomplete: expected 3, found 4"),
        ("bytes: {v5: 30 05 00}, packet: PINGREQ", "the packet is incomplete"),
        ("bytes: {v5: C100}, packet: PINGREQ", "malformed PINGREQ at byte 0"),
        ("bytes: {v5: C0 80 00}, refuse: [over_long_integers], decodes_to: PINGREQ", "malformed PINGREQ at byte 1"),
        ("bytes: {v5: C100}, malformed: {kind: truncated, at: 0, reason_code: malformed_packet}", "kind: expected"),
        (
            "bytes: {v5: C100}, malformed: {kind: fixed_header_flags, at: 1, reason_code: malformed_packet}",
            "at: expected 1, found 0",
        ),
        (
            "bytes: {v5: C100}, malformed: {kind: fixed_header_flags, at: 0, reason_code: banned}",
            "reason_code: expected",
        ),
        (
            "cites: {v5: [MQTT-1.5.4-1]}, bytes: {v5: C100}, malformed: {kind: fixed_header_flags, at: 0, reason_code: malformed_packet}",
            "violation of [MQTT-2.1.3-1], which the case does not cite",
        ),
    ] {
        let library = parse(&format!("name: n, {case}")).unwrap_or_else(|errors| panic!("{case}\n{}", errors[0]));
        let verdict = library.cases().next().unwrap().check();
        assert!(verdict.as_ref().is_err_and(|why| why.contains(what)), "{case}\n{verdict:?}");
    }
}

#[test]
fn values_by_version() {
    let library = parse(
        "name: n, bytes: {v3.1: 6A 020001, v3.1.1: 62 020001, v5: 62 020001}, \
         packet: {PUBREL: {packet_id: 1, reason_code: {v5: success}}}",
    );
    let verdicts: Vec<bool> = library.unwrap().cases().map(|case| case.check().is_ok()).collect();
    assert_eq!(verdicts, [false, true, true], "DUP in v3.1 is legal, not canonical");
    let limit = "name: n, maximum_packet_size: 4, bytes: {v5: \"30 05\"}, \
                 malformed: {kind: packet_too_large, at: 1, reason_code: packet_too_large}";
    assert_eq!(parse(limit).unwrap().cases().next().unwrap().check(), Ok(()));
}
