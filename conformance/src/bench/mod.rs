//! The load generator: how fast brokers are beside each other.
//!
//! Small on purpose: one thread for each client, blocking sockets, one write for each packet (or for each
//! [`Plan::batch`]), nothing shared but a few counters. Several brokers take turns within each round, so that what else
//! the machine does meets all of them alike; a round's figures are never averaged, their median is shown.
//!
//! | module | what |
//! |---|---|
//! | [`Workload`] | what is measured |
//! | `wire`, `client` | a blocking client over TCP or WebSocket |
//! | `crowd` | many of them at once |
//! | `flow`, `throughput` | publishers and subscribers with a window between them |
//! | `latency` | one message at a time |
//! | `idle` | connections that do nothing, and subscribers that never read |
//! | `process` | what the broker's process uses |
//! | [`Results`] | medians, ratios; as a table and as JSON |

mod client;
mod crowd;
mod flow;
mod idle;
mod latency;
mod process;
mod results;
mod throughput;
mod wire;
mod workload;

use std::{fmt, time::Duration};

use mqttspec_codec::Version;

use crate::{
    runner::{Login, RunId},
    transport::Target,
};

use process::Process;
pub use results::{Results, Row};
pub use workload::{Measure, Workload};

/// What is run, and for how long.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is measured, in this order.
    pub workloads: Vec<Workload>,
    /// How often each broker has its turn with each workload.
    pub rounds: usize,
    /// How long a turn is measured, after a warm-up of [`WARM_UP`].
    pub turn: Duration,
    /// Bytes of each message.
    pub payload: usize,
    /// Packets in one write of a publisher.
    pub batch: usize,
    /// Messages that publishers may be ahead of the slowest subscriber, on average.
    pub window: u32,
    /// Connections of [`Workload::Held`].
    pub connections: usize,
    /// v3.1.1 or v5.
    pub version: Version,
    /// Sent in every CONNECT.
    pub login: Login,
    /// The brokers' processes, in the order of their URLs, for what they use of memory and processor; may be shorter.
    pub processes: Vec<u32>,
}

/// A turn that could not be measured: which broker, what was tried, why.
#[derive(Debug)]
pub struct BenchError {
    target: String,
    why: String,
}

impl BenchError {
    fn new(target: &Target, what: &str, why: impl fmt::Display) -> Self {
        Self { target: target.to_string(), why: format!("{what}: {why}") }
    }
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to measure {}: {}", self.target, self.why)
    }
}

impl std::error::Error for BenchError {}

/// Runs the plan. `turn_ended` is called after each turn.
///
/// # Errors
/// The first turn that cannot be measured ends the run.
pub fn run(targets: &[Target], plan: &Plan, mut turn_ended: impl FnMut()) -> Result<Results, BenchError> {
    let mut results = Results::new(targets, plan);
    let run = RunId::random();
    for &workload in &plan.workloads {
        for round in 0..plan.rounds {
            for (index, target) in targets.iter().enumerate() {
                let turn = Turn { target, plan, name: format!("{}-{workload}-{round}-{index}", run.as_str()), index };
                let (values, lost) = turn.run(workload)?;
                results.add(workload, index, &values, lost);
                turn_ended();
            }
        }
    }
    Ok(results)
}

/// One broker, one workload, one round.
struct Turn<'a> {
    target: &'a Target,
    plan: &'a Plan,
    /// Makes topics and Client Identifiers its own.
    name: String,
    /// Of the target.
    index: usize,
}

impl Turn<'_> {
    /// A value for each of the workload's measures, and how many messages never came.
    fn run(&self, workload: Workload) -> Result<(Vec<f64>, u64), BenchError> {
        match workload.shape() {
            workload::Shape::Throughput(crowd) => throughput::measure(self, crowd, self.plan.payload),
            workload::Shape::Stalled { readers } => idle::stalled(self, readers),
            workload::Shape::PingPong(qos) => latency::measure(self, qos).map(|values| (values, 0)),
            workload::Shape::Held => idle::held(self).map(|values| (values, 0)),
        }
    }

    fn error(&self, what: &str, why: impl fmt::Display) -> BenchError {
        BenchError::new(self.target, what, why)
    }

    /// The broker's, if it is known.
    fn process(&self) -> Option<Process> {
        self.plan.processes.get(self.index).copied().map(Process::new)
    }

    fn topic(&self) -> String {
        format!("mqttspec/{}", self.name)
    }
}

/// Before anything is measured.
pub const WARM_UP: Duration = Duration::from_millis(200);
