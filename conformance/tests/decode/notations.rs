//! What people paste: as arguments, in files and from standard input.

use super::*;

const PINGS: &str = "PINGREQ\nPINGRESP\n";

#[test]
fn every_notation_is_read_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    for text in [
        "C000 d000",
        "c0:00:d0:00",
        "c0-00-d0-00",
        "0xC0, 0x00, 0xD0, 0x00",
        r"\xc0\x00\xd0\x00",
        r"b'\xc0\x00\xd0\x00'",
        "{0xC0, 0x00, 0xD0, 0x00}",
        "00000000: c000 d000                                ....",
        "00000000  c0 00 d0 00                                       |....|\n00000004",
        "0000   c0 00 d0 00                                       ....",
        "wADQAA==",
    ] {
        fs::write(&path, text).unwrap();
        assert_eq!(prints(&["decode", text], b"", 0), PINGS);
        assert_eq!(prints(&["decode"], text.as_bytes(), 0), PINGS);
        assert_eq!(prints(&["decode", "-"], text.as_bytes(), 0), PINGS);
        assert_eq!(prints(&["decode", "--file", "-"], text.as_bytes(), 0), PINGS);
        assert_eq!(prints(&["decode", "--file", path.to_str().unwrap()], b"", 0), PINGS);
    }
    let lines = b"wADQAA==\n0xC0,0x00\nc0:00\n";
    assert_eq!(prints(&["decode", "--lines"], lines, 0), "PINGREQ\nPINGRESP\nPINGREQ\nPINGREQ\n");
}

#[test]
fn options_decide_what_can_be_read_in_two_ways() {
    let ambiguous = "0000  c0 00";
    insta::assert_snapshot!(prints(&["decode", ambiguous], b"", 2), @"mqttspec: arguments: line 1, column 1: the first column may be the offsets of a dump, or bytes; use --dump or --hex to say which");
    assert_eq!(prints(&["decode", "--dump", ambiguous], b"", 0), "PINGREQ\n");
    assert!(prints(&["decode", "--hex", ambiguous], b"", 1).starts_with("malformed"));
    assert!(prints(&["decode", "{30, 00}"], b"", 2).contains("may be decimal or hexadecimal; use --hex"));
    assert!(prints(&["decode", "C00G"], b"", 2).contains("'G' is not a hex digit, but all of this may be base64"));
    assert!(prints(&["decode", "--base64", "C00G"], b"", 1).starts_with("malformed"));
    assert_eq!(prints(&["decode", "--base64", "wAA"], b"", 0), "PINGREQ\n");
    for pair in [
        ["--hex", "--dump"],
        ["--dump", "--base64"],
        ["--raw", "--base64"],
        ["--pcap=x", "--raw"],
        ["--dump", "--lines"],
    ] {
        assert!(prints(&["decode", pair[0], pair[1]], b"", 2).contains("cannot be used with"), "{pair:?}");
    }
}

/// The tools themselves, where they are installed.
#[test]
fn dumps_of_installed_tools_are_read() {
    let bytes: Vec<u8> = [0x30, 100, 0, 1, b'a', 0].into_iter().chain(6..=101).chain([0xC0, 0]).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, &bytes).unwrap();
    let wanted = prints(&["decode", "--raw", "--file", path.to_str().unwrap()], b"", 0);
    assert!(wanted.starts_with("PUBLISH: {topic: a, ") && wanted.ends_with("PINGREQ\n"));
    for tool in [
        &["xxd"][..],
        &["xxd", "-p"],
        &["xxd", "-i"],
        &["xxd", "-g", "1", "-u"],
        &["hexdump", "-C"],
        &["od", "-A", "x", "-t", "x1z"],
        &["od", "-t", "x1"],
        &["od", "-A", "n", "-t", "x1"],
        &["base64"],
    ] {
        match Command::new(tool[0]).args(&tool[1..]).arg(&path).output() {
            Ok(output) => assert_eq!(prints(&["decode"], &output.stdout, 0), wanted, "{tool:?}"),
            Err(error) => println!("{} is not checked: {error}", tool[0]),
        }
    }
}
