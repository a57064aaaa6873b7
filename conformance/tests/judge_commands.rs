//! The commands of the judge: framing, late observations, leftovers.

use std::time::Duration;

use mqttspec::{
    judge::{Command, ConnectionNumber, FenceBy, Judge, Levels, Observation, Setup, Verdict},
    vector::{Library, Prefix, RunContext},
};
use mqttspec_codec::Version;

const CONNACK: &[u8] = &[0x20, 3, 0, 0, 0];
const START: Duration = Duration::ZERO;

fn judge(case: &str) -> Judge {
    let text = format!("title: T\nversions: [v5]\ncites: {{v5: [MQTT-3.1.4-5]}}\ncases:\n  - name: c\n{case}");
    let library = Library::parse("t.yaml", &text).unwrap();
    let prefix = Prefix { level: "p".to_owned(), letters: "p".to_owned() };
    let context = RunContext { prefix, known: Default::default(), run: "run".to_owned() };
    let script = library.cases().next().unwrap().script(&context).unwrap();
    assert_eq!(script.version, Version::V5);
    let setup = Setup {
        round_trip: Duration::ZERO,
        deadline: Duration::from_secs(5),
        fence_by: FenceBy::Ping,
        settling: Duration::ZERO,
        user_name: Some("user".to_owned()),
        password: Some(b"word".to_vec()),
        limits: Default::default(),
        subject: Vec::new(),
        levels: Levels::default(),
    };
    Judge::new(script, setup)
}

fn open(judge: &mut Judge) -> ConnectionNumber {
    let Command::Open { connection, explicit: false, node: 1, .. } = judge.next(START) else { panic!("no Open") };
    judge.observe(START, Observation::Opened { connection, subprotocol: None });
    connection
}

fn sent(judge: &mut Judge) -> Vec<Vec<u8>> {
    match judge.next(START) {
        Command::Send { pieces, .. } => pieces,
        other => panic!("{other:?} instead of Send"),
    }
}

fn framed(framing: &str) -> Judge {
    let steps = "steps:\n      - a -> CONNECT: {user_name: u}\n      - a -> PINGREQ\n      - a <- CONNACK\n";
    judge(&format!("{framing}    {steps}      - a <- PINGRESP\n"))
}

#[test]
fn each_packet_is_a_piece() {
    let mut judge = framed("");
    open(&mut judge);
    let connect = sent(&mut judge).concat();
    assert_eq!(connect[0], 0x10);
    assert!(connect.ends_with(b"\0\x02pa\0\x01u"), "the client's own identifier, and no password of the run");
    assert_eq!(sent(&mut judge), [[0xC0, 0]]);
}

#[test]
fn each_byte_is_a_piece() {
    let mut judge = framed("    framing: bytes\n");
    open(&mut judge);
    assert!(sent(&mut judge).iter().all(|piece| piece.len() == 1));
    assert_eq!(sent(&mut judge), [[0xC0], [0]]);
}

#[test]
fn packets_are_split_in_two_unless_they_are_short() {
    let mut judge = framed("    framing: {cut: 3}\n");
    open(&mut judge);
    assert_eq!(sent(&mut judge).iter().map(Vec::len).collect::<Vec<_>>(), [3, 17]);
    assert_eq!(sent(&mut judge), [[0xC0, 0]]);
}

#[test]
fn consecutive_sends_are_one_piece() {
    let mut judge = framed("    framing: joined\n");
    open(&mut judge);
    let pieces = sent(&mut judge);
    assert_eq!(pieces.len(), 1);
    assert!(pieces[0].starts_with(&[0x10]) && pieces[0].ends_with(&[0xC0, 0]));
    assert!(matches!(judge.next(START), Command::Wait(_)));
}

#[test]
fn login_of_the_run_is_the_default() {
    let mut judge = judge("    steps:\n      - a -> CONNECT\n      - a <- CONNACK\n");
    open(&mut judge);
    assert!(sent(&mut judge).concat().ends_with(b"\0\x04user\0\x04word"));
}

#[test]
fn late_observations_of_an_old_connection_are_ignored() {
    let mut judge = judge("    steps:\n      - a => CONNECT\n      - a -> drop\n      - a => CONNECT\n");
    let old = open(&mut judge);
    sent(&mut judge);
    judge.observe(START, Observation::Bytes { connection: old, bytes: CONNACK.to_vec() });
    assert_eq!(judge.next(START), Command::Drop(old));
    let grace = Duration::from_millis(20);
    assert_eq!(judge.next(START), Command::Wait(grace));
    judge.observe(START, Observation::Bytes { connection: old, bytes: b"nonsense".to_vec() });
    let Command::Open { connection: new, .. } = judge.next(grace) else { panic!("no Open") };
    assert_ne!(new, old);
    judge.observe(grace, Observation::Opened { connection: new, subprotocol: None });
    judge.observe(grace, Observation::Ended { connection: old, how: "late".to_owned() });
    judge.observe(grace, Observation::Bytes { connection: old, bytes: b"nonsense".to_vec() });
    assert!(matches!(judge.next(grace), Command::Send { connection, .. } if connection == new));
    judge.observe(grace, Observation::Bytes { connection: new, bytes: CONNACK.to_vec() });
    assert!(matches!(judge.next(grace), Command::Send { .. }), "the last fence");
}

