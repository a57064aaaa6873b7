//! `mqttspec bench`

use std::{collections::BTreeSet, net::ToSocketAddrs, process::ExitCode, time::Duration};

use crate::{
    bench::{Plan, WARM_UP, Workload, run},
    runner::Login,
    transport::{Scheme, Target},
};
use clap::{Args, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::Version;

use super::CliError;

#[derive(Debug, Args)]
#[command(args_override_self = true)] // scripts append flags to those of their users
pub(super) struct Bench {
    /// Brokers to measure: mqtt://HOST:PORT or ws://HOST:PORT/PATH, without TLS. They take turns, and results are relative to the
    /// first [default: the embedded reference broker, over TCP and over WebSocket]
    // parsed later, because clap repeats what it refuses, and that may contain a password
    #[arg(value_name = "URLS")]
    urls: Vec<String>,
    /// Measure only this workload (repeatable): qos0, qos1, fan-out, fan-in, fan-in-qos1, stored, stalled,
    /// ping-pong-qos0, ping-pong-qos1, held
    #[arg(long, value_name = "NAME")]
    only: Vec<Workload>,
    /// Number of turns for each broker and workload; the median is shown
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Duration of a turn in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = value_parser!(u32).range(10..=60_000))]
    turn: u32,
    /// Payload size of a message in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = value_parser!(u32).range(0..=1_000_000))]
    payload: u32,
    /// Number of packets that a publisher sends in one write
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u16).range(1..=100))]
    batch: u16,
    /// Number of messages that publishers may be ahead of subscribers
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..=1_000_000))]
    window: u32,
    /// Number of idle connections in the workload `held`
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = value_parser!(u32).range(1..=25_000))]
    connections: u32,
    /// Version of MQTT
    #[arg(long, value_name = "v3.1.1|v5", value_parser = super::version, default_value = "v3.1.1")]
    mqtt_version: Version,
    /// Process id of a broker, to show its memory and CPU time as well (repeatable, in the order of the URLs)
    #[arg(long, value_name = "PID")]
    process: Vec<u32>,
    /// User name for all clients
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Password for all clients
    #[arg(long, value_name = "TEXT", env = "MQTTSPEC_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Allow brokers on other machines; the load may disrupt them
    #[arg(long)]
    remote: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        // kept until the end, because dropping it stops the broker
        let (_embedded, targets) = if self.urls.is_empty() { embedded()? } else { (None, self.targets()?) };
        for target in &targets {
            self.check(target)?;
        }
        let plan = self.plan();
        let turns = plan.workloads.len() * plan.rounds * targets.len();
        let bar = ProgressBar::new(turns as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} turns, {eta} left") {
            bar.set_style(style);
        }
        let results = run(&targets, &plan, || bar.inc(1)).map_err(CliError::new);
        bar.finish_and_clear();
        let results = results?;
        if self.json {
            println!("{}", results.to_json());
            return Ok(ExitCode::SUCCESS);
        }
        print!("{results}");
        println!(
            "Median of {} of {} ms after a warm-up of {} ms; {} B payload, {}, {} per write, window of {}. In parentheses: the ratio to the first broker.",
            counted(plan.rounds, "turn"),
            plan.turn.as_millis(),
            WARM_UP.as_millis(),
            plan.payload,
            plan.version,
            counted(plan.batch, "packet"),
            counted(plan.window as usize, "message"),
        );
        let unmeasured: BTreeSet<&str> =
            results.rows().iter().filter(|row| !row.is_measured()).map(|row| row.measure.name).collect();
        if !unmeasured.is_empty() {
            let unmeasured: Vec<&str> = unmeasured.into_iter().collect();
            println!("Not measured without --process: {}.", unmeasured.join(", "));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn targets(&self) -> Result<Vec<Target>, CliError> {
        self.urls.iter().map(|url| url.parse().map_err(CliError::new)).collect()
    }

    fn plan(&self) -> Plan {
        Plan {
            // in a fixed order, each once
            workloads: Workload::ALL
                .into_iter()
                .filter(|workload| self.only.is_empty() || self.only.contains(workload))
                .collect(),
            rounds: self.rounds.into(),
            turn: Duration::from_millis(self.turn.into()),
            payload: self.payload as usize,
            batch: self.batch.into(),
            window: self.window,
            connections: self.connections as usize,
            version: self.mqtt_version,
            login: Login {
                user_name: self.user_name.clone(),
                password: self.password.as_ref().map(|text| text.clone().into_bytes()),
                ..Login::default()
            },
            processes: self.process.clone(),
        }
    }

    /// Refuses TLS, so that no password is sent in plain text, and other machines, which a load may disrupt.
    fn check(&self, target: &Target) -> Result<(), CliError> {
        if target.tls {
            return Err(CliError(format!("{target}: the load generator does not support TLS; use ws:// or mqtt://")));
        }
        if target.scheme == Scheme::Unix {
            return Err(CliError(format!("{target}: the load generator needs TCP; use ws:// or mqtt://")));
        }
        let mut addresses = (target.host.as_str(), target.port)
            .to_socket_addrs()
            .map_err(|error| CliError(format!("cannot resolve the host of {target}: {error}")))?;
        if self.remote || addresses.all(|address| address.ip().is_loopback()) {
            return Ok(());
        }
        Err(CliError(format!("{target} is not on this machine; use --remote to put a load on it, if it is yours")))
    }
}

/// `1 turn`, `2 turns`
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn embedded() -> Result<(Option<Embedded>, Vec<Target>), CliError> {
    let listeners = ["mqtt://127.0.0.1:0", "ws://127.0.0.1:0/mqtt"]
        .map(str::parse)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .map_err(CliError::new)?;
    let broker = Embedded::start(Config::default(), &listeners).map_err(CliError::new)?;
    let urls = broker.urls().iter().map(|url| url.to_string().parse()).collect::<Result<_, _>>();
    Ok((Some(broker), urls.map_err(CliError::new)?))
}
