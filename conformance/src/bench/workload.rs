//! The workloads.

use std::{fmt, str::FromStr};

use mqttspec_codec::QoS;

use super::client::Purpose;

/// A workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// One publisher, one subscriber, QoS 0.
    OneToOne0,
    /// One publisher, one subscriber, QoS 1 both ways.
    OneToOne1,
    /// One publisher, 50 subscribers, QoS 0.
    FanOut,
    /// 50 publishers, one subscriber, QoS 0.
    FanIn,
    /// 100 publishers, one subscriber, QoS 1 both ways.
    FanIn1,
    /// Like `FanInQos1`, with a Session that outlives the connection. It shows how well a store groups commits.
    Stored,
    /// One publisher of kilobytes, one subscriber that reads and five that never do, QoS 0.
    Stalled,
    /// One message at a time, QoS 0.
    PingPong0,
    /// One message at a time, QoS 1 both ways.
    PingPong1,
    /// Connections that do nothing.
    Held,
}

/// A measure of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The name, for people.
    pub name: &'static str,
    /// The unit.
    pub unit: &'static str,
}

/// How a workload runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Throughput(Crowd),
    Stalled { readers: usize },
    PingPong(QoS),
    Held,
}

/// Publishers and subscribers of one topic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crowd {
    pub(super) publishers: usize,
    pub(super) subscribers: usize,
    pub(super) qos: QoS,
    /// The number of subscribers.
    pub(super) purpose: Purpose,
}

impl Workload {
    /// All workloads.
    pub const ALL: [Self; 10] = [
        Self::OneToOne0,
        Self::OneToOne1,
        Self::FanOut,
        Self::FanIn,
        Self::FanIn1,
        Self::Stored,
        Self::Stalled,
        Self::PingPong0,
        Self::PingPong1,
        Self::Held,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneToOne0 => "qos0",
            Self::OneToOne1 => "qos1",
            Self::FanOut => "fan-out",
            Self::FanIn => "fan-in",
            Self::FanIn1 => "fan-in-qos1",
            Self::Stored => "stored",
            Self::Stalled => "stalled",
            Self::PingPong0 => "ping-pong-qos0",
            Self::PingPong1 => "ping-pong-qos1",
            Self::Held => "held",
        }
    }

    /// The measures of a turn.
    #[must_use]
    pub const fn measures(self) -> &'static [Measure] {
        macro_rules! throughput {
            ($name:literal $(, $more:expr)*) => {
                &[Measure { name: $name, unit: "deliveries/s" }, BUSY $(, $more)*]
            };
        }
        match self {
            Self::OneToOne0 => throughput!("QoS 0, 1:1"),
            Self::OneToOne1 => throughput!("QoS 1, 1:1"),
            Self::FanOut => throughput!("QoS 0, 1:50"),
            Self::FanIn => throughput!("QoS 0, 50:1"),
            Self::FanIn1 => throughput!("QoS 1, 100:1"),
            Self::Stored => throughput!("QoS 1, 100:1, stored"),
            Self::Stalled => {
                throughput!("with 5 stalled receivers", Measure { name: "broker memory afterwards", unit: "MB" })
            }
            Self::PingPong0 => &[
                Measure { name: "ping-pong QoS 0, median", unit: "us" },
                Measure { name: "ping-pong QoS 0, 99th", unit: "us" },
            ],
            Self::PingPong1 => &[
                Measure { name: "ping-pong QoS 1, median", unit: "us" },
                Measure { name: "ping-pong QoS 1, 99th", unit: "us" },
            ],
            Self::Held => &[
                Measure { name: "connections held", unit: "" },
                Measure { name: "connects", unit: "1/s" },
                Measure { name: "memory per connection", unit: "kB" },
            ],
        }
    }

    pub(super) fn shape(self) -> Shape {
        let crowd =
            |publishers, subscribers, qos, purpose| Shape::Throughput(Crowd { publishers, subscribers, qos, purpose });
        match self {
            Self::OneToOne0 => crowd(1, 1, QoS::AtMostOnce, Purpose::Traffic),
            Self::OneToOne1 => crowd(1, 1, QoS::AtLeastOnce, Purpose::Traffic),
            Self::FanOut => crowd(1, 50, QoS::AtMostOnce, Purpose::Traffic),
            Self::FanIn => crowd(50, 1, QoS::AtMostOnce, Purpose::Traffic),
            Self::FanIn1 => crowd(100, 1, QoS::AtLeastOnce, Purpose::Traffic),
            Self::Stored => crowd(100, 1, QoS::AtLeastOnce, Purpose::Persistent),
            Self::Stalled => Shape::Stalled { readers: 5 },
            Self::PingPong0 => Shape::PingPong(QoS::AtMostOnce),
            Self::PingPong1 => Shape::PingPong(QoS::AtLeastOnce),
            Self::Held => Shape::Held,
        }
    }
}

/// Distinguishes a slow broker from one that waits for the load generator or shares its CPUs.
const BUSY: Measure = Measure { name: "CPU time / delivery", unit: "us" };

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Workload {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|workload| workload.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|workload| workload.name()).collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}