#[test]
fn transport_violation_fails_the_case() {
    let mut judge = judge("    steps:\n      - a => CONNECT\n");
    let connection = open(&mut judge);
    sent(&mut judge);
    let what = "a text frame".to_owned();
    judge.observe(START, Observation::TransportViolation { connection, what, statement: Some("MQTT-6.0.0-1") });
    while judge.next(START) != Command::Done {}
    let Verdict::Fail(failure) = judge.finish().verdict else { panic!("no failure") };
    let statement = failure.accusation.statement.map(|cited| cited.id);
    assert_eq!((&*failure.what, statement.as_deref()), ("a: a text frame", Some("MQTT-6.0.0-1")));
}

#[test]
fn command_that_the_player_cannot_carry_out_is_an_error() {
    let mut judge = judge("    steps:\n      - a => CONNECT\n");
    let _ = judge.next(START);
    judge.observe(START, Observation::Unable("no frames".to_owned()));
    assert_eq!(judge.next(START), Command::Done);
    assert_eq!(judge.finish().verdict, Verdict::Error("no frames".to_owned().into()));
}

#[test]
fn stopped_case_is_an_error_and_reports_its_leftovers() {
    let steps = "    steps:\n      - a => CONNECT: {session_expiry_interval: 60, will: {topic: w, retain: true}}\n      - a => PUBLISH: {topic: t, retain: true}\n";
    let mut judge = judge(steps);
    let connection = open(&mut judge);
    sent(&mut judge);
    judge.observe(START, Observation::Bytes { connection, bytes: CONNACK.to_vec() });
    sent(&mut judge);
    let outcome = judge.finish();
    assert!(matches!(outcome.verdict, Verdict::Error(_)));
    assert_eq!(outcome.leftovers.sessions, [(1, "pa".to_owned())]);
    assert_eq!(outcome.leftovers.retained, [b"p/t".to_vec(), b"p/w".to_vec()]);
}

#[test]
fn transcript_marks_automatic_packets() {
    let mut judge = judge("    steps:\n      - a => CONNECT\n");
    let connection = open(&mut judge);
    sent(&mut judge);
    judge.observe(START, Observation::Bytes { connection, bytes: CONNACK.to_vec() });
    assert_eq!(sent(&mut judge), [[0xC0, 0]]);
    judge.observe(START, Observation::Bytes { connection, bytes: vec![0xD0, 0] });
    let transcript = judge.finish().transcript;
    let lines: Vec<(&str, bool)> =
        transcript.iter().map(|line| (line.text.split(':').next().unwrap(), line.automatic)).collect();
    assert_eq!(lines, [("open", false), ("CONNECT", false), ("CONNACK", false), ("PINGREQ", true), ("PINGRESP", true)]);
}

#[test]
fn time_of_a_write_does_not_count_against_the_broker() {
    // the write took a second; `within` counts from its end, `after` from its beginning
    let mut judge = judge("    steps:\n      - a -> CONNECT\n      - a <- CONNACK: {after: 1500ms, within: 1600ms}\n");
    let connection = open(&mut judge);
    sent(&mut judge);
    let at = Duration::from_millis;
    assert_eq!(judge.next(at(1000)), Command::Wait(at(2600)));
    judge.observe(at(2400), Observation::Bytes { connection, bytes: CONNACK.to_vec() });
    while !matches!(judge.next(at(2400)), Command::Wait(_)) {}
    assert!(matches!(judge.finish().verdict, Verdict::Error(why) if why.contains("stopped before its end")));
}

#[test]
fn pings_follow_the_effective_keep_alive() {
    // CONNACK with Server Keep Alive 2, and without: three quarters of 2 seconds, and the longest silence
    for (connack, milliseconds) in [(&[0x20, 6, 0, 0, 3, 0x13, 0, 2][..], 1500), (CONNACK, 3000)] {
        let mut judge = judge("    steps:\n      - a => CONNECT\n      - wait: 100s\n");
        let connection = open(&mut judge);
        sent(&mut judge);
        judge.observe(START, Observation::Bytes { connection, bytes: connack.to_vec() });
        let due = Duration::from_millis(milliseconds);
        assert_eq!(judge.next(START), Command::Wait(due));
        assert_eq!(judge.next(due), Command::Send { connection, pieces: vec![vec![0xC0, 0]] });
        assert_eq!(judge.next(due), Command::Wait(due * 2));
    }
}

