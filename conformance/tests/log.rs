//! The log of `mqttspec broker`: its content at each level, and that it never contains secrets.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use mqttspec::vector::encode;
use mqttspec_codec::Version;
use serde_json::Value;

#[test]
fn connection_is_logged_from_start_to_end() {
    let log = log_of(&["-v", "--log", "json"], &[]);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("one object per line")).collect();
    let find = |start: &str| {
        let found = lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.starts_with(start)));
        found.unwrap_or_else(|| panic!("no {start:?} in\n{log}"))
    };
    assert_eq!(find("opened")["span"]["transport"], "mqtt");
    let connected = find("connected");
    assert_eq!(connected["span"]["client_id"], "logged");
    assert_eq!(connected["span"]["version"], "v5");
    let received = find("received CONNECT: ");
    assert!(received["message"].as_str().is_some_and(|text| text.contains("password: hidden")), "{received}");
    find("received PUBLISH: {topic: t, payload: m}");
    find("sent CONNACK: ");
    find("sent PINGRESP");
    let closed = find("closed: by the client");
    assert_eq!((&closed["packets_received"], &closed["packets_sent"]), (&3.into(), &2.into()));
    assert!(closed["bytes_received"].as_u64() > Some(40) && closed["bytes_sent"].as_u64() > Some(4), "{closed}");
    let refused = find("refused CONNECT: ");
    assert_eq!((&refused["client_id"], refused["peer"].is_string()), (&"".into(), true), "{refused}");
    find("in memory: ");
}

#[test]
fn passwords_are_never_logged() {
    for flags in [&["-q"][..], &[], &["-v"], &["-vv"], &["-vv", "--log", "json"]] {
        let log = log_of(flags, &[]);
        assert!(!log.contains(PASSWORD), "{flags:?}\n{log}");
        let hex: String = PASSWORD.bytes().map(|byte| format!("{byte:02X} ")).collect();
        assert!(!log.to_uppercase().contains(hex.trim()), "{flags:?}\n{log}");
    }
}

#[test]
fn flags_and_environment_select_the_level() {
    let log = log_of(&[], &[]);
    assert!(log.lines().count() == 1 && log.contains("refused CONNECT: "), "only warnings in a pipe: {log}");
    assert_eq!(log_of(&["-q"], &[]), "");
    let chosen = log_of(&[], &[("MQTTSPEC_LOG", "mqttspec=info")]);
    assert!(chosen.contains("connected") && !chosen.contains("PINGREQ"), "{chosen}");
    let chosen = log_of(&["-q"], &[("MQTTSPEC_LOG", "mqttspec::packets=debug")]);
    assert!(chosen.contains("received PINGREQ") && !chosen.contains("connected"), "{chosen}");
}

/// The log while a client connects, publishes, pings and disconnects, and another is refused.
fn log_of(flags: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
    command.args(["broker", "--listen", "mqtt://127.0.0.1:0"]).args(flags).envs(environment.iter().copied());
    let mut broker = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut line = String::new();
    BufReader::new(broker.stdout.take().expect("piped")).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on mqtt://").expect("the promised line").to_owned();
    let connect = "CONNECT: {clean_start: true, client_id: logged, user_name: u, password: PASSWORD}";
    let packets = [&connect.replace("PASSWORD", PASSWORD), "PUBLISH: {topic: t, payload: m}", "PINGREQ"];
    talk(&address, &packets.map(|packet| encode(packet, Version::V5).unwrap()).concat());
    let refused = format!(
        "CONNECT: {{clean_start: true, client_id: '', authentication_method: none, authentication_data: {PASSWORD}}}"
    );
    talk(&address, &encode(&refused, Version::V5).unwrap());
    assert!(Command::new("kill").args(["-TERM", &broker.id().to_string()]).status().unwrap().success());
    let mut log = String::new();
    broker.stderr.take().expect("piped").read_to_string(&mut log).unwrap();
    assert!(broker.wait().unwrap().success());
    log
}

/// Sends bytes, closes the sending side, and reads to the end.
fn talk(address: &str, bytes: &[u8]) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.write_all(bytes).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    socket.read_to_end(&mut Vec::new()).unwrap();
}

const PASSWORD: &str = "correct-horse";
