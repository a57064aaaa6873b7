//! Instructions that the core spends on one published message, counted by callgrind and held under limits:
//! `cargo bench -p mqttspec-broker --no-default-features --bench instructions`.
//!
//! A message goes from the bytes that the publisher's socket read to the bytes that each subscriber's socket writes,
//! and at QoS 1 the acknowledgements go both ways. Unlike times, counts are the same on a busy machine. The program
//! runs itself under valgrind, twice for each workload, and takes the difference, so that start and end do not count.

mod steps;

use std::{
    env,
    hint::black_box,
    process::{Command, ExitCode, Stdio},
};

use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Peer, Stored, Timestamp};
use mqttspec_codec::*;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", version, qos, subscribers, messages] => {
            let number = |text: &str| text.parse().expect("a number");
            let version = if *version == "v5" { Version::V5 } else { Version::V3_1_1 };
            let qos = QoS::from_number(qos.parse().expect("a number")).expect("a QoS");
            World::new(version, qos, number(subscribers)).publish(number(messages));
        }
        ["step", name, size] => steps::run(name, size.parse().expect("a number")),
        // `cargo test --all-targets` builds and starts it too
        arguments if !arguments.contains(&"--bench") => println!("not run: this is for cargo bench"),
        _ if !has_valgrind() => println!("NOT RUN: no valgrind"),
        ["--bench", only] => {
            steps::compare(Some(only));
        }
        _ => return compare(),
    }
    ExitCode::SUCCESS
}

/// Prints every count beside its limit.
fn compare() -> ExitCode {
    let mut too_many = 0;
    println!("instructions per published message: counted, recorded, at most");
    for (version, qos, subscribers, recorded) in RECORDED {
        let counted = per_message(version, qos, subscribers);
        let limit = recorded + recorded / 10 + 1;
        let verdict = if counted > limit { "TOO MANY" } else { "" };
        too_many += usize::from(counted > limit);
        println!("{version:6} QoS {qos} to {subscribers:2} {counted:6} {recorded:6} {limit:6} {verdict}");
    }
    too_many += steps::compare(None);
    if too_many == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn per_message(version: &str, qos: u8, subscribers: u64) -> u64 {
    let (few, many) = (100, 300);
    (count(version, qos, subscribers, many) - count(version, qos, subscribers, few)) / (many - few)
}

/// Instructions of a whole process.
fn count(version: &str, qos: u8, subscribers: u64, messages: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program"))
        .args(["run", version, &qos.to_string(), &subscribers.to_string(), &messages.to_string()])
        .output()
        .expect("valgrind starts");
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split("Collected :").nth(1));
    collected.unwrap_or_else(|| panic!("valgrind counted nothing: {text}")).trim().parse().expect("a number")
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A broker, a publisher (connection 0) and its subscribers.
struct World {
    broker: Broker,
    now: u64,
    publish: Vec<u8>,
    /// Whether subscribers answer with PUBACK.
    acknowledges: bool,
    subscribers: u64,
    output: Vec<u8>,
}

impl World {
    fn new(version: Version, qos: QoS, subscribers: u64) -> Self {
        let topic = TopicName::new("sensors/room-12/temp/abc").expect("legal");
        let delivery = Delivery::first(qos, PacketIdentifier::MIN);
        let mut world = Self {
            broker: Broker::new(Config::default(), Stored::default(), 7),
            now: 1_000,
            publish: encoded(&Publish::new(topic, delivery, &[b'x'; 64]).into(), version),
            acknowledges: qos == QoS::AtLeastOnce,
            subscribers,
            output: Vec::new(),
        };
        for number in 0..=subscribers {
            let client_id = format!("client-{number}");
            let client = ConnectionId::new(number);
            let mut connect = Connect::new(version, Utf8String::new(&client_id).expect("legal"));
            connect.clean_start = true;
            world.broker.handle_event(Timestamp::from_millis(world.now), client, Event::Opened(Peer::default()));
            world.receive(client, &encoded(&connect.into(), version));
            if number > 0 {
                let filter = TopicFilter::new("sensors/+/temp/#").expect("legal");
                let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
                let subscriptions = [Subscription { filter, options }];
                let subscribe = Subscribe {
                    packet_id: PacketIdentifier::MIN,
                    properties: Properties::EMPTY,
                    subscriptions: Seq::from(&subscriptions[..]),
                };
                world.receive(client, &encoded(&subscribe.into(), version));
            }
        }
        world.drain();
        world
    }

    fn publish(&mut self, messages: u64) {
        let publish = self.publish.clone();
        for _ in 0..messages {
            self.now += 1;
            self.receive(ConnectionId::new(0), &publish);
            self.drain();
        }
    }

    fn receive(&mut self, from: ConnectionId, bytes: &[u8]) {
        self.broker.handle_event(Timestamp::from_millis(self.now), from, Event::Received(black_box(bytes)));
        while self.broker.poll_delta().is_some() {}
    }

    /// Takes what is to be sent, as the shell does; subscribers acknowledge what they get.
    fn drain(&mut self) {
        while let Some(to) = self.broker.poll_ready() {
            let _ = self.broker.transmit(to, &mut self.output);
            let puback = puback_of(&self.output).filter(|_| self.acknowledges && to.number() > 0);
            black_box(&self.output);
            self.output.clear();
            if let Some(puback) = puback {
                assert!(to.number() <= self.subscribers);
                self.receive(to, &puback);
            }
        }
    }
}

/// The acknowledgement of a PUBLISH at QoS 1 whose Topic Name is that of the workload; the Packet Identifier is read
/// where it is, so that the subscriber costs next to nothing.
fn puback_of(bytes: &[u8]) -> Option<[u8; 4]> {
    let topic_len = usize::from(*bytes.get(3)?);
    let at = 4 + topic_len;
    (bytes.first()? >> 4 == 3).then(|| bytes.get(at..at + 2)).flatten().map(|id| [0x40, 2, id[0], id[1]])
}

fn encoded(packet: &Packet<'_>, version: Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_to_vec(packet, version, &mut bytes).expect("legal");
    bytes
}

/// Version, QoS, subscribers; instructions per published message, recorded on x86-64 with rustc 1.95. A change that
/// needs fewer writes its number here.
const RECORDED: [(&str, u8, u64, u64); 6] = [
    ("v3.1.1", 0, 1, 5388),
    ("v3.1.1", 0, 50, 50_725),
    ("v3.1.1", 1, 1, 8114),
    ("v5", 0, 1, 5432),
    ("v5", 0, 50, 51_780),
    ("v5", 1, 1, 8158),
];
