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
use mqttspec::{
    run::Selection,
    vector::{Case, Library},
};
use mqttspec_codec::Version;

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
struct Choice {
    /// Take only cases whose id matches; `3.01-connect` takes everything below it (repeatable)
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave out cases whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    skip: Vec<String>,
    /// Take only cases that cite this statement, for example MQTT-3.1.2-24 (repeatable)
    #[arg(long, value_name = "ID")]
    statement: Vec<String>,
    /// Take only cases of this version (repeatable)
    #[arg(long, value_name = "v3.1.1|v5", value_parser = version)]
    version: Vec<Version>,
    /// Read the vectors from this folder instead of those in the binary
    #[arg(long, value_name = "DIR")]
    vectors: Option<std::path::PathBuf>,
}

impl Choice {
    /// The cases of the library that are chosen: one at least.
    fn cases<'l>(&self, library: &'l Library) -> Result<Vec<&'l Case>, Trouble> {
        let selection = Selection::new(&self.only, &self.skip, &self.statement, &self.version).map_err(Trouble::new)?;
        let cases: Vec<&Case> = library.cases().filter(|case| selection.takes(case)).collect();
        match cases.is_empty() {
            true => Err(Trouble::new("no case matches --only, --skip, --statement and --version; see `mqttspec list`")),
            false => Ok(cases),
        }
    }

    fn library(&self) -> Result<Library, Trouble> {
        let loaded = match &self.vectors {
            Some(folder) => Library::load(folder),
            None => Library::embedded(),
        };
        loaded.map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Trouble(errors.join("\n"))
        })
    }
}

/// Why nothing could be run: text for a person; the exit code is 2.
#[derive(Debug)]
struct Trouble(String);

impl Trouble {
    fn new(why: impl ToString) -> Self {
        Self(why.to_string())
    }
}

pub(crate) fn main() -> ExitCode {
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
        Err(Trouble(why)) => {
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
