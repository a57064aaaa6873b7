//! rumqttc: 3.1.1 and 5.0, over TCP and WebSocket, plain and with TLS. Panics at the first thing that is not as wanted.

mod client;

use std::{env, fs, process};

use client::{Client, Line, Version};
use rumqttc::Transport;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ca = fs::read(variable("CA")).expect("CA is a readable file");
    let transports = [
        ("TCP", "", "TCP_PORT", Transport::tcp()),
        ("WebSocket", "ws", "WS_PORT", Transport::ws()),
        ("TCP, TLS", "", "TLS_PORT", Transport::tls(ca.clone(), None, None)),
        ("WebSocket, TLS", "wss", "WSS_PORT", Transport::wss(ca, None, None)),
    ];
    for (name, scheme, port, transport) in transports {
        let port = variable(port).parse().expect("a port");
        let address = if scheme.is_empty() { "127.0.0.1".into() } else { format!("{scheme}://127.0.0.1:{port}/mqtt") };
        for (version, called) in [(Version::V3_1_1, "3.1.1"), (Version::V5, "5.0")] {
            let line = Line { version, address: address.clone(), port, transport: transport.clone() };
            let topic = format!("rumqttc-{}-{called}-{}", process::id(), name.replace(", ", "-"));
            qos_0_1_2(&line, &topic).await;
            println!("ok  {called} {name}: QoS 0, 1 and 2");
            retained(&line, &format!("{topic}/kept")).await;
            println!("ok  {called} {name}: retained");
            will(&line, &format!("{topic}/will")).await;
            println!("ok  {called} {name}: Will");
            resumed_session(&line, &format!("{topic}/offline")).await;
            println!("ok  {called} {name}: resumed session");
        }
    }
}

async fn qos_0_1_2(line: &Line, topic: &str) {
    let mut client = Client::open(line, &format!("{topic}-a")).await;
    for qos in [0, 1, 2] {
        let topic = format!("{topic}/{qos}");
        client.subscribe(&topic, qos).await;
        client.publish(&topic, &[qos, 0xFF], qos, false).await;
        client.expect(&topic, &[qos, 0xFF], qos, false).await;
    }
    client.close().await;
}

async fn retained(line: &Line, topic: &str) {
    let mut client = Client::open(line, &format!("{topic}-a")).await;
    client.publish(topic, b"kept", 1, true).await;
    let mut other = Client::open(line, &format!("{topic}-b")).await;
    other.subscribe(topic, 1).await;
    other.expect(topic, b"kept", 1, true).await;
    client.publish(topic, b"", 1, true).await;
    other.expect(topic, b"", 1, false).await;
    other.close().await;
    client.close().await;
}

async fn will(line: &Line, topic: &str) {
    let mut witness = Client::open(line, &format!("{topic}-a")).await;
    witness.subscribe(topic, 1).await;
    drop(Client::with_will(line, &format!("{topic}-b"), topic).await);
    witness.expect(topic, b"gone", 1, false).await;
    Client::with_will(line, &format!("{topic}-c"), topic).await.close().await;
    witness.publish(topic, b"after", 1, false).await;
    witness.expect(topic, b"after", 1, false).await; // and no Will of the one that said goodbye
    witness.close().await;
}

async fn resumed_session(line: &Line, topic: &str) {
    let name = format!("{topic}-a");
    let mut client = Client::resume(line, &name).await;
    assert!(!client.session_present, "a Session from nowhere");
    client.subscribe(topic, 2).await;
    client.close().await;
    let mut other = Client::open(line, &format!("{topic}-b")).await;
    for number in 0..20 {
        other.publish(topic, &[number], 1 + number % 2, false).await;
    }
    other.close().await;
    let mut client = Client::resume(line, &name).await;
    assert!(client.session_present, "the Session is gone");
    let mut received = Vec::new();
    while received.len() < 20 {
        received.push(client.next().await);
    }
    // one QoS may overtake the other
    for qos in [1, 2] {
        let found: Vec<u8> =
            received.iter().filter(|message| message.qos == qos).map(|message| message.payload[0]).collect();
        let wanted: Vec<u8> = (qos - 1..20).step_by(2).collect();
        assert_eq!(found, wanted, "QoS {qos}");
    }
    client.close().await;
    Client::open(line, &name).await.close().await; // a clean start ends the Session
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is set by clients/run"))
}
