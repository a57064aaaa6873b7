//! `mqttspec replay`: a case is shown and played step by step, can be cut off, and becomes a program.

#[expect(dead_code, reason = "only the deaf server is used here")]
mod common;
#[path = "common/typed.rs"]
mod typed;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Output},
};

use common::fake::{Answer, fake};
use mqttspec_broker::{core::Config, shell::Embedded};
use typed::typed;

const CASE: &str = "3.12-pingreq/answered/each-one";
const RETAINS: &str = "3.08-subscribe/replaced/options";
const DELIVERY: &str = "3.09-suback/reason-codes/in-order";

/// Runs `mqttspec replay` with this standard input.
fn replay(arguments: &[&str], input: &str) -> Output {
    typed(&[&["replay"], arguments].concat(), input)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn reference() -> (Embedded, String) {
    let broker =
        Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().expect("a URL")]).expect("it starts");
    let url = broker.urls()[0].to_string();
    (broker, url)
}

#[test]
fn each_step_is_shown_before_it_is_played() {
    let output = replay(&[CASE, "--mqtt-version", "v5", "--step"], "\n\n\nhelp\n\n\n\n\n");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
    let mut rest = &*shown;
    for part in [
        "v5 3.12-pingreq/answered/each-one  Every PINGREQ is answered",
        "3.12-pingreq/answered.yaml:4:11; its topics and Client Identifiers begin with ",
        "    8 | connected: [a]\n      |             ^\nEnter",
        " s  a -> CONNECT: {client_id: ",
        "\n            10 ",
        " s  a <- CONNACK: {",
        "   11 | - a -> PINGREQ\n? ",
        " s  a -> PINGREQ\n            C0 00\n",
        "   12 | - a -> PINGREQ\n? ",
        "   13 | - a -> PINGREQ\n? \nEnter begins the step, c plays",
        "   14 | - a <- PINGRESP\n? ",
        "   16 | - a <- PINGRESP\n? ",
        "DISCONNECT: {reason_code: normal_disconnection}  (by the suite)",
        "v5 3.12-pingreq/answered/each-one  pass",
        "1 passed, 0 failed",
    ] {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is not in what follows:\n{rest}"));
        rest = after;
    }
}

#[test]
fn case_can_be_cut_off_and_leaves_nothing_behind() {
    let (_broker, url) = reference();
    let theirs = b"\x31\x07\0\x04minex";
    let mut stream = connect(&url);
    stream.write_all(theirs).expect("written");
    assert_eq!(retained(stream), 1);
    // the retained message is sent by the fifth of six steps
    let output = replay(&[RETAINS, &url, "--step"], "\n\n\n\n\nq\n");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("retain: true, packet_id: "), "{shown}");
    assert_eq!(shown.matches("? ").count(), 6, "{shown}");
    assert!(shown.contains("sub -> DISCONNECT"), "{shown}");
    assert!(shown.contains("stopped before a step, as you asked") && !shown.contains("left on the broker"), "{shown}");
    assert_eq!(retained(connect(&url)), 1, "only what was there before is left");
}

#[test]
fn no_other_version_is_played_after_q_or_the_end_of_the_input() {
    for typed in ["q\n", ""] {
        let output = replay(&[CASE, "--step"], typed);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert_eq!(shown.matches("begin with").count(), 1, "{typed:?}: {shown}");
    }
}

#[test]
fn on_a_pipe_it_does_not_wait() {
    let output = replay(&[CASE, "--mqtt-version", "v3.1.1"], "q\n");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(!shown.contains("Enter") && shown.contains("   16 | - a <- PINGRESP"), "{shown}");
    // `c` stops waiting
    let output = replay(&[CASE, "--mqtt-version", "v3.1.1", "--step"], "c\n");
    assert_eq!((output.status.code(), text(&output.stdout).matches("? ").count()), (Some(0), 1));
}

#[test]
fn failure_is_explained_as_by_check() {
    let deaf = fake("mqtt", Answer::Deaf { v5: false });
    let output = replay(&[DELIVERY, &deaf, "--mqtt-version", "v3.1.1"], "");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    let rerun = format!("  rerun      mqttspec check {deaf} --mqtt-version v3.1.1 --only {DELIVERY}");
    for part in ["FAIL  v3.1.1 3.09-suback", "  statement  v3.1.1 [MQTT-", "  failed     ", "  expected   ", &rerun] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
}

/// What was played becomes a program that finds the same again, and something else elsewhere.
#[test]
fn program_repeats_what_was_played() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("not run: python3 is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("repeat.py");
    let run = |url: &str| {
        let output = Command::new("python3").arg(&program).arg(url).output().expect("python3 starts");
        (output.status.code(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
    };
    let ((_broker, url), deaf) = (reference(), fake("mqtt", Answer::Deaf { v5: false }));
    let script = |url: &str, code: i32| {
        let output = replay(&[DELIVERY, url, "--mqtt-version", "v3.1.1", "--script"], "");
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(" | - "), "the steps go to standard error");
        fs::write(&program, output.stdout).expect("written");
    };
    script(&url, 0);
    let (code, shown) = run(&url);
    assert!(code == Some(0) && shown.contains("Everything comes as it was recorded."), "{shown}");
    let (code, shown) = run(&deaf);
    assert!(code == Some(1) && shown.contains("Not everything comes as it was recorded."), "{shown}");
    script(&deaf, 1);
    let (code, shown) = run(&deaf);
    assert!(code == Some(1) && shown.contains("This broker does what was reported."), "{shown}");
    let (code, shown) = run(&url);
    assert!(code == Some(0) && shown.contains("This broker does not do what was reported."), "{shown}");
}

#[test]
fn case_that_is_not_named_well_is_not_played() {
    for (arguments, says) in [
        (&["3.12-pingreq/answered/each-on"][..], "did you mean `3.12-pingreq/answered/each-one`?"),
        (&["3.12"], "`3.12` matches 4 cases, and one can be played; name it:\n  3.12-pingreq/answered/each-one\n"),
        (&["3", "--no-wait"], " more; see `mqttspec list --only 3`"),
        (&["3.15-auth/not-asked-for/*", "--mqtt-version", "v3.1.1"], "matches"),
        (&[RETAINS, "--mqtt-version", "v3.1.1"], "3.08-subscribe/replaced/options is a case only of v5"),
        (&[CASE, "--script"], "choose one with --mqtt-version"),
        (&[CASE, "http://127.0.0.1"], "mqtt://"),
    ] {
        let output = replay(arguments, "");
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{arguments:?}: {error}");
        assert!(error.contains(says), "{says:?} is not in {error}");
    }
}

/// A connection on which CONNECT was sent.
fn connect(url: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("mqtt://").trim_end_matches('/')).expect("it listens");
    stream.write_all(b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01z").expect("written");
    stream
}

/// How many retained messages a subscriber to `#` gets.
fn retained(mut stream: TcpStream) -> usize {
    stream.write_all(b"\x82\x06\0\x01\0\x01#\0\xC0\0").expect("written");
    let (mut publishes, mut packet) = (0, [0; 2]);
    loop {
        stream.read_exact(&mut packet).expect("a packet of fewer than 128 bytes");
        let mut body = vec![0; usize::from(packet[1])];
        stream.read_exact(&mut body).expect("whole");
        match packet[0] >> 4 {
            3 => publishes += 1,
            13 => return publishes,
            _ => {}
        }
    }
}
