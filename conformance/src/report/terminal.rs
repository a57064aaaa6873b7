//! Output for people: a progress bar, a line for each failure as it happens, what the broker does wrong, and a summary;
//! plain lines in a pipe.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use mqttspec_codec::Version;

use super::{
    bar::{Bar, Progress},
    coverage, deviations,
    document::{case_named, coverage as coverage_of, deviation_of, leak_of, statements_of},
    failure::explain,
    flips, leak,
};
use crate::{
    judge::Verdict,
    runner::{Capabilities, CaseRun, Deviation, Event, Reporter, Summary},
};

/// Writes to standard output. The progress bar goes to standard error if that is a terminal.
#[derive(Debug)]
pub struct Terminal {
    bar: Option<Bar>,
    target: String,
    rerun: String,
    skips: BTreeMap<String, usize>,
    verbose: bool,
    embedded: bool,
    on_standard_error: bool,
    has_bar: bool,
    brief: bool,
}

impl Terminal {
    /// With `verbose`, prints a line for every case; otherwise omits passed and skipped cases.
    #[must_use]
    pub fn new(verbose: bool) -> Self {
        let (target, rerun) = (String::new(), String::new());
        let skips = BTreeMap::new();
        Self {
            bar: None,
            target,
            rerun,
            skips,
            verbose,
            embedded: false,
            on_standard_error: false,
            has_bar: io::stderr().is_terminal(),
            brief: false,
        }
    }

    /// Says nothing of what was learned and planned before the cases, and of how many statements they test, which are
    /// few.
    #[must_use]
    pub(crate) fn brief(self) -> Self {
        Self { brief: true, ..self }
    }

    /// Commands that rerun a case contain no URL, because `check` starts the embedded broker.
    #[must_use]
    pub fn embedded(self) -> Self {
        Self { embedded: true, ..self }
    }

    /// Shows no progress bar, because something else writes lines at any time.
    #[must_use]
    pub fn without_bar(self) -> Self {
        Self { has_bar: false, ..self }
    }

    /// Writes to standard error, because a report goes to standard output.
    #[must_use]
    pub fn on_standard_error(self) -> Self {
        Self { on_standard_error: true, ..self }
    }

    fn probed(&self, version: Version, learned: &Capabilities) -> io::Result<()> {
        let millis = learned.round_trip.as_secs_f64() * 1000.0;
        // what the URL says is known, and what CONNACK leaves out has its default
        let probed = learned
            .offers
            .iter()
            .filter(|(name, offer)| !["nodes", "websocket"].contains(name) || offer.value.as_number() > Some(1));
        let evidence = probed.map(|(_, offer)| offer.evidence.as_str());
        let announced: Vec<&str> = evidence.filter(|evidence| !evidence.contains("without")).collect();
        self.print(&format!("{DIM}{version}: round trip {millis:.2} ms; {}{DIM:#}", announced.join("; ")))?;
        let factor = learned.pace.tempo(learned.round_trip).factor;
        if factor > 1 {
            let connect = learned.pace.connect.as_secs_f64();
            let slow = format!("a connection takes {connect:.1} s, so cases about times take {factor} times as long");
            self.print(&format!("{version}: {slow}"))?;
        }
        let lacking: Vec<&str> = learned.not_offered().collect();
        match lacking.is_empty() {
            true => Ok(()),
            false => self.print(&format!("{YELLOW}{version}{YELLOW:#} is not offered in full: {}", lacking.join("; "))),
        }
    }

    fn finished(&mut self, run: &CaseRun) -> io::Result<()> {
        let text = match (&run.verdict, &run.known) {
            (Verdict::Fail(_), None) if self.verbose => {
                format!("{}\n{}", heading("FAIL", RED, run), explain(run, Some(&self.rerun)))
            }
            (Verdict::Fail(_), _) => failed(run),
            (Verdict::Error(why), _) => format!("{}\n  {why}", heading("ERROR", RED, run)),
            (Verdict::Warn(warnings), _) => {
                format!("{}\n  {}", heading("warn", YELLOW, run), warnings.join("\n  "))
            }
            (Verdict::Skip(why), _) => {
                *self.skips.entry(why.to_string()).or_default() += 1;
                format!("{}  {why}", heading("skip", DIM, run))
            }
            (Verdict::Pass, _) => heading("pass", GREEN, run),
        };
        let text = match &run.flips {
            Some(changed) => {
                let style = if changed.are_harmless() { YELLOW } else { RED };
                format!("{style}FLIPS{style:#} {}{text}{}", flips::counts(run, changed), flips::exchanges(run))
            }
            None => text,
        };
        // failures follow when all cases were compared, because only then it is known which are blocked
        let quiet = matches!(run.verdict, Verdict::Pass | Verdict::Skip(_) | Verdict::Fail(_)) && run.flips.is_none();
        if self.verbose || !quiet {
            self.print(&text)?;
        }
        let has_failed = matches!(run.verdict, Verdict::Fail(_)) && run.known.is_none();
        self.update_bar(|progress| progress.ended(has_failed));
        Ok(())
    }

