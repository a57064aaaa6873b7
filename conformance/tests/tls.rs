//! Checks of a broker over TLS: which certificates the suite trusts, its messages, and that cases run over both
//! transports.

#[path = "common/house.rs"]
mod house;

use std::{
    fs,
    net::TcpListener,
    process::{Command, Output},
    thread,
};

use house::House;
use mqttspec_broker::{
    core::Config,
    shell::{Certificate, Embedded, Listen},
};

#[test]
fn cases_run_over_both_transports() {
    let house = House::new();
    let broker = broker_of(&house);
    let urls: Vec<String> = broker.urls().iter().map(Listen::to_string).collect();
    let ca = house.file("authority.pem");
    let output = check(&["--ca", &ca, "--only", CASES, "--only", "6.0-websocket", &urls[0], &urls[1]]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for url in &urls {
        let last = text.lines().find(|line| line.starts_with(&format!("{url}: "))).unwrap_or_default();
        assert!(last.contains(" passed, 0 failed") && !last.contains(": 0 passed"), "{text}");
    }
    assert!(!text.contains("insecure"), "{text}");
}

#[test]
fn broker_certificate_itself_can_be_trusted() {
    let house = House::new();
    let broker = broker_of(&house);
    let url = broker.urls()[1].to_string();
    assert_eq!(check(&["--ca", &house.file("cert.pem"), "--only", CASES, &url]).status.code(), Some(0));
}

#[test]
fn unknown_authority_is_one_sentence() {
    let (house, other) = (House::new(), House::new());
    let broker = broker_of(&house);
    for url in broker.urls() {
        for trust in [&["--ca", &other.file("authority.pem")][..], &[]] {
            let error = refused(&[trust, &[&url.to_string()]].concat());
            for part in ["the certificate of ", &url.to_string(), " is of no authority that is trusted", "--insecure"] {
                assert!(error.contains(part), "{error}");
            }
        }
    }
}

#[test]
fn certificate_of_another_name_is_one_sentence() {
    let house = House::new();
    let broker = broker_of(&house);
    let url = format!("mqtts://localhost:{}", broker.urls()[1].port());
    let error = refused(&["--ca", &house.file("authority.pem"), &url]);
    assert!(error.contains("not accepted") && error.contains("only valid for"), "{error}");
}

/// As `openssl req -x509` makes it: the broker's certificate is its own authority.
#[test]
fn self_signed_certificate_recommends_ca_first() {
    let house = House::new();
    let mut parameters = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    fs::write(house.path("cert.pem"), certificate.pem()).unwrap();
    fs::write(house.path("key.pem"), key.serialize_pem()).unwrap();
    let broker = broker_of(&house);
    let url = broker.urls()[1].to_string();
    let error = refused(&[&url]);
    assert!(error.contains("self-signed; trust it with --ca FILE, or"), "{error}");
    let trusting = check(&["--ca", &house.file("cert.pem"), "--only", CASES, &url]);
    assert_eq!(trusting.status.code(), Some(0), "{}", String::from_utf8_lossy(&trusting.stderr));
}

#[test]
fn insecure_accepts_any_certificate_and_says_so() {
    let house = House::new();
    let broker = broker_of(&house);
    let url = broker.urls()[0].to_string();
    let report = house.path("report.json");
    let output = check(&["--insecure", "--only", CASES, &url, "--report", &format!("json={}", report.display())]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("insecure: certificates are not verified"));
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["runs"][0]["insecure"], true);
}

#[test]
fn server_without_tls_gets_its_own_message() {
    let plain = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
    let error = refused(&["--insecure", &format!("mqtts://127.0.0.1:{}", plain.urls()[0].port())]);
    assert!(error.contains("without TLS use mqtt://"), "{error}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://{}", listener.local_addr().unwrap());
    let answering = thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]).unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let error = refused(&["--insecure", &url]);
    assert!(error.contains("does not answer with TLS: it sent an HTTP answer (`HTTP/1.1 400 Bad Request`)"), "{error}");
    answering.join().unwrap();
}

#[test]
fn ca_without_certificates_is_one_sentence() {
    let house = House::new();
    for (file, part) in [("missing.pem", "cannot read "), ("key.pem", "no certificate in ")] {
        let error = refused(&["--ca", &house.file(file), "wss://127.0.0.1:1"]);
        assert!(error.contains(part) && error.contains(file), "{error}");
    }
}

/// Checks that the command could not run: exit code 2 and one line.
fn refused(arguments: &[&str]) -> String {
    let output = check(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    error
}

fn check(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
    command.arg("check").args(arguments).env("NO_COLOR", "1").output().expect("the binary starts")
}

/// WebSocket first, then TCP.
fn broker_of(house: &House) -> Embedded {
    let certificate = Certificate::read(&house.path("cert.pem"), &house.path("key.pem")).unwrap();
    let listeners = ["wss://127.0.0.1:0/mqtt", "mqtts://127.0.0.1:0"]
        .map(|url| url.parse::<Listen>().unwrap().with_certificate(certificate.clone()));
    Embedded::start(Config::default(), &listeners).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Some fast cases, including raw bytes, malformed packets and ended connections.
const CASES: &str = "3.12-pingreq";
