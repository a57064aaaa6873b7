//! `mqttspec explore`

mod found;
mod progress;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, value_parser};
use mqttspec_codec::Version;

use self::{found::Found, progress::Bar};
use super::{COULD_NOT_RUN, CliError, baseline::KnownFailures, check, connection::Connection, interruption, reporting};
use crate::{
    explore::{Budget, Outcome, Pace, Settings, explore},
    report::{Format, Reports, Terminal},
    runner::{Login, Reporter, Suite, Summary},
    transport::{Dial, Link, Target},
    vector::duration,
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Explore {
    /// Brokers to explore: mqtt://HOST:PORT or ws://HOST:PORT/PATH, or mqtts:// or wss:// for TLS [default: the embedded
    /// reference broker]
    // parsed later, because clap repeats what it refuses, and that may contain a password
    #[arg(value_name = "URLS")]
    urls: Vec<String>,
    /// Repeat the plans of this seed, which each run prints [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Begin no more plans after this time, such as 60s or 10m
    #[arg(long = "for", value_name = "TIME", value_parser = time, default_value = "60s")]
    time: Duration,
    /// Begin no more plans after so many operations
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    ops: Option<u32>,
    /// Number of plans to play at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Only this version of MQTT [default: both take turns]
    #[arg(long, value_name = "v3.1.1|v5", value_parser = super::version)]
    mqtt_version: Option<Version>,
    /// Folder for the vectors of what is found; it is made if there is one
    #[arg(long, value_name = "DIR", default_value = "mqttspec-found")]
    output: PathBuf,
    /// Explore nothing, and play this vector, or all of this folder, that an earlier run has written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "ops", "mqtt_version"])]
    replay: Option<PathBuf>,
    /// Write a report (repeatable), as `mqttspec check` does: FORMAT is json, json-full, junit, markdown, github, badge or
    /// html, FILE may be `-` for standard output
    #[arg(long, value_name = "FORMAT=FILE", value_parser = reporting::report, help_heading = "Reports")]
    report: Vec<(Format, PathBuf)>,
    #[command(flatten)]
    baseline: KnownFailures,
    #[command(flatten)]
    connection: Connection,
}

impl Explore {
    /// Explores; the exit codes are those of `check`.
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let login = self.connection.login()?;
        let targets = self.connection.targets(&self.urls)?;
        // kept until the end, because dropping it stops the broker
        let embedded = if self.urls.is_empty() { Some(check::embedded()?) } else { None };
        let targets = match &embedded {
            Some((_, target)) => vec![self.connection.limited(target.clone())?],
            None => targets,
        };
        let mut reports = reporting::reports(&self.report)?;
        let mut worst = 0;
        for (index, target) in targets.iter().enumerate() {
            let code = match &self.replay {
                Some(path) => self.check(target, std::slice::from_ref(path), &mut reports)?,
                None => self.explore(target, &login, index, &mut reports)?,
            };
            worst = check::worse(worst, code);
        }
        reports.finish().map_err(|error| CliError(format!("cannot write the report: {error}")))?;
        Ok(ExitCode::from(worst))
    }

    fn explore(&self, target: &Target, login: &Login, index: usize, reports: &mut Reports) -> Result<u8, CliError> {
        let seed = self.seed.unwrap_or_else(crate::rt::random) % 1_000_000_000;
        eprintln!("mqttspec: exploring {target} with --seed {seed}");
        let outcome = self.campaign(target, login, seed)?;
        let progress = outcome.progress;
        let kinds = if progress.kinds == 1 { "kind" } else { "kinds" };
        println!(
            "{target}: {} operations in {} plans, {} {kinds} of violations",
            progress.ops, progress.plans, progress.kinds
        );
        if let Some(why) = outcome.void.as_ref().filter(|_| progress.void > 0) {
            println!("{} plans say nothing, the last one because of this: {why}", progress.void);
        }
        if progress.plans == progress.void {
            eprintln!("mqttspec: {target} could not be explored; `mqttspec check` says more");
            return Ok(COULD_NOT_RUN);
        }
        let prefix = if self.urls.len() > 1 { format!("{}-", index + 1) } else { String::new() };
        let mut written = Vec::new();
        for (number, find) in outcome.finds.iter().enumerate() {
            let found = Found::new(find, target, login);
            println!("\n{}. {found}", number + 1);
            if let Some(text) = found.vector() {
                let path = self.output.join(format!("{prefix}{}.yaml", found.name(&written)));
                found::write(&path, text)?;
                println!("   vector: {}", path.display());
                written.push(path);
            }
        }
        if written.is_empty() { nothing(target, reports) } else { self.check(target, &written, reports) }
    }

    fn campaign(&self, target: &Target, login: &Login, seed: u64) -> Result<Outcome, CliError> {
        let versions = match self.mqtt_version {
            Some(version) => vec![version],
            None => vec![Version::V3_1_1, Version::V5],
        };
        let settings = Settings {
            seed,
            versions,
            time: self.time,
            ops: self.ops.map_or(usize::MAX, |ops| usize::try_from(ops).unwrap_or(usize::MAX)),
            at_once: self.jobs.into(),
            pace: Pace::FAST,
            calm: Pace::CALM,
            budget: Budget { replays: 400, time: Duration::from_secs(30) },
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::new)?;
        let bar = Bar::new(&settings);
        let stopped = std::cell::Cell::new(false);
        let outcome = runtime.block_on(async {
            // one clock for all plans
            let dial = Dial::new(target.clone());
            let _ = dial.now();
            let work = explore(|| dial.clone(), &settings, login, || stopped.get(), |progress| bar.tell(progress));
            tokio::pin!(work);
            tokio::select! {
                outcome = &mut work => outcome,
                () = interruption() => {
                    stopped.set(true);
                    work.await
                }
            }
        });
        bar.finish();
        runtime.shutdown_timeout(Duration::from_millis(200));
        Ok(outcome)
    }

    /// Plays vectors as `check` does.
    fn check(&self, target: &Target, paths: &[PathBuf], reports: &mut Reports) -> Result<u8, CliError> {
        let suite = Suite::empty().vectors(paths).map_err(CliError::new)?;
        let suite = self.baseline.of(suite.login(self.connection.login()?))?;
        let terminal = Terminal::new(false).without_bar();
        let terminal = if reports.use_standard_output() { terminal.on_standard_error() } else { terminal };
        let mut reporters = (terminal, std::mem::take(reports));
        let report = suite.run_blocking(target, &mut reporters, interruption());
        *reports = reporters.1;
        let report = report.map_err(CliError::new)?;
        let code = report.summary.exit_code();
        self.baseline.after(&suite, &[report], true, code)
    }
}

/// Reports a run in which nothing was found.
fn nothing(target: &Target, reports: &mut Reports) -> Result<u8, CliError> {
    use crate::runner::Event;
    let target = target.to_string();
    let (rerun, at) = (target.as_str(), Some(crate::rt::time_of_day()));
    let started = Event::Started { target: &target, rerun, insecure: false, cases: 0, at };
    for event in [started, Event::Ended(&Summary::default())] {
        reports.on_event(&event).map_err(|error| CliError(format!("cannot write the report: {error}")))?;
    }
    Ok(0)
}

fn time(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "expected a time such as 60s or 10m".to_owned())
}

const HELP: &str = "\
Several Clients connect, subscribe, publish, hold acknowledgements back, and lose their connections, at random. What they \
see is compared with all that the standards allow. Of each kind of violation the smallest plan is searched for, replayed \
ten times, and written as a vector, if that fails on this broker and passes on the reference broker. Such a vector is an \
ordinary one: `mqttspec check --vectors FILE` plays it too.

Names are unique to the run, and what it leaves on the broker is removed. Exit codes: 0 nothing was found, or nothing that \
a vector shows, 1 a vector fails, 2 the broker could not be explored.";
