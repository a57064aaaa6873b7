//! Connections through proxies that say whom they speak for.

use crate::client::{CONNACK, Tcp, Ws, connect, listeners};
use mqttspec_broker::{
    core::Config,
    shell::{Embedded, Limits},
};

const HEADER: &[u8] = b"PROXY TCP4 192.0.2.1 127.0.0.1 4660 1883\r\n";

fn broker(trusted: &str) -> Embedded {
    let mut limits = Limits::default();
    limits.trusted_proxies = Some(vec![trusted.parse().unwrap()]);
    limits.proxy_protocol = true;
    Embedded::start_with_limits(Config::default(), &listeners(), limits).unwrap()
}

#[test]
fn header_of_a_trusted_proxy_precedes_either_transport_and_is_required() {
    let broker = broker("127.0.0.0/8");
    let mut tcp = Tcp::open(&broker);
    for byte in [HEADER, &connect("t")].concat() {
        tcp.send(&[byte]);
    }
    tcp.expect(&CONNACK);
    let url = &broker.urls()[1];
    let mut socket = Tcp(crate::client::socket(url));
    socket.send(HEADER);
    let mut websocket = Ws::over(socket.0, url, "mqtt");
    websocket.send(&connect("w"));
    websocket.expect(&CONNACK);
    let mut without = Tcp::open(&broker);
    without.send(&connect("t")[..12]);
    assert_eq!(without.rest(), []);
}

#[test]
fn nobody_else_is_believed() {
    let broker = broker("10.0.0.0/8");
    let mut client = Tcp::open(&broker);
    client.send(HEADER);
    assert_eq!(client.rest(), []);
    Tcp::connected(&broker, "t");
}
