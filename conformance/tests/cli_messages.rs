//! What the command line says about a URL, a path, and what must not be repeated.

#[path = "common/command.rs"]
mod command;

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use command::{cannot_run, mqttspec};

fn error(arguments: &[&str]) -> String {
    let output = mqttspec(arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_address_without_a_scheme_is_completed() {
    let error = error(&["check", "localhost:1883"]);
    assert!(error.contains("has no scheme; did you mean `mqtt://localhost:1883`?"), "{error}");
}

#[test]
fn a_websocket_without_a_path_that_is_not_found_suggests_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    cannot_run(&["check", &url], &["HTTP 404", &format!("brokers often serve it on /mqtt: try {url}/mqtt")]);
}

/// Clap repeats the value of an argument that it refuses.
#[test]
fn a_password_in_a_url_is_not_repeated() {
    for command in ["check", "bench"] {
        let error = error(&[command, "mqtt://alice:secret@127.0.0.1"]);
        assert!(error.contains("--user-name and --password"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn headers_reach_the_handshake_and_their_values_stay_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/mqtt", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let len = stream.read(&mut bytes).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        String::from_utf8_lossy(&bytes[..len]).into_owned()
    });
    let error = error(&["check", &url, "--header", "Authorization: Bearer hush", "--header", "X-Tenant: 7"]);
    assert!(error.contains("HTTP 403") && !error.contains("hush"), "{error}");
    let asked = asked.join().unwrap();
    assert!(asked.contains("\r\nAuthorization: Bearer hush\r\nX-Tenant: 7\r\n\r\n"), "{asked}");
    cannot_run(&["check", &url, "--header", "Host: x"], &["cannot be `Host`", "expected NAME: VALUE"]);
}

#[test]
fn every_option_has_a_variable_and_a_flag_goes_first() {
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mqttspec"));
        command.arg("check").args(arguments).env("MQTTSPEC_URLS", "mqtt://127.0.0.1:1 ws://127.0.0.1:2/mqtt");
        let output = command.env("MQTTSPEC_ONLY", "3.12").env("MQTTSPEC_DRY_RUN", "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&[]);
    assert!(text.contains("on mqtt://127.0.0.1:1\n") && text.contains("on ws://127.0.0.1:2/mqtt\n"), "{text}");
    assert!(text.contains("3.12-pingreq") && !text.contains("3.10-"), "{text}");
    let text = run(&["--only", "3.10", "mqtt://127.0.0.1:3"]);
    assert!(!text.contains("3.12-") && text.contains("3.10-") && !text.contains("127.0.0.1:1\n"), "{text}");
}
