//! The options of `mqttspec check` about reports: those that it writes, and those that it reads.

use std::path::PathBuf;

use clap::Args;
use mqttspec_codec::Version;

use super::CliError;
use crate::report::{Format, Reports, document::Document};

#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub(super) struct Reporting {
    /// Write a report (repeatable): FORMAT is json, json-full, junit, markdown, github, badge or html, FILE may be `-` for
    /// standard output
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report)]
    report: Vec<(Format, PathBuf)>,
    /// What to call the broker in reports (repeatable, in the order of the URLs) [default: its URL]
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// An older JSON report: the Markdown report says what changed since then
    #[arg(long, value_name = "REPORT.json")]
    since: Option<PathBuf>,
    /// Only the cases that failed, were blocked, or could not be judged in this JSON report
    #[arg(long, value_name = "REPORT.json")]
    failed: Option<PathBuf>,
}

impl Reporting {
    /// The reports, and the older one that they are compared with.
    pub(super) fn reports(&self) -> Result<Reports, CliError> {
        let since = self.since.as_ref().map(|path| Document::read(path).map_err(CliError::new)).transpose()?;
        Ok(reports(&self.report)?.since(since))
    }

    /// Names for so many brokers, where given.
    ///
    /// # Errors
    /// There are more names than brokers, or two brokers have the same one.
    pub(super) fn names(&self, brokers: usize) -> Result<impl Iterator<Item = Option<String>>, CliError> {
        let names = self.name.len();
        if names > brokers {
            return Err(CliError(format!("{names} times --name, but there are only {brokers} brokers to check")));
        }
        if let Some(twice) =
            self.name.iter().enumerate().find(|(at, name)| self.name.iter().take(*at).any(|n| n == *name))
        {
            return Err(CliError(format!("--name {:?} is given to two brokers", twice.1)));
        }
        Ok(self.name.clone().into_iter().map(Some).chain(std::iter::repeat(None)))
    }

    /// The cases of `--failed`; `None` without that option.
    pub(super) fn failed(&self) -> Result<Option<Vec<(Version, String)>>, CliError> {
        let Some(path) = &self.failed else { return Ok(None) };
        let document = Document::read(path).map_err(CliError::new)?;
        let cases = document.runs.iter().flat_map(|run| &run.cases).filter(|case| case.is_found());
        let names = cases.filter_map(|case| Some((super::version(&case.version).ok()?, case.id.to_string())));
        Ok(Some(names.collect()))
    }
}

pub(super) fn reports(wanted: &[(Format, PathBuf)]) -> Result<Reports, CliError> {
    wanted.iter().try_fold(Reports::default(), |reports, (format, path)| {
        let unwritable = |error| CliError(format!("cannot write the report {}: {error}", path.display()));
        reports.write(*format, path).map_err(unwritable)
    })
}

pub(super) fn report(text: &str) -> Result<(Format, PathBuf), String> {
    match text.split_once('=') {
        Some((format, path)) if !path.is_empty() => Ok((format.parse()?, path.into())),
        _ => Err("expected FORMAT=FILE, for example json=report.json, or FORMAT=- for standard output".to_owned()),
    }
}
