//! Brokers at a Unix domain socket.

#![cfg(unix)]

#[path = "common/command.rs"]
mod command;

use std::{fs, net::SocketAddr, thread};

use command::{cannot_run, mqttspec};
use mqttspec_broker::{core::Config, shell::Embedded};
use tempfile::TempDir;
use tokio::net::{TcpStream, UnixListener};

/// A broker, and a socket that leads to it until the process ends.
struct Server {
    folder: TempDir,
    _broker: Embedded,
}

impl Server {
    fn start() -> Self {
        let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
        let behind = SocketAddr::from(([127, 0, 0, 1], broker.urls()[0].port()));
        let folder = tempfile::tempdir().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(folder.path().join("mqtt.sock")).unwrap();
        listener.set_nonblocking(true).unwrap();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = UnixListener::from_std(listener).unwrap();
                loop {
                    let (mut client, _) = listener.accept().await.unwrap();
                    tokio::spawn(async move {
                        let mut broker = TcpStream::connect(behind).await.unwrap();
                        // either side may end the connection in any way
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut broker).await;
                    });
                }
            });
        });
        Self { folder, _broker: broker }
    }

    fn url(&self) -> String {
        format!("unix:{}", self.file("mqtt.sock"))
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

#[test]
fn cases_run_and_reports_name_the_socket() {
    let server = Server::start();
    let (url, json, capture) = (server.url(), server.file("report.json"), server.file("run.pcapng"));
    let report = format!("json={json}");
    let selection = ["--only", "3.12-pingreq", "--only", "3.01-connect/will", "--only", "6.0-websocket"];
    let output = mqttspec(&[&["check", &url, "--report", &report, "--pcap", &capture], &selection[..]].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("the case needs a WebSocket"), "{text}");
    let last = text.lines().find(|line| line.starts_with(&format!("{url}: "))).unwrap_or_default();
    assert!(last.contains(" passed, 0 failed") && !last.contains(": 0 passed"), "{text}");
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!((&report["runs"][0]["target"], &report["runs"][0]["rerun"]), (&url.clone().into(), &url.clone().into()));
    // a connection of its own for each
    let decoded = mqttspec(&["decode", "--pcap", &capture]);
    let packets = String::from_utf8_lossy(&decoded.stdout).into_owned();
    assert!(packets.contains("CONNECT") && packets.contains("PINGRESP"), "{packets}");
    assert!(packets.contains("127.0.0.1:32768") && packets.contains("127.0.0.1:32769"), "{packets}");
}

#[test]
fn limits_hold_for_sockets_too() {
    let server = Server::start();
    let output = mqttspec(&["check", &server.url(), "--max-connections", "4", "--only", "3.12-pingreq"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_socket_that_is_missing_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("unix:{}/mqtt.sock", folder.path().display());
    cannot_run(&["check", &url], &[&format!("cannot connect to {url}: "), "is the broker running?"]);
    cannot_run(
        &["check", "unix:mqtt.sock"],
        &["`unix:mqtt.sock` has no absolute path of a socket; expected ", "unix:/PATH"],
    );
    cannot_run(&["bench", &url], &["the load generator needs TCP"]);
}
