//! `mqttspec decode` and `encode`: text, JSON, exit codes, and that each is the inverse of the other.

mod capture;
mod caret;
mod notations;
mod stats;

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use mqttspec::vector::{PACKET_CASE_KEYS, PACKET_FILE_KEYS};
use mqttspec_codec::Tolerated;
use serde_json::{Value, json};

fn mqttspec(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // in a thread, because writing and reading could otherwise block each other
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic");
    output
}

#[track_caller]
fn prints(arguments: &[&str], input: &[u8], code: i32) -> String {
    let output = mqttspec(arguments, input);
    let (out, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{out}\n{error}");
    assert_eq!(error.is_empty(), code != 2, "{error}");
    format!("{out}{error}")
}

#[track_caller]
fn objects(arguments: &[&str], input: &[u8], code: i32) -> Vec<Value> {
    let text = prints(arguments, input, code);
    let lines = text.lines().filter(|line| !line.starts_with("mqttspec: "));
    lines.map(|line| serde_json::from_str(line).expect(line)).collect()
}

const MALFORMED_SUBSCRIBE: &str = "82 07 000A 00 000161 40";
/// CONNECT of v3.1.1, SUBSCRIBE, PUBLISH at QoS 1.
const STREAM: &str = "10 0D 00044D515454 04 02 003C 000161  82 06 000A 000161 01  32 08 0001 61 0007 68690A";

#[test]
fn malformed_packet_is_shown_with_the_wrong_byte() {
    insta::assert_snapshot!(prints(&["decode", MALFORMED_SUBSCRIBE], b"", 1), @r"
    malformed SUBSCRIBE at byte 8: reserved bits are set (v5 [MQTT-3.8.3-5])
      reason code malformed_packet (0x81)
      82 07 00 0A 00 00 01 61 40
                              ^^ byte 8
    ");
}

#[test]
fn stream_is_decoded_for_the_version_of_its_connect() {
    insta::assert_snapshot!(prints(&["decode", STREAM], b"", 0), @r#"
    CONNECT: {client_id: a, clean_start: true, keep_alive: 60}
    SUBSCRIBE: {packet_id: 10, subscriptions: [{filter: a, qos: 1}]}
    PUBLISH: {topic: a, qos: 1, packet_id: 7, payload: "hi\n"}
    "#);
}

#[test]
fn arguments_files_standard_input_and_raw_bytes_decode_the_same() {
    let wanted = "PUBACK: {packet_id: 10, reason_code: success}\nPINGREQ\n";
    let folder = tempfile::tempdir().unwrap();
    let (hex, raw) = (folder.path().join("hex"), folder.path().join("raw"));
    fs::write(&hex, "40 02 000a\n c0\t00\r\n").unwrap();
    fs::write(&raw, [0x40, 2, 0, 10, 0xC0, 0]).unwrap();
    let (hex, raw) = (hex.to_str().unwrap(), raw.to_str().unwrap());
    assert_eq!(prints(&["decode", "4002", "000A", "C000"], b"", 0), wanted);
    assert_eq!(prints(&["decode", "--file", hex], b"", 0), wanted);
    assert_eq!(prints(&["decode", "--raw", "--file", raw], b"", 0), wanted);
    assert_eq!(prints(&["decode"], b"4002000AC000", 0), wanted);
    assert_eq!(prints(&["decode", "--raw", "--file", "-"], &[0x40, 2, 0, 10, 0xC0, 0], 0), wanted);
    assert_eq!(prints(&["decode"], b"", 0), "");
}

#[test]
fn version_option_applies_to_streams_without_connect() {
    let dup = "6A 02 0001";
    assert_eq!(prints(&["decode", "--mqtt-version", "v3.1", dup], b"", 0), "PUBREL: {packet_id: 1}\n");
    assert!(prints(&["decode", "--mqtt-version", "v3.1.1", dup], b"", 1).contains("(v3.1.1 [MQTT-3.6.1-1])"));
    assert!(prints(&["decode", dup], b"", 1).contains("(v5 [MQTT-3.6.1-1])"));
    assert!(prints(&["decode", "--mqtt-version", "v4", dup], b"", 2).contains("expected v3.1, v3.1.1 or v5"));
}

#[test]
fn optional_violations_are_refused_on_request() {
    // a bell in the Topic Name, U+FFFF in the next, an over-long Remaining Length
    let stream = "30 05 0002 61 07 00  30 06 0003 EFBFBF 00  C0 80 00";
    insta::assert_snapshot!(prints(&["decode", stream], b"", 0), @r#"
    PUBLISH: {topic: "a\x07"}
    PUBLISH: {topic: "\uFFFF"}
    PINGREQ
    "#);
    let text = prints(&["decode", "--refuse", "control_characters,over_long_integers", stream], b"", 1);
    insta::assert_snapshot!(text, @r#"
    malformed PUBLISH at byte 5: a string contains a control character (v5 [5.0§1.5.4-c])
      reason code malformed_packet (0x81)
      30 05 00 02 61 07 00
                     ^^ byte 5
    PUBLISH: {topic: "\uFFFF"}
    malformed PINGREQ at byte 1: a variable byte integer is longer than necessary (v5 [MQTT-1.5.5-1])
      reason code malformed_packet (0x81)
      C0 80 00
         ^^ byte 1
    "#);
    let text = prints(&["decode", "--mqtt-version", "v3.1.1", "--refuse", "all", "30 05 0003 EFBFBF"], b"", 1);
    assert!(text.contains("a noncharacter (v3.1.1 [3.1.1§1.5.3-a])"), "{text}");
    let objects = objects(&["decode", "--json", "--refuse", "all", stream], b"", 1);
    let kinds: Vec<&Value> = objects.iter().map(|object| &object["kind"]).collect();
    assert_eq!(kinds, ["control_character", "non_character", "over_long_integer"]);
    assert!(prints(&["decode", "--refuse", "nothing", stream], b"", 2).contains("possible values: over_long_integers"));
}

#[test]
fn missing_bytes_are_counted() {
    insta::assert_snapshot!(prints(&["decode", "C000 30 20 00"], b"", 1), @r"
    PINGREQ
    incomplete PUBLISH after 3 bytes: 31 missing
      30 20 00
               ^^ byte 3
    ");
    assert!(prints(&["decode", "30 80"], b"", 1).contains("incomplete PUBLISH after 2 bytes: at least 1 missing"));
}

#[test]
fn json_prints_one_object_per_packet() {
    assert_eq!(
        objects(&["decode", "--json", MALFORMED_SUBSCRIBE], b"", 1)[0],
        json!({
            "ok": false, "version": "v5", "packet": "SUBSCRIBE", "kind": "reserved_bits", "at": 8,
            "statement": "MQTT-3.8.3-5", "reason_code": "malformed_packet", "hex": "82 07 00 0A 00 00 01 61 40",
            "text": "malformed SUBSCRIBE at byte 8: reserved bits are set (v5 [MQTT-3.8.3-5])",
        })
    );
    let publish = &objects(&["decode", "--json", "32 09 000161 0007 02 0101 FF"], b"", 0)[0];
    assert_eq!(
        *publish,
        json!({
            "ok": true, "version": "v5", "packet": "PUBLISH", "hex": "32 09 00 01 61 00 07 02 01 01 FF",
            "fields": {
                "topic": "a", "qos": 1, "dup": false, "retain": false, "packet_id": 7,
                "payload": {"hex": "FF"}, "payload_format_indicator": 1,
            },
            "text": "PUBLISH: {topic: a, qos: 1, packet_id: 7, payload: {hex: \"FF\"}, payload_format_indicator: 1}",
        })
    );
    let connect = &objects(&["decode", "--json", STREAM], b"", 0)[1];
    assert_eq!(connect["fields"]["subscriptions"], json!([{"filter": "a", "qos": 1}]));
    assert_eq!(connect["version"], "v3.1.1");
    let suback = &objects(&["decode", "--json", "90 06 0001 00 00 80 87"], b"", 0)[0];
    assert_eq!(suback["fields"]["reason_codes"], json!(["granted_qos_0", "unspecified_error", "not_authorized"]));
    let incomplete = &objects(&["decode", "--json", "30 20 00"], b"", 1)[0];
    assert_eq!(
        (&incomplete["kind"], &incomplete["missing"], &incomplete["at"]),
        (&json!("incomplete"), &json!(31), &json!(3))
    );
}

#[test]
fn bad_line_does_not_stop_the_others() {
    let input = b"C000\n\n8207000A0000016140\nD000 C000\nC0";
    insta::assert_snapshot!(prints(&["decode", "--lines"], input, 1), @r"
    PINGREQ
    line 3: malformed SUBSCRIBE at byte 8: reserved bits are set (v5 [MQTT-3.8.3-5])
      reason code malformed_packet (0x81)
      82 07 00 0A 00 00 01 61 40
                              ^^ byte 8
    PINGRESP
    PINGREQ
    line 5: incomplete PINGREQ after 1 byte: at least 1 missing
      C0
         ^^ byte 1
    ");
    let lines: Vec<u64> =
        objects(&["decode", "--lines", "--json"], input, 1).iter().map(|o| o["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 3, 4, 4, 5]);
    let found = objects(&["decode", "--lines", "--json"], b"zz\nC000\n00 0\n", 2);
    assert_eq!(found.iter().map(|o| o["ok"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!((&found[2]["kind"], &found[2]["line"], &found[2]["column"]), (&json!("not_hex"), &json!(3), &json!(4)));
}

#[test]
fn invalid_hex_is_reported_with_its_place() {
    assert!(prints(&["decode", "C0 0G"], b"", 2).contains("arguments: line 1, column 5: 'G' is not a hex digit"));
    assert!(
        prints(&["decode"], b"C000\nC0 0", 2).contains("standard input: line 2, column 4: odd number of hex digits")
    );
    assert!(prints(&["decode"], &[0xC0, 0], 2).contains("use --raw"));
    assert!(prints(&["decode", "--file", "/no/such/file"], b"", 2).contains("cannot read /no/such/file"));
    for pair in [["--raw", "C000"], ["--lines", "C000"], ["--raw", "--lines"], ["--file=x", "C000"]] {
        assert!(prints(&["decode", pair[0], pair[1]], b"", 2).contains("cannot be used with"), "{pair:?}");
    }
}

#[test]
fn packets_are_encoded_to_hex() {
    let publish = "PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: m}";
    assert_eq!(prints(&["encode", publish, "PINGREQ"], b"", 0), "32 07 00 01 74 00 07 00 6D\nC0 00\n");
    assert_eq!(prints(&["encode", "--mqtt-version", "v3.1.1", publish], b"", 0), "32 06 00 01 74 00 07 6D\n");
    assert_eq!(prints(&["encode"], b"PINGREQ\n\n{\"PUBACK\": {\"packet_id\": 7}}\n", 0), "C0 00\n40 02 00 07\n");
    let connect = prints(&["encode", "--mqtt-version", "v3.1", "CONNECT: {}"], b"", 0);
    assert_eq!(connect, "10 0E 00 06 4D 51 49 73 64 70 03 02 00 3C 00 00\n");
    let decoded = prints(&["decode", &connect], b"", 0);
    assert_eq!(decoded, "CONNECT: {client_id: \"\", clean_start: true, keep_alive: 60}\n");
}

#[test]
fn mistakes_have_a_place_and_other_packets_are_encoded() {
    insta::assert_snapshot!(prints(&["encode"], b"PINGREQ\nPUBLISH: {topic: t, qso: 1}\nPUBREL: {}\n", 2), @r"
    C0 00
    mqttspec: standard input:2:21: unknown field `qso` in PUBLISH; did you mean `qos`?
    2 | PUBLISH: {topic: t, qso: 1}
      |                     ^
    mqttspec: standard input:3:1: PUBREL needs `packet_id`, a number from 1 to 65535
    3 | PUBREL: {}
      | ^
    ");
    assert!(
        prints(&["encode", "PUBLISH: {topic: a/+}"], b"", 2)
            .contains("argument 1:1:1: PUBLISH cannot be encoded in v5")
    );
}

#[test]
fn readme_lists_all_keys_of_packets() {
    let page = mqttspec_vectors::get("README.md").unwrap();
    let section = page.split("## Bytes and packets").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    for key in PACKET_FILE_KEYS.iter().chain(&PACKET_CASE_KEYS) {
        assert!(section.contains(&format!("`{key}`")), "{key} is not in the README");
    }
    for freedom in Tolerated::ALL {
        assert!(section.contains(&format!("`{}`", freedom.name())), "{freedom:?} is not in the README");
    }
}
