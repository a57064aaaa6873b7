//! `mqttspec check`

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use clap::Args;
use mqttspec::{
    guest::Login,
    report::{Event, Json, Sink, Summary, Terminal},
    run::Baseline,
    transport::{Campaign, Progress, Target, Trust},
    vector::{Case, Library},
};
use mqttspec_broker::{core::Config, shell::Embedded};

use super::{Choice, Trouble};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// ws://HOST:PORT/PATH or mqtt://HOST:PORT, under TLS wss:// or mqtts://; several are checked one after the other
    urls: Vec<Target>,
    #[command(flatten)]
    choice: Choice,
    /// How many cases at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Expected failures, each with its reason
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write a report (repeatable): json=FILE
    #[arg(long, value_name = "KIND=FILE", value_parser = report)]
    report: Vec<(Kind, PathBuf)>,
    /// User name of the run's clients
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Password of the run's clients
    #[arg(long, value_name = "TEXT", env = "MQTTSPEC_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Under TLS, accept brokers by these certificates (PEM) instead of the system's: of authorities, or their own
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Under TLS, accept any certificate
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// Print every case
    #[arg(short, long)]
    verbose: bool,
}

/// The kinds of report.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Json,
}

impl Check {
    pub(super) fn run(&self) -> Result<ExitCode, Trouble> {
        let library = self.choice.library()?;
        let cases = self.choice.cases(&library)?;
        let baseline = self.baseline()?;
        let mut sinks = self.sinks()?;
        // kept to the end: dropping it stops the broker
        let embedded = if self.urls.is_empty() { Some(embedded()?) } else { None };
        let targets = match &embedded {
            Some((_, target)) => vec![target.clone()],
            None => self.targets()?,
        };
        let mut worst = 0;
        for target in &targets {
            let summary = self.check(target, &library, &cases, &baseline, &mut sinks)?;
            if let Some(why) = &summary.could_not_run {
                eprintln!("mqttspec: {why}");
            }
            worst = worse(worst, summary.exit_code());
            if summary.interrupted {
                break;
            }
        }
        Ok(ExitCode::from(worst))
    }

    fn check(
        &self,
        target: &Target,
        library: &Library,
        cases: &[&Case],
        baseline: &Baseline,
        sinks: &mut [Box<dyn Sink>],
    ) -> Result<Summary, Trouble> {
        let start = Instant::now();
        let url = target.to_string();
        let mut summary = Summary::default();
        let mut known = baseline.known();
        let mut written = Ok(());
        let mut tell = |event: &Event<'_>| {
            for sink in sinks.iter_mut() {
                if let Err(error) = sink.hear(event) {
                    written = Err(Trouble(format!("a report cannot be written: {error}")));
                }
            }
        };
        let user = self.user_name.as_ref().map_or(String::new(), |name| format!(" --user-name {name}"));
        let again = if self.urls.is_empty() { String::new() } else { format!("{url}{}{user}", self.trusting(target)) };
        let insecure = target.tls && self.insecure;
        tell(&Event::Started { target: &url, again: &again, insecure, cases: cases.len() });
        let login = Login {
            user_name: self.user_name.clone(),
            password: self.password.as_ref().map(|password| password.clone().into_bytes()),
        };
        let campaign = Campaign { target: target.clone(), login, jobs: usize::from(self.jobs) };
        let done = campaign.run(cases, |progress| match progress {
            Progress::Probed(version, learned) => tell(&Event::Probed(version, &learned)),
            Progress::Finished(run) => {
                let expected = baseline.expects(run.case);
                known.count(&run);
                summary.tally.count(&run.verdict, expected.is_some());
                tell(&Event::Finished(&run, expected));
            }
            Progress::Interrupted => {
                summary.interrupted = true;
                tell(&Event::Interrupted);
            }
        });
        summary.could_not_run = done.err();
        summary.elapsed = start.elapsed();
        if summary.could_not_run.is_none() && !summary.interrupted {
            summary.needless = known.needless(library);
        }
        tell(&Event::Ended(&summary));
        written.map(|()| summary)
    }

    /// The URLs, each with whom to trust.
    fn targets(&self) -> Result<Vec<Target>, Trouble> {
        let trust = match &self.ca {
            Some(file) => Trust::authorities(file).map_err(Trouble)?,
            None if self.insecure => Trust::anyone(),
            None => Trust::default(),
        };
        Ok(self.urls.iter().map(|target| Target { trust: trust.clone(), ..target.clone() }).collect())
    }

    /// What a command line says of trust, with a blank before it.
    fn trusting(&self, target: &Target) -> String {
        match &self.ca {
            Some(file) if target.tls => format!(" --ca {}", file.display()),
            None if target.tls && self.insecure => " --insecure".to_owned(),
            _ => String::new(),
        }
    }

    fn baseline(&self) -> Result<Baseline, Trouble> {
        let Some(path) = &self.baseline else { return Ok(Baseline::default()) };
        let text = fs::read_to_string(path)
            .map_err(|error| Trouble(format!("cannot read the baseline {}: {error}", path.display())))?;
        Baseline::parse(&path.display().to_string(), &text).map_err(Trouble::new)
    }

    fn sinks(&self) -> Result<Vec<Box<dyn Sink>>, Trouble> {
        let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(Terminal::new(self.verbose))];
        for (kind, path) in &self.report {
            let unwritable = |error| Trouble(format!("cannot write the report {}: {error}", path.display()));
            sinks.push(match kind {
                Kind::Json => Box::new(Json::create(path.clone()).map_err(unwritable)?),
            });
        }
        Ok(sinks)
    }
}

/// The reference broker on a free loopback port.
fn embedded() -> Result<(Embedded, Target), Trouble> {
    let listen = "ws://127.0.0.1:0/mqtt".parse().map_err(Trouble::new)?;
    let broker = Embedded::start(Config::default(), &[listen]).map_err(Trouble::new)?;
    let url = broker.urls().first().map(ToString::to_string).unwrap_or_default();
    let target = url.parse().map_err(Trouble::new)?;
    Ok((broker, target))
}

/// Failures outrank runs that could not be made, and those outrank success.
fn worse(one: u8, other: u8) -> u8 {
    match (one, other) {
        (1, _) | (_, 1) => 1,
        (one, other) => one.max(other),
    }
}

fn report(text: &str) -> Result<(Kind, PathBuf), String> {
    match text.split_once('=') {
        Some(("json", path)) if !path.is_empty() => Ok((Kind::Json, path.into())),
        _ => Err("expected json=FILE".to_owned()),
    }
}
