//! The command line.

mod bench;
mod broker;
mod check;
mod completions;
mod decode;
mod encode;
mod list;
mod log;
mod man;
mod passwd;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use mqttspec_codec::Version;

use crate::runner::{Filter, Suite};

/// Conformance suite for MQTT brokers: tests the normative statements of MQTT 3.1.1 and 5.0 that can be observed from outside
#[derive(Debug, Parser)]
#[command(name = "mqttspec", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check brokers [default: the embedded reference broker]
    Check(check::Check),
    /// List the test cases, one line for each version and parameter row
    List(list::List),
    /// Decode packets from hex into the vector language, or explain why they are malformed
    Decode(decode::Decode),
    /// Encode packets from the vector language into hex
    Encode(encode::Encode),
    /// Compare the speed of brokers
    Bench(bench::Bench),
    /// Run the reference broker
    Broker(broker::BrokerCommand),
    /// Print a script with which a shell completes commands and options
    Completions(completions::Completions),
    /// Write the manual pages
    Man(man::Man),
}

/// The options that select cases.
#[derive(Debug, Args)]
struct CaseFilter {
    /// Only cases whose id matches (repeatable): a full id, an id without `[row]`, a folder such as 3.01-connect,
    /// or a pattern with `*`
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Exclude cases whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    skip: Vec<String>,
    /// Only cases that cite this statement, for example MQTT-3.1.2-24 (repeatable)
    #[arg(long, value_name = "ID")]
    statement: Vec<String>,
    /// Only cases for this version of MQTT (repeatable)
    #[arg(long, value_name = "v3.1.1|v5", value_parser = version)]
    mqtt_version: Vec<Version>,
    /// Read the vectors from this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    vectors: Option<std::path::PathBuf>,
}

impl CaseFilter {
    /// The suite with the selected cases, at least one.
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

/// An error message for the user. The exit code is 2.
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
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
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

/// Like [`version`], but also accepts v3.1, which only the codec supports.
fn any_version(text: &str) -> Result<Version, String> {
    match text {
        "v3.1" => Ok(Version::V3_1),
        _ => version(text).map_err(|_| "expected v3.1, v3.1.1 or v5".to_owned()),
    }
}

const COULD_NOT_RUN: u8 = 2;
