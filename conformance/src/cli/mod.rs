//! The command line.

mod bench;
mod broker;
mod check;
mod decode;
mod encode;
mod list;
mod log;
mod passwd;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use mqttspec_codec::Version;

use crate::runner::{Filter, Suite};

/// Conformance suite for MQTT brokers: one URL, a verdict per normative statement of MQTT 3.1.1 and 5.0.
#[derive(Debug, Parser)]
#[command(name = "mqttspec", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks brokers, or without a URL the embedded reference broker over a WebSocket on loopback
    Check(check::Check),
    /// Lists the cases, one a line
    List(list::List),
    /// Prints packets as the vector language writes them, or what is malformed
    Decode(decode::Decode),
    /// Prints the bytes of packets written in the vector language, as hex
    Encode(encode::Encode),
    /// Measures how fast brokers are beside each other
    Bench(bench::Bench),
    /// Runs the reference broker
    Broker(broker::BrokerCommand),
}

/// Which cases.
#[derive(Debug, Args)]
struct CaseFilter {
    /// Take only cases whose id matches: an id, an id without its row, or `3.01-connect` for everything below it
    /// (repeatable)
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave out cases whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    skip: Vec<String>,
    /// Take only cases that cite this statement, for example MQTT-3.1.2-24 (repeatable)
    #[arg(long, value_name = "ID")]
    statement: Vec<String>,
    /// Take only cases of this version of MQTT (repeatable)
    #[arg(long, value_name = "v3.1.1|v5", value_parser = version)]
    mqtt_version: Vec<Version>,
    /// Read the vectors from this folder instead of those in the binary
    #[arg(long, value_name = "DIR")]
    vectors: Option<std::path::PathBuf>,
}

impl CaseFilter {
    /// The suite with the cases that are chosen: one at least.
    fn suite(&self) -> Result<Suite, CliError> {
        let suite = match &self.vectors {
            Some(folder) => Suite::load(folder),
            None => Suite::embedded(),
        };
        let suite = suite.map_err(CliError::new)?.filter(self.filter()?);
        if suite.cases().next().is_none() {
            let why = "no case matches --only, --skip, --statement and --mqtt-version; see `mqttspec list`";
            return Err(CliError::new(why));
        }
        Ok(suite)
    }

    fn filter(&self) -> Result<Filter, CliError> {
        let mut filter = Filter::default();
        for pattern in &self.only {
            filter = filter.only(pattern).map_err(CliError::new)?;
        }
        for pattern in &self.skip {
            filter = filter.skip(pattern).map_err(CliError::new)?;
        }
        filter = self.statement.iter().fold(filter, Filter::statement);
        Ok(self.mqtt_version.iter().fold(filter, |filter, version| filter.version(*version)))
    }
}

/// Why nothing could be run: text for a person; the exit code is 2.
#[derive(Debug)]
struct CliError(String);

impl CliError {
    fn new(why: impl ToString) -> Self {
        Self(why.to_string())
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check(check) => check.run(),
        Command::List(list) => list.run(),
        Command::Decode(decode) => decode.run(),
        Command::Encode(encode) => encode.run(),
        Command::Bench(bench) => bench.run(),
        Command::Broker(broker) => broker.run(),
    };
    match done {
        Ok(code) => code,
        Err(CliError(why)) => {
            eprintln!("mqttspec: {why}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn version(text: &str) -> Result<Version, String> {
    match text {
        "v3.1.1" => Ok(Version::V3_1_1),
        "v5" => Ok(Version::V5),
        _ => Err("expected v3.1.1 or v5".to_owned()),
    }
}

/// Also the version that only the codec knows.
fn any_version(text: &str) -> Result<Version, String> {
    match text {
        "v3.1" => Ok(Version::V3_1),
        _ => version(text).map_err(|_| "expected v3.1, v3.1.1 or v5".to_owned()),
    }
}

const COULD_NOT_RUN: u8 = 2;