#[test]
fn case_that_is_played_step_by_step_waits_before_each() {
    let steps = "    steps:\n      - a -> CONNECT: {keep_alive: 10}\n      - a <- CONNACK\n      - b => CONNECT\n";
    let mut judge = judge(steps).stepwise();
    let step = |judge: &mut Judge, now: Duration| match judge.next(now) {
        Command::Step(step) => step,
        other => panic!("{other:?} instead of Step"),
    };
    let later = Duration::from_secs(1);
    let first = step(&mut judge, START);
    assert_eq!((&*first.text, first.place.line), ("a -> CONNECT: {keep_alive: 10}", 7));
    assert!(matches!(judge.next(START), Command::Wait(_)), "it is told once, and waits");
    judge.observe(START, Observation::GoOn);
    let connection = open(&mut judge);
    assert_eq!(sent(&mut judge).concat()[0], 0x10, "a send that waits for its connection is one step");
    assert_eq!(&*step(&mut judge, later).text, "a <- CONNACK");
    // what comes before the step begins is kept for it
    judge.observe(later, Observation::Bytes { connection, bytes: CONNACK.to_vec() });
    assert!(matches!(judge.next(later), Command::Wait(_)));
    judge.observe(later, Observation::GoOn);
    let third = step(&mut judge, later);
    assert_eq!(&*third.text, "b => CONNECT");
    assert_eq!(third.keep_alives, [("a".into(), 10)], "nobody pings for it");
    judge.observe(later, Observation::Unable("enough".to_owned()));
    assert_eq!(judge.next(later), Command::Send { connection, pieces: vec![vec![0xE0, 0]] });
    assert_eq!(judge.next(later), Command::Close(connection));
    assert_eq!(judge.next(later), Command::Done);
    assert_eq!(judge.finish().verdict, Verdict::Error("enough".into()));
}

#[test]
fn failure_is_not_the_brokers_if_a_keep_alive_passed_while_time_stood_still() {
    let steps = "    steps:\n      - a -> CONNECT: {keep_alive: 10}\n      - a <- CONNACK\n      - a <- PINGRESP\n";
    for (stood, fails) in [(9900, true), (10_000, false)] {
        let mut judge = judge(steps).stepwise();
        let step = |judge: &mut Judge| assert!(matches!(judge.next(START), Command::Step(_)));
        step(&mut judge);
        judge.observe(START, Observation::GoOn);
        let connection = open(&mut judge);
        sent(&mut judge);
        step(&mut judge);
        judge.observe(START, Observation::Bytes { connection, bytes: CONNACK.to_vec() });
        judge.observe(START, Observation::GoOn);
        step(&mut judge);
        judge.stand(Duration::from_millis(stood));
        judge.observe(START, Observation::Ended { connection, how: "closed".to_owned() });
        judge.observe(START, Observation::GoOn);
        assert_eq!(judge.next(START), Command::Done);
        match judge.finish().verdict {
            Verdict::Fail(_) => assert!(fails, "{stood} ms"),
            Verdict::Error(why) => assert!(!fails && why.contains("the Keep Alive of a, 10 s, passed"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn connections_are_kept_alive_while_time_stands_still() {
    let mut judge = judge("    steps:\n      - a => CONNECT\n      - wait: 1s\n").stepwise();
    let at = Duration::from_millis;
    assert!(matches!(judge.next(START), Command::Step(_)));
    judge.observe(START, Observation::GoOn);
    let connection = open(&mut judge);
    sent(&mut judge);
    judge.observe(at(100), Observation::Bytes { connection, bytes: CONNACK.to_vec() });
    assert!(matches!(judge.next(at(100)), Command::Step(step) if step.keep_alives.is_empty()));
    // half of the longest silence, and 100 ms of it were before
    let ping = Command::Send { connection, pieces: vec![vec![0xC0, 0]] };
    for (stood, pings) in [(1399, false), (1400, true), (1600, false), (2900, true), (3000, false)] {
        judge.stand(at(stood));
        assert_eq!(judge.next(at(100)) == ping, pings, "{stood} ms");
    }
    judge.observe(at(100), Observation::Bytes { connection, bytes: vec![0xD0, 0] });
    judge.observe(at(100), Observation::GoOn);
    judge.stand(at(9000));
    assert_eq!(judge.next(at(100)), Command::Wait(at(1100)), "it is the step that waits now");
    judge.observe(at(200), Observation::Bytes { connection, bytes: vec![0xD0, 0] });
    let transcript = judge.finish().transcript;
    let shown: Vec<&str> = transcript.iter().map(|entry| entry.text.split(':').next().unwrap_or_default()).collect();
    assert_eq!(shown, ["open", "CONNECT", "CONNACK"], "the exchange is the same as without stops");
}
