//! One connection of rumqttc, in either version. The crate has each of its types twice, in `rumqttc` and in
//! `rumqttc::v5`; here they become one.

use std::{collections::VecDeque, time::Duration};

use tokio::time::timeout;

/// How long anything is waited for.
const WAIT: Duration = Duration::from_secs(10);
/// Longer than any run, in seconds.
const SESSION_EXPIRY: u32 = 600;

/// The names of 3.1.1 and of 5.0 in one place each.
mod v4 {
    pub use rumqttc::*;
}
mod v5 {
    pub use rumqttc::v5::{mqttbytes::v5::*, mqttbytes::*, *};
}

#[derive(Clone, Copy, PartialEq)]
pub enum Version {
    V3_1_1,
    V5,
}

/// Where the broker is and how it is spoken to.
pub struct Line {
    pub version: Version,
    /// A host for TCP, a URL for WebSocket.
    pub address: String,
    pub port: u16,
    pub transport: rumqttc::Transport,
}

#[derive(Debug, PartialEq)]
pub struct Message {
    pub topic: String,
    pub payload: Vec<u8>,
    pub qos: u8,
    pub retain: bool,
}

/// A connected client that keeps what it receives. Dropped, it vanishes: no DISCONNECT is sent.
pub struct Client {
    connection: Connection,
    messages: VecDeque<Message>,
    pub session_present: bool,
}

enum Connection {
    V4(v4::AsyncClient, Box<v4::EventLoop>),
    V5(v5::AsyncClient, Box<v5::EventLoop>),
}

/// What the event loop tells, as far as it matters here.
#[derive(Debug, PartialEq)]
enum Told {
    Connected {
        session_present: bool,
    },
    /// The QoS that SUBACK grants; `None`: refused.
    Granted(Option<u8>),
    /// The end of a publication of ours at this QoS.
    Published(u8),
    Message(Message),
    Disconnected,
    Else,
}

impl Client {
    pub async fn open(line: &Line, name: &str) -> Self {
        Self::connect(line, name, false, None).await
    }

    /// Resumes the Session of this name, or begins one that outlives its connection.
    pub async fn resume(line: &Line, name: &str) -> Self {
        Self::connect(line, name, true, None).await
    }

    pub async fn with_will(line: &Line, name: &str, topic: &str) -> Self {
        Self::connect(line, name, false, Some(topic)).await
    }

    async fn connect(line: &Line, name: &str, resume: bool, will: Option<&str>) -> Self {
        let connection = Connection::new(line, name, resume, will);
        let mut client = Self { connection, messages: VecDeque::new(), session_present: false };
        client.session_present = match client.told().await {
            Told::Connected { session_present } => session_present,
            other => panic!("instead of CONNACK came {other:?}"),
        };
        client
    }

    pub async fn subscribe(&mut self, topic: &str, qos: u8) {
        match &self.connection {
            Connection::V4(client, _) => client.subscribe(topic, v4::qos(qos).unwrap()).await.unwrap(),
            Connection::V5(client, _) => client.subscribe(topic, v5::qos(qos).unwrap()).await.unwrap(),
        }
        self.until(Told::Granted(Some(qos))).await;
    }

    /// Publishes, and returns when it is acknowledged; at QoS 0, when it is sent.
    pub async fn publish(&mut self, topic: &str, payload: &[u8], qos: u8, retain: bool) {
        let payload = payload.to_vec();
        match &self.connection {
            Connection::V4(client, _) => client.publish(topic, v4::qos(qos).unwrap(), retain, payload).await.unwrap(),
            Connection::V5(client, _) => client.publish(topic, v5::qos(qos).unwrap(), retain, payload).await.unwrap(),
        }
        self.until(Told::Published(qos)).await;
    }

    pub async fn next(&mut self) -> Message {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return message;
            }
            if let Told::Message(message) = self.told().await {
                return message;
            }
        }
    }

    pub async fn expect(&mut self, topic: &str, payload: &[u8], qos: u8, retain: bool) {
        let wanted = Message { topic: topic.to_owned(), payload: payload.to_vec(), qos, retain };
        assert_eq!(self.next().await, wanted);
    }

    pub async fn close(mut self) {
        match &self.connection {
            Connection::V4(client, _) => client.disconnect().await.unwrap(),
            Connection::V5(client, _) => client.disconnect().await.unwrap(),
        }
        self.until(Told::Disconnected).await;
    }

    /// Keeps the messages that come before what is wanted, and shows what else came if that never does.
    async fn until(&mut self, wanted: Told) {
        loop {
            match self.told().await {
                told if told == wanted => return,
                Told::Message(message) => self.messages.push_back(message),
                Told::Else => {}
                other => panic!("instead of {wanted:?} came {other:?}"),
            }
        }
    }

    async fn told(&mut self) -> Told {
        timeout(WAIT, self.connection.poll()).await.expect("nothing came")
    }
}

/// The same arms for both versions.
macro_rules! told {
    ($v:ident, $event:expr) => {
        match $event {
            $v::Event::Incoming($v::Packet::ConnAck(ack)) => Told::Connected { session_present: ack.session_present },
            $v::Event::Incoming($v::Packet::SubAck(ack)) => match ack.return_codes[..] {
                [$v::SubscribeReasonCode::Success(qos)] => Told::Granted(Some(qos as u8)),
                _ => Told::Granted(None),
            },
            $v::Event::Incoming($v::Packet::PubAck(_)) => Told::Published(1),
            $v::Event::Incoming($v::Packet::PubComp(_)) => Told::Published(2),
            $v::Event::Incoming($v::Packet::Publish(publish)) => Told::Message(Message {
                topic: String::from_utf8(publish.topic.into()).unwrap(),
                payload: publish.payload.into(),
                qos: publish.qos as u8,
                retain: publish.retain,
            }),
            $v::Event::Outgoing(rumqttc::Outgoing::Publish(0)) => Told::Published(0),
            $v::Event::Outgoing(rumqttc::Outgoing::Disconnect) => Told::Disconnected,
            _ => Told::Else,
        }
    };
}

impl Connection {
    fn new(line: &Line, name: &str, resume: bool, will: Option<&str>) -> Self {
        if line.version == Version::V3_1_1 {
            let mut options = v4::MqttOptions::new(name, &line.address, line.port);
            options.set_transport(line.transport.clone()).set_clean_session(!resume);
            if let Some(topic) = will {
                options.set_last_will(v4::LastWill::new(topic, "gone", v4::QoS::AtLeastOnce, false));
            }
            let (client, events) = v4::AsyncClient::new(options, 10);
            return Self::V4(client, Box::new(events));
        }
        let mut options = v5::MqttOptions::new(name, &line.address, line.port);
        options.set_transport(line.transport.clone()).set_clean_start(!resume);
        options.set_session_expiry_interval(resume.then_some(SESSION_EXPIRY));
        if let Some(topic) = will {
            options.set_last_will(v5::LastWill::new(topic, "gone", v5::QoS::AtLeastOnce, false, None));
        }
        let (client, events) = v5::AsyncClient::new(options, 10);
        Self::V5(client, Box::new(events))
    }

    async fn poll(&mut self) -> Told {
        match self {
            Self::V4(_, events) => told!(v4, events.poll().await.unwrap()),
            Self::V5(_, events) => told!(v5, events.poll().await.unwrap()),
        }
    }
}
