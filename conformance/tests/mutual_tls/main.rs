//! Brokers that ask for a client certificate, a name or an application protocol by TLS.

#[path = "../common/command.rs"]
mod command;
#[path = "../common/house.rs"]
mod house;
mod server;

use std::fs;

use command::{cannot_run, mqttspec};
use house::House;
use server::{Demands, Server};
use tokio_rustls::rustls::version::{TLS12, TLS13};

#[test]
fn a_client_certificate_is_presented_over_both_transports() {
    let house = House::new();
    house.issue("suite", "suite.pem", "suite.key");
    for scheme in ["mqtts", "wss"] {
        let server = Server::start(scheme, &house, Demands { certificate: true, ..Demands::default() });
        let (ca, cert, key) = (house.file("authority.pem"), house.file("suite.pem"), house.file("suite.key"));
        let output = mqttspec(&["check", &server.url, "--ca", &ca, "--cert", &cert, "--key", &key, "--only", CASES]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(" passed, 0 failed") && !text.contains(": 0 passed"), "{text}");
        assert!(server.hellos().iter().all(|hello| hello.certificates == 1), "{:?}", server.hellos());
    }
}

#[test]
fn certificate_and_key_can_be_in_one_file() {
    let house = House::new();
    house.issue("suite", "suite.pem", "suite.key");
    let both = ["suite.key", "suite.pem"].map(|file| fs::read_to_string(house.path(file)).unwrap()).concat();
    fs::write(house.path("both.pem"), both).unwrap();
    let server = Server::start("mqtts", &house, Demands { certificate: true, ..Demands::default() });
    let (ca, cert) = (house.file("authority.pem"), house.file("both.pem"));
    let output = mqttspec(&["check", &server.url, "--ca", &ca, "--cert", &cert, "--only", CASES]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// With TLS 1.3 the refusal comes after the handshake, as far as the suite can tell.
#[test]
fn a_missing_certificate_is_named_with_the_alert() {
    let house = House::new();
    for scheme in ["mqtts", "wss"] {
        for version in [&TLS12, &TLS13] {
            let demands = Demands { certificate: true, only: Some(version), ..Demands::default() };
            let server = Server::start(scheme, &house, demands);
            let what = format!(
                "{} requires a client certificate (TLS alert certificate_required); give one with --cert FILE and --key FILE",
                server.url
            );
            cannot_run(&["check", &server.url, "--ca", &house.file("authority.pem"), "--only", CASES], &[&what]);
        }
    }
}

#[test]
fn a_certificate_of_a_strange_authority_is_refused_with_its_file() {
    let (house, other) = (House::new(), House::new());
    other.issue("suite", "suite.pem", "suite.key");
    for version in [&TLS12, &TLS13] {
        let demands = Demands { certificate: true, only: Some(version), ..Demands::default() };
        let server = Server::start("mqtts", &house, demands);
        let (ca, cert, key) = (house.file("authority.pem"), other.file("suite.pem"), other.file("suite.key"));
        let what = format!("refuses the client certificate in {cert}: it does not know the authority that issued it");
        let arguments = ["check", &server.url, "--ca", &ca, "--cert", &cert, "--key", &key, "--only", CASES];
        cannot_run(&arguments, &[&server.url, &what, "(TLS alert unknown_ca)"]);
    }
}

#[test]
fn files_of_the_client_certificate_are_checked_before_the_run() {
    let house = House::new();
    house.issue("suite", "suite.pem", "suite.key");
    house.issue("other", "other.pem", "other.key");
    fs::write(
        house.path("locked.key"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )
    .unwrap();
    let refused = |cert: &str, key: Option<&str>, fragments: &[&str]| {
        let (cert, key) = (house.file(cert), key.map(|key| house.file(key)));
        let key = key.iter().flat_map(|key| ["--key", key]);
        let arguments = ["check", "mqtts://127.0.0.1:1", "--cert", &cert].into_iter().chain(key);
        cannot_run(&arguments.collect::<Vec<_>>(), fragments);
    };
    refused("missing.pem", None, &["cannot read ", "missing.pem"]);
    refused("suite.key", None, &["found no certificate in ", "suite.key", "BEGIN CERTIFICATE"]);
    refused("suite.pem", None, &["found no private key in ", "suite.pem", "name that with --key FILE"]);
    refused("suite.pem", Some("missing.key"), &["cannot read ", "missing.key"]);
    refused("suite.pem", Some("other.pem"), &["found no private key in ", "other.pem"]);
    refused("suite.pem", Some("other.key"), &["other.key does not belong to the certificate in ", "suite.pem"]);
    refused("suite.pem", Some("locked.key"), &["locked.key is encrypted", "openssl pkey -in "]);
    cannot_run(&["check", "mqtts://127.0.0.1:1", "--key", &house.file("suite.key")], &["give that with --cert FILE"]);
}

#[test]
fn the_server_name_is_asked_for_and_verified() {
    let house = House::new();
    // in place of the certificate for the address
    house.issue("broker.example", "cert.pem", "key.pem");
    let server = Server::start("mqtts", &house, Demands::default());
    let ca = house.file("authority.pem");
    cannot_run(&["check", &server.url, "--ca", &ca], &["only valid for", "--server-name gives the name in it"]);
    let report = house.file("report.json");
    let json = format!("json={report}");
    let named = ["check", &server.url, "--ca", &ca, "--server-name", "broker.example", "--report", &json];
    let output = mqttspec(&[&named[..], &["--only", CASES]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(server.hellos().iter().all(|hello| hello.server_name.as_deref() == Some("broker.example")));
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["runs"][0]["rerun"], format!("{} --ca {ca} --server-name broker.example", server.url));
    let other = ["check", &server.url, "--ca", &ca, "--server-name", "other.example"];
    cannot_run(&other, &["only valid for", "broker.example"]);
    cannot_run(
        &["check", &server.url, "--server-name", "a b"],
        &["`a b` is no name of a server, expected a host name"],
    );
}

#[test]
fn application_protocols_are_offered_in_their_order() {
    let house = House::new();
    let server = Server::start("mqtts", &house, Demands { alpn: vec!["x-amzn-mqtt-ca", "mqtt"], ..Demands::default() });
    let ca = house.file("authority.pem");
    let check = ["check", &server.url, "--ca", &ca, "--only", CASES];
    let output = mqttspec(&[&check[..], &["--alpn", "h2", "--alpn", "mqtt"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(server.hellos().iter().all(|hello| hello.alpn.as_deref() == Some(b"mqtt")));
    let none = "knows no application protocol of --alpn h2 --alpn http/1.1 (TLS alert no_application_protocol)";
    cannot_run(&[&check[..], &["--alpn", "h2", "--alpn", "http/1.1"]].concat(), &[&server.url, none]);
    cannot_run(
        &[&check[..], &["--alpn", ""]].concat(),
        &["`` is no name of an ALPN protocol, expected 1 to 255 bytes"],
    );
}

#[test]
fn options_for_tls_need_tls() {
    let house = House::new();
    house.issue("suite", "suite.pem", "suite.key");
    let (cert, key) = (house.file("suite.pem"), house.file("suite.key"));
    let options = [&["--cert", &cert, "--key", &key][..], &["--server-name", "broker"], &["--alpn", "mqtt"]];
    for option in options {
        let instead = "is for TLS, which mqtt://127.0.0.1:1 does not use; TLS is mqtts:// or wss://";
        cannot_run(&[&["check", "mqtt://127.0.0.1:1"], option].concat(), &[option[0], instead]);
        cannot_run(&[&["check"], option].concat(), &[option[0], "which the embedded broker does not use"]);
    }
}

const CASES: &str = "3.12-pingreq";
