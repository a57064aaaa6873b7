//! The load generator, which compares the speed of brokers.
//!
//! It is deliberately small: one thread for each client, blocking sockets, one write for each packet (or for each
//! [`Plan::batch`]), and only a few shared counters. Several brokers take turns within each round, so that other load
//! on the machine affects all of them equally. The results are medians over the rounds.
//!
//! | module | what |
//! |---|---|
//! | [`Workload`] | what is measured |
//! | `wire`, `client` | a blocking client over TCP or WebSocket |
//! | `crowd` | many of them at once |
//! | `flow`, `throughput` | publishers and subscribers with a window between them |
//! | `latency` | one message at a time |
//! | `idle` | connections that do nothing, and subscribers that never read |
//! | `process` | memory and CPU time of the broker's process |
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

/// What to run, and for how long.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workloads to measure, in this order.
    pub workloads: Vec<Workload>,
    /// The number of turns for each broker and workload.
    pub rounds: usize,
    /// The duration of a turn, after a warm-up of [`WARM_UP`].
    pub turn: Duration,
    /// The payload size of each message in bytes.
    pub payload: usize,
    /// The number of packets that a publisher sends in one write.
    pub batch: usize,
    /// The number of messages that publishers may be ahead of the slowest subscriber, on average.
    pub window: u32,
    /// The number of connections in [`Workload::Held`].
    pub connections: usize,
    /// v3.1.1 or v5.
    pub version: Version,
    /// The user name and password for every CONNECT.
    pub login: Login,
    /// The process ids of the brokers, in the order of their URLs, for measuring memory and CPU time. The list may be
    /// shorter.
    pub processes: Vec<u32>,
}

/// Why a turn could not be measured, with the broker and what was tried.
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
    /// Makes topics and Client Identifiers unique.
    name: String,
    /// The process of the target.
    index: usize,
}

impl Turn<'_> {
    /// A value for each of the workload's measures, and how many messages never arrived.
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

    /// The broker's process, if it is known.
    fn process(&self) -> Option<Process> {
        self.plan.processes.get(self.index).copied().map(Process::new)
    }

    fn topic(&self) -> String {
        format!("mqttspec/{}", self.name)
    }
}

/// The time before measuring starts.
pub const WARM_UP: Duration = Duration::from_millis(200);