    fn update_bar(&self, change: impl FnOnce(&mut Progress)) {
        if let Some(bar) = &self.bar {
            bar.update(change);
        }
    }

    fn clear_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.clear();
        }
    }

    /// Prints above the progress bar.
    fn print(&self, text: &str) -> io::Result<()> {
        let print = || match self.on_standard_error {
            true => writeln!(anstream::stderr(), "{text}"),
            false => writeln!(anstream::stdout(), "{text}"),
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// What the broker does wrong, each once.
    fn compared(&mut self, cases: &[CaseRun], found: &[Deviation]) -> io::Result<()> {
        self.clear_bar();
        for run in cases.iter().filter(|run| !self.verbose && matches!(run.verdict, Verdict::Fail(_))) {
            self.print(&failed(run))?;
        }
        let found: Vec<_> = found.iter().map(|found| deviation_of(found, cases)).collect();
        for (index, deviation) in found.iter().enumerate() {
            let heading = deviations::heading(deviation);
            if deviation.known {
                self.print(&format!("{YELLOW}known{YELLOW:#}  {heading}"))?;
                continue;
            }
            let clearest = case_named(&deviation.clearest, cases);
            let details = deviations::details(deviation, clearest.as_ref(), Some(&self.rerun), self.verbose);
            let number = index + 1;
            self.print(&format!("\n{RED}{number}{RED:#}  {heading}\n{details}"))?;
        }
        match found.is_empty() {
            true => Ok(()),
            false => self.print(&deviations::count(&found)),
        }
    }

    fn ended(&mut self, summary: &Summary) -> io::Result<()> {
        self.clear_bar();
        let leaks: Vec<_> = summary.leaks.iter().map(leak_of).collect();
        if let Some((what, text)) = leak::explain(&leaks) {
            self.print(&match &summary.leaks_known {
                None => format!("{RED}FAIL{RED:#}  {what}\n{text}"),
                Some(reason) => format!("{YELLOW}known{YELLOW:#} {what}\n  {reason}"),
            })?;
        }
        let mut skips: Vec<(&String, &usize)> = self.skips.iter().collect();
        skips.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in skips.iter().take(REASONS) {
            self.print(&format!("{DIM}skipped {count}: {reason}{DIM:#}"))?;
        }
        if skips.len() > REASONS {
            let rest: usize = skips.iter().skip(REASONS).map(|(_, count)| **count).sum();
            self.print(&format!("{DIM}skipped {rest} for other reasons; --verbose shows them{DIM:#}"))?;
        }
        for entry in &summary.stale {
            self.print(&format!("{YELLOW}baseline{YELLOW:#}  {entry}: expected to fail, but does not"))?;
        }
        for entry in &summary.unmatched {
            self.print(&format!("{YELLOW}baseline{YELLOW:#}  {entry}: matches no case; see `mqttspec list`"))?;
        }
        let covered = coverage::lines(&coverage_of(&statements_of(&summary.coverage)));
        for line in covered.iter().filter(|_| !self.brief) {
            self.print(line)?;
        }
        if !summary.not_removed.is_empty() {
            let what = summary.not_removed.join("\n  ");
            self.print(&format!("{YELLOW}left on the broker{YELLOW:#}, as it could not be removed:\n  {what}"))?;
        }
        let tally = summary.tally;
        let warn = match tally.warn {
            0 => String::new(),
            warn => format!(" ({YELLOW}{warn} with warnings{YELLOW:#})"),
        };
        let mut counts = vec![format!("{GREEN}{} passed{GREEN:#}{warn}", tally.pass + tally.warn)];
        let mut add = |count: usize, style: Style, what: &str| {
            if count > 0 {
                counts.push(format!("{style}{count} {what}{style:#}"));
            }
        };
        add(tally.blocked, RED, "blocked");
        add(tally.expected, YELLOW, "failed as the baseline expects");
        add(tally.error, RED, "could not be judged");
        add(tally.flips, RED, "changed their verdict");
        add(tally.skip, DIM, "skipped");
        add(summary.not_run, RED, "not run");
        let failed = if tally.fail > 0 { RED } else { Style::new() };
        counts.insert(1, format!("{failed}{} failed{failed:#}", tally.fail));
        if !summary.leaks.is_empty() && summary.leaks_known.is_none() {
            counts.insert(2, format!("{RED}1 leak{RED:#}"));
        }
        let interrupted = match summary.interrupted {
            true => format!("; {RED}interrupted{RED:#}, the other cases did not run"),
            false => String::new(),
        };
        self.print(&format!("{}: {} in {}{interrupted}", self.target, counts.join(", "), seconds(summary.elapsed)))
    }
}

impl Reporter for Terminal {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Started { target, rerun, insecure, cases, .. } => {
                self.target = (*target).to_owned();
                self.rerun = if self.embedded { String::new() } else { (*rerun).to_owned() };
                self.skips.clear();
                self.print(&format!("mqttspec {}  {target}", env!("CARGO_PKG_VERSION")))?;
                if *insecure {
                    self.print(&format!("{YELLOW}insecure{YELLOW:#}: certificates are not verified"))?;
                }
                self.bar = self.has_bar.then(|| Bar::new(*cases));
                Ok(())
            }
            Event::Probed(_, Ok(_)) | Event::Planned { .. } if self.brief => Ok(()),
            Event::Probed(version, Ok(learned)) => self.probed(*version, learned),
            Event::Probed(version, Err(error)) => self.print(&format!("{YELLOW}{version}{YELLOW:#}: {error}")),
            Event::Planned { at_once, estimate } => {
                self.update_bar(|progress| progress.planned(*estimate));
                let about = estimate.as_secs_f64().ceil();
                self.print(&format!(
                    "{DIM}about {about} s with {at_once} cases at once, if the broker answers all{DIM:#}"
                ))
            }
            Event::Repeats { time, times, changed } => {
                self.update_bar(|progress| progress.repeats(*time, *times));
                let so_far = match changed {
                    0 => String::new(),
                    changed => format!("; {YELLOW}{changed} changed{YELLOW:#} their verdict so far"),
                };
                self.print(&format!("{DIM}time {time} of {times}{DIM:#}{so_far}"))
            }
            Event::Waiting { case, others } => {
                self.update_bar(|progress| progress.waits_for(&format!("{} {}", case.version, case.id), *others));
                Ok(())
            }
            Event::Finished(run) => self.finished(run),
            Event::Note(text) => self.print(&format!("{YELLOW}broker{YELLOW:#} {text}")),
            Event::Compared(cases, found) => self.compared(cases, found),
            Event::Interrupted => self.print("interrupted: no more cases are started"),
            Event::Ended(summary) if summary.could_not_run.is_some() && summary.tally.total() == 0 => {
                self.clear_bar();
                Ok(())
            }
            Event::Ended(summary) => self.ended(summary),
        }
    }
}

/// A failed case in short: what was wrong, and what blocks it or why it was expected.
fn failed(run: &CaseRun) -> String {
    let Verdict::Fail(failure) = &run.verdict else { return String::new() };
    let heading = match (&run.known, &run.blocked_by) {
        (Some(_), _) => heading("known", YELLOW, run),
        (None, Some(_)) => heading("blocked", RED, run),
        (None, None) => heading("FAIL", RED, run),
    };
    let mut text = format!("{heading}\n  {}", failure.what);
    if let Some(by) = &run.blocked_by {
        text.push_str(&format!("\n  blocked by {by}"));
    } else if let Some(reason) = &run.known {
        text.push_str(&format!("\n  {reason}"));
    }
    text
}

fn heading(word: &str, style: Style, run: &CaseRun) -> String {
    format!("{style}{word:<5}{style:#} {} {}  {}", run.case.version, run.case.id, run.case.title)
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

/// How many reasons of skips are printed, the most frequent first.
const REASONS: usize = 8;
const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();
