//! `mqttspec replay`

mod keyboard;

use std::{
    collections::BTreeSet,
    io::{IsTerminal, Write, stderr, stdin, stdout},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use mqttspec_codec::Version;

use self::keyboard::Keyboard;
use super::{CliError, check, connection::Connection, interruption, output, selection::Vectors};
use crate::{
    report::{
        Terminal,
        document::{Collector, Transcripts},
        replay_text,
        script::script,
    },
    runner::{Filter, Suite, Trace, quoted},
};

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Replay {
    /// Full id of the case, with its row, as `mqttspec list` prints it; any pattern that --only takes will do if it
    /// matches one case
    case: String,
    /// Broker to play it against: mqtt://HOST:PORT or ws://HOST:PORT/PATH, or mqtts:// or wss:// for TLS [default: the
    /// embedded reference broker]
    // parsed later, because clap repeats what it refuses, and that may contain a password
    url: Option<String>,
    /// Only for this version of MQTT [default: each version that the case is for, one after the other]
    #[arg(long, value_name = "v3.1.1|v5", value_parser = super::version)]
    mqtt_version: Option<Version>,
    /// Do not wait before each step; so it is also if standard input or what is printed is no terminal
    #[arg(long)]
    no_wait: bool,
    /// Wait before each step, also if standard input is no terminal: each of its lines is an answer, and its end is `q`
    #[arg(long, conflicts_with = "no_wait")]
    step: bool,
    /// Print a Python program that repeats what was sent, and compares what comes, to standard output; the steps go to
    /// standard error
    #[arg(long)]
    script: bool,
    #[command(flatten)]
    vectors: Vectors,
    #[command(flatten)]
    connection: Connection,
}

impl Replay {
    /// Plays the case; the exit codes are those of `check`.
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let suite = self.vectors.suite()?;
        let names = self.names(&suite)?;
        let several = names.len() > 1;
        if self.script && several {
            return Err(CliError::new(
                "a program repeats one exchange, and the case is for v3.1.1 and v5; choose one with --mqtt-version",
            ));
        }
        let suite = suite.filter(Filter::default().exactly(names)).jobs(1);
        let suite = self.connection.of(suite, self.url.as_slice())?;
        // kept until the end, because dropping it stops the broker
        let embedded = if self.url.is_none() { Some(check::embedded()?) } else { None };
        let target = match &embedded {
            Some((_, target)) => Some(target.clone()),
            None => self.connection.targets(self.url.as_slice())?.pop(),
        };
        let target = target.ok_or_else(|| CliError::new("there is no broker to play it against"))?;
        let keyboard = Arc::new(Keyboard::new(self.waits(), several));
        let terminal = Terminal::new(false).without_bar().brief();
        let terminal = if embedded.is_some() { terminal.embedded() } else { terminal };
        let terminal = if self.script { terminal.on_standard_error() } else { terminal };
        let mut reporters = (terminal, Collector::keeping(Transcripts::OfAll));
        let interruption = {
            let keyboard = keyboard.clone();
            async move {
                tokio::select! {
                    () = interruption() => {}
                    () = keyboard.ended() => {}
                }
            }
        };
        let suite = suite.trace(trace(self.script, &keyboard));
        let report = suite.run_blocking(&target, &mut reporters, interruption).map_err(CliError::new)?;
        let code = report.summary.exit_code();
        let looked = keyboard.looked().as_secs_f64();
        if code == 1 && looked >= 1.0 {
            let advice = "--no-wait plays the case without stops";
            eprintln!("mqttspec: the case stood still for {looked:.0} s, while the broker's clocks went on; {advice}");
        }
        if self.script {
            let runs = &reporters.1.document().runs;
            let played = runs.first().and_then(|run| Some((run, run.cases.first()?)));
            let (run, case) = played.ok_or_else(|| CliError::new("there is no program: the case was not played"))?;
            let text = script(run, case).map_err(|why| CliError(format!("there is no program: {why}")))?;
            output::lines(text.lines())?;
        }
        Ok(ExitCode::from(code))
    }

    /// The case that is meant, in each version.
    fn names(&self, suite: &Suite) -> Result<Vec<(Version, String)>, CliError> {
        let written = self.case.replace(", ", ",");
        let all = || suite.cases().map(|case| (case.version, case.id.clone()));
        let mut named: Vec<(Version, String)> = all().filter(|(_, id)| *id == written).collect();
        if named.is_empty() {
            let filter = Filter::default().only(&self.case).map_err(CliError::new)?;
            let matching = suite.clone().filter(filter);
            matching.check().map_err(CliError::new)?;
            let ids: BTreeSet<&str> = matching.cases().map(|case| case.id.as_str()).collect();
            if ids.len() > 1 {
                return Err(several(&self.case, &ids));
            }
            named = all().filter(|(_, id)| ids.contains(id.as_str())).collect();
        }
        let versions: Vec<String> = named.iter().map(|(version, _)| version.to_string()).collect();
        named.retain(|(version, _)| self.mqtt_version.is_none_or(|only| only == *version));
        match named.is_empty() {
            true => Err(CliError(format!("{} is a case only of {}", self.case, versions.join(" and ")))),
            false => Ok(named),
        }
    }

    fn waits(&self) -> bool {
        let shown = if self.script { stderr().is_terminal() } else { stdout().is_terminal() };
        self.step || (!self.no_wait && stdin().is_terminal() && shown)
    }
}

/// Prints what happens, and asks before each step.
fn trace(on_standard_error: bool, keyboard: &Arc<Keyboard>) -> Trace {
    let print = move |text: &str| {
        // a reader that is gone does not end the case
        let _ = match on_standard_error {
            true => write!(anstream::stderr(), "{text}").and_then(|()| stderr().flush()),
            false => write!(anstream::stdout(), "{text}").and_then(|()| stdout().flush()),
        };
    };
    let (watched, asked) = (keyboard.clone(), keyboard.clone());
    let trace = Trace::new(Filter::default(), move |traced| {
        print(&format!("{}{}\n", watched.before_a_line(), replay_text(traced)));
        watched.saw(traced);
    });
    trace.stepwise(move || {
        let keyboard = asked.clone();
        Box::pin(async move { keyboard.choice(print).await })
    })
}

fn several(pattern: &str, ids: &BTreeSet<&str>) -> CliError {
    let shown: Vec<String> = ids.iter().take(SHOWN).map(|id| format!("\n  {id}")).collect();
    let more = match ids.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\nand {more} more; see `mqttspec list --only {}`", quoted(pattern)),
    };
    CliError(format!(
        "`{pattern}` matches {} cases, and one can be played; name it:{}{more}",
        ids.len(),
        shown.concat()
    ))
}

/// How many cases are listed.
const SHOWN: usize = 40;

const HELP: &str = "\
Each step is shown as it is written in the vector, with its line. Then Enter begins it, `c` plays the rest without \
waiting, and `q` ends the case: connections are closed, and what it left on the broker is removed.

The case's clock stands still while it waits, so limits such as `within` count only the time that is played. The \
broker's clocks go on. The suite keeps connections open with pings that it does not show. But where a case writes a Keep \
Alive of its own, which is said before the step, or is about a Will Delay or an expiry, the broker may act while you \
look. After such a Keep Alive a failure counts as not judged. Before you believe another one, play the case with --no-wait.

Exit codes are those of `check`: 0 passed or skipped, 1 failed, 2 could not be played or judged, or ended with `q`.";
