//! `mqttspec check`

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::Version;

use super::{
    COULD_NOT_RUN, CliError, baseline::KnownFailures, capture::CaptureFile, config::Configuration,
    connection::Connection, dry_run, interruption, pace::Pace, reporting::Reporting, selection::Selection,
    trace::Tracing,
};
use crate::{
    report::{Comparison, Reports, Terminal},
    runner::{RunError, Suite},
    transport::Target,
};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Brokers to check, one after the other: mqtt://HOST:PORT or ws://HOST:PORT/PATH, mqtts:// or wss:// for TLS, or
    /// unix:/PATH
    /// [default: the embedded reference broker]
    // parsed later, because clap repeats what it refuses, and that may contain a password
    #[arg(value_name = "URLS")]
    urls: Vec<String>,
    /// Write what the suite and the brokers exchange to this file, as pcapng for Wireshark: inside TLS, with passwords as
    /// they are sent, and with the ports 1883 and 80 in place of the broker's, so that MQTT is recognized
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// Only say what would be played, and on which brokers
    #[arg(long)]
    dry_run: bool,
    /// Print every case, including passed and skipped ones
    #[arg(short, long)]
    verbose: bool,
    // below the options without a heading, as each of these groups has one
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    pace: Pace,
    #[command(flatten)]
    baseline: KnownFailures,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    tracing: Tracing,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    _configuration: Configuration,
}

impl Check {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let failed = self.reporting.failed()?;
        if failed.as_ref().is_some_and(Vec::is_empty) {
            eprintln!("mqttspec: no case failed in the report of --failed, so there is nothing to check");
            return Ok(ExitCode::SUCCESS);
        }
        let suite = self.suite(failed)?;
        let targets = self.connection.targets(&self.urls)?;
        if self.dry_run {
            return dry_run::print(&suite, &targets);
        }
        // kept until the end, because dropping it stops the broker
        let embedded = if self.urls.is_empty() { Some(embedded()?) } else { None };
        let targets = match &embedded {
            Some((_, target)) => vec![self.connection.limited(target.clone())?],
            None => targets,
        };
        let capture = self.capture()?;
        let names = self.reporting.names(targets.len())?;
        let reports = self.reporting.reports()?;
        let suite = self.tracing.of(suite, reports.use_standard_output())?;
        let terminal = self.terminal(embedded.is_some(), &reports);
        let mut reporters = (terminal, reports);
        let mut worst = 0;
        let mut reports = Vec::new();
        for (target, name) in targets.iter().zip(names) {
            // the port of the embedded broker is another one each time
            let name = name.or_else(|| embedded.as_ref().map(|_| REFERENCE.to_owned()));
            reporters.1.name(name);
            let target = &match &capture {
                Some(capture) => {
                    capture.next(target.scheme);
                    target.clone().watched(capture.clone())
                }
                None => target.clone(),
            };
            let (code, interrupted) = match suite.run_blocking(target, &mut reporters, interruption()) {
                Ok(report) => {
                    if let Some(why) = &report.summary.could_not_run {
                        eprintln!("mqttspec: {why}");
                    }
                    let left = report.summary.not_removed.len();
                    if left > 0 {
                        eprintln!("mqttspec: {left} things could not be removed from {target}; the report lists them");
                    }
                    let ended = (report.summary.exit_code(), report.summary.interrupted);
                    reports.push(report);
                    ended
                }
                Err(error @ (RunError::Reporter(_) | RunError::Runtime(_))) => return Err(CliError::new(error)),
                Err(error) => {
                    eprintln!("mqttspec: {error}");
                    (COULD_NOT_RUN, false)
                }
            };
            worst = worse(worst, code);
            if interrupted {
                break;
            }
        }
        compare(&reporters.1);
        capture.map_or(Ok(()), |capture| capture.finish()).map_err(CliError)?;
        reporters.1.finish().map_err(|error| CliError(format!("cannot write the report: {error}")))?;
        let all_ended = reports.len() == targets.len();
        Ok(ExitCode::from(self.baseline.after(&suite, &reports, all_ended, worst)?))
    }

    fn suite(&self, failed: Option<Vec<(Version, String)>>) -> Result<Suite, CliError> {
        let suite = self.pace.of(self.baseline.of(self.selection.suite_of(failed)?)?)?;
        let suite = self.connection.of(suite, &self.urls)?;
        suite.check().map_err(CliError::new)?;
        Ok(suite)
    }

    fn capture(&self) -> Result<Option<Arc<CaptureFile>>, CliError> {
        let Some(path) = &self.pcap else { return Ok(None) };
        let file = CaptureFile::create(path);
        let unwritable = |error| CliError(format!("cannot write the capture {}: {error}", path.display()));
        Ok(Some(Arc::new(file.map_err(unwritable)?)))
    }

    fn terminal(&self, embedded: bool, reports: &Reports) -> Terminal {
        let terminal = Terminal::new(self.verbose);
        let terminal = if embedded { terminal.embedded() } else { terminal };
        let terminal = if self.tracing.is_on() { terminal.without_bar() } else { terminal };
        if reports.use_standard_output() { terminal.on_standard_error() } else { terminal }
    }
}

/// Prints what differs between the brokers, if there are several.
fn compare(reports: &Reports) {
    let comparison = Comparison::of(&[reports.document()]);
    if comparison.brokers.is_none() && comparison.changes.is_empty() {
        return;
    }
    match reports.use_standard_output() {
        true => eprint!("\n{comparison}"),
        false => print!("\n{comparison}"),
    }
}

/// The reference broker on a free loopback port.
pub(super) fn embedded() -> Result<(Embedded, Target), CliError> {
    let listen = "ws://127.0.0.1:0/mqtt".parse().map_err(CliError::new)?;
    let broker = Embedded::start(Config::default(), &[listen]).map_err(CliError::new)?;
    let url = broker.urls().first().map(ToString::to_string).unwrap_or_default();
    let target = url.parse().map_err(CliError::new)?;
    Ok((broker, target))
}

/// The worse of two exit codes: failures outrank runs that could not start, which outrank success.
pub(super) fn worse(one: u8, other: u8) -> u8 {
    match (one, other) {
        (1, _) | (_, 1) => 1,
        (one, other) => one.max(other),
    }
}

/// The embedded broker in reports.
const REFERENCE: &str = "reference broker";
