//! Blocking clients that send bytes as they are told to, and a few packets of v3.1.1.

use mqttspec_broker::{
    core::Config,
    shell::{Embedded, Listen},
};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};
use tokio_tungstenite::tungstenite::{
    Error, Message, WebSocket, client,
    client::IntoClientRequest,
    http::HeaderValue,
    protocol::frame::{Frame, coding::CloseCode},
};

pub(crate) fn broker() -> Embedded {
    Embedded::start(Config::default(), &listeners()).unwrap()
}

/// TCP first, then WebSocket.
pub(crate) fn listeners() -> [Listen; 2] {
    ["mqtt://127.0.0.1:0".parse().unwrap(), "ws://127.0.0.1:0/mqtt".parse().unwrap()]
}

pub(crate) fn socket(url: &Listen) -> TcpStream {
    let socket = TcpStream::connect((url.host(), url.port())).unwrap();
    // So that what never comes is a failure, and not a test that hangs.
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// Over TCP, or over TLS.
pub(crate) struct Tcp<S = TcpStream>(pub(crate) S);

impl Tcp {
    pub(crate) fn open(broker: &Embedded) -> Self {
        Self(socket(&broker.urls()[0]))
    }

    pub(crate) fn connected(broker: &Embedded, client_id: &str) -> Self {
        let mut client = Self::open(broker);
        client.send(&connect(client_id));
        client.expect(&CONNACK);
        client
    }

    pub(crate) fn half_close(&mut self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }
}

impl<S: Read + Write> Tcp<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    pub(crate) fn expect(&mut self, bytes: &[u8]) {
        let mut received = vec![0; bytes.len()];
        self.0.read_exact(&mut received).unwrap();
        assert_eq!(received, bytes);
    }

    /// All that comes until the broker ends its direction; a reset is a failure.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).unwrap();
        rest
    }
}

pub(crate) struct Ws<S = TcpStream> {
    pub(crate) socket: WebSocket<S>,
    received: Vec<u8>,
}

impl Ws {
    pub(crate) fn open(broker: &Embedded) -> Self {
        Self::open_as(broker, "mqtt")
    }

    pub(crate) fn open_as(broker: &Embedded, subprotocol: &'static str) -> Self {
        let url = &broker.urls()[1];
        Self::over(socket(url), url, subprotocol)
    }

    pub(crate) fn connected(broker: &Embedded, client_id: &str) -> Self {
        let mut client = Self::open(broker);
        client.send(&connect(client_id));
        client.expect(&CONNACK);
        client
    }
}

impl<S: Read + Write> Ws<S> {
    pub(crate) fn over(stream: S, url: &Listen, subprotocol: &'static str) -> Self {
        let mut request = url.to_string().into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(subprotocol));
        let Ok((socket, response)) = client(request, stream) else { panic!("no WebSocket at {url}") };
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], subprotocol);
        Self { socket, received: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.message(Message::Binary(bytes.to_vec().into()));
    }

    pub(crate) fn message(&mut self, message: Message) {
        self.socket.send(message).unwrap();
    }

    pub(crate) fn frame(&mut self, frame: Frame) {
        self.message(Message::Frame(frame));
    }

    pub(crate) fn expect(&mut self, bytes: &[u8]) {
        while self.received.len() < bytes.len() {
            match self.socket.read().unwrap() {
                Message::Binary(payload) => self.received.extend_from_slice(&payload),
                other => panic!("a binary message, not {other:?}"),
            }
        }
        let rest = self.received.split_off(bytes.len());
        assert_eq!(std::mem::replace(&mut self.received, rest), bytes);
    }

    /// All that comes before the Close frame.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while let Ok(Message::Binary(payload)) = self.socket.read() {
            self.received.extend_from_slice(&payload);
        }
        std::mem::take(&mut self.received)
    }

    /// Reads up to the Close frame and the end of the connection.
    pub(crate) fn expect_close(&mut self) -> CloseCode {
        let code = loop {
            match self.socket.read().unwrap() {
                Message::Close(close) => break close.unwrap().code,
                _ => continue,
            }
        };
        assert!(matches!(self.socket.read(), Err(Error::ConnectionClosed)));
        code
    }
}

pub(crate) const CONNACK: [u8; 4] = [0x20, 2, 0, 0];
pub(crate) const PINGREQ: [u8; 2] = [0xC0, 0];
pub(crate) const PINGRESP: [u8; 2] = [0xD0, 0];
/// The answer to [`subscribe`].
pub(crate) const SUBACK: [u8; 5] = [0x90, 3, 0, 1, 0];

/// Clean Session, Keep Alive 60 s. `client_id` is short.
pub(crate) fn connect(client_id: &str) -> Vec<u8> {
    let len = client_id.len() as u8;
    [&[0x10, 12 + len, 0, 4][..], b"MQTT", &[4, 2, 0, 60, 0, len], client_id.as_bytes()].concat()
}

/// At QoS 0. `filter` is short.
pub(crate) fn subscribe(filter: &str) -> Vec<u8> {
    let len = filter.len() as u8;
    [&[0x82, 5 + len, 0, 1, 0, len][..], filter.as_bytes(), &[0]].concat()
}

/// At QoS 0. `topic` is short, the whole 16 KiB to 2 MiB, for its length takes three bytes.
pub(crate) fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    let len = 2 + topic.len() + payload.len();
    let remaining_length = [(len & 0x7F) as u8 | 0x80, (len >> 7 & 0x7F) as u8 | 0x80, (len >> 14) as u8];
    [&[0x30][..], &remaining_length, &[0, topic.len() as u8], topic.as_bytes(), payload].concat()
}
