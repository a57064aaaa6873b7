//! The command line.

mod baseline;
mod bench;
mod broker;
mod capture;
mod check;
mod compare;
mod completions;
mod config;
mod connection;
mod decode;
mod dry_run;
mod encode;
mod environment;
mod explore;
mod lint;
mod list;
mod log;
mod man;
mod merge;
mod output;
mod pace;
mod passwd;
mod replay;
mod report_bug;
mod reporting;
mod schema;
mod selection;
mod statements;
mod trace;
mod web;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use mqttspec_codec::Version;

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
    Check(Box<check::Check>),
    /// Play random operations on brokers, judge them by a model of the standards, and write what is wrong as vectors
    Explore(Box<explore::Explore>),
    /// Compare reports: what changed between runs of a broker, and what differs between brokers; exits with 1 if
    /// something got worse
    Compare(compare::Compare),
    /// Join reports: parts of a run become one, and runs of several brokers are put side by side
    Merge(merge::Merge),
    /// List the test cases, one line for each version and parameter row
    List(list::List),
    /// List the statements of both standards, with what tests them: version, id, level, number of cases, and what each says
    Statements(statements::Statements),
    /// Explain a statement: what it says in each version, which cases test it, and what a report says of it
    Explain(statements::Explain),
    /// Check files of vectors, and print all mistakes in them
    Lint(lint::Lint),
    /// Print the JSON Schema of files of vectors, for completion in editors
    Schema,
    /// Write a bug report from a JSON report, with a program that repeats the failure
    ReportBug(report_bug::ReportBug),
    /// Play one case step by step, with what is sent and what comes
    Replay(Box<replay::Replay>),
    /// Decode packets from hex into the vector language, or explain why they are malformed
    Decode(decode::Decode),
    /// Encode packets from the vector language into hex
    Encode(encode::Encode),
    /// Compare the speed of brokers
    Bench(bench::Bench),
    /// Run the reference broker
    Broker(broker::BrokerCommand),
    /// Serve a page that checks brokers from a browser, inspects packets, and plays vectors
    Web(web::Web),
    /// Print a script with which a shell completes commands and options
    Completions(completions::Completions),
    /// Write the manual pages
    Man(man::Man),
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
    match config::matches(environment::of_check(Cli::command())).and_then(|matches| run(&matches)) {
        Ok(code) => code,
        Err(CliError(why)) => {
            eprintln!("mqttspec: {why}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let parsed = Cli::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
    match parsed.command {
        Command::Check(check) => check.run(),
        Command::Explore(explore) => explore.run(),
        Command::Compare(compare) => compare.run(),
        Command::Merge(merge) => merge.run(),
        Command::List(list) => list.run(),
        Command::Statements(statements) => statements.run(),
        Command::Explain(explain) => explain.run(),
        Command::ReportBug(report) => report.run(),
        Command::Replay(replay) => replay.run(),
        Command::Lint(lint) => lint.run(),
        Command::Schema => schema::print(),
        Command::Decode(decode) => decode.run(),
        Command::Encode(encode) => encode.run(),
        Command::Bench(bench) => bench.run(),
        Command::Broker(broker) => broker.run(),
        Command::Web(web) => web.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}

/// Completes on Ctrl-C, and on SIGTERM, with which CI systems and service managers stop a process. Never completes if
/// signals cannot be handled.
async fn interruption() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                Ok(()) = tokio::signal::ctrl_c() => return,
                Some(()) = terminate.recv() => return,
                else => {}
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_ok() {
        return;
    }
    std::future::pending::<()>().await;
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
