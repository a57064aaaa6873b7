//! `mqttspec report-bug`

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use mqttspec_codec::Version;

use super::{CliError, output, version};
use crate::{
    report::{
        bug_report,
        document::{Case, Document, Run},
        script::script,
    },
    source::nearest,
};

#[derive(Debug, Args)]
pub(super) struct ReportBug {
    /// JSON report of `mqttspec check --report json=FILE`
    report: PathBuf,
    /// Id of a failed case in it
    case: String,
    /// Print only the program that repeats the failure: Python, with its standard library only
    #[arg(long)]
    script: bool,
    /// The version of MQTT, if the case failed in both [default: v5]
    #[arg(long, value_name = "v3.1.1|v5", value_parser = version)]
    mqtt_version: Option<Version>,
    /// The broker, by name or URL, if the report has several [default: the first for which the case failed]
    #[arg(long, value_name = "NAME")]
    broker: Option<String>,
}

impl ReportBug {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let document = Document::read(&self.report).map_err(CliError::new)?;
        let (run, case) = self.find(&document)?;
        let text = match self.script {
            true => script(run, case).map_err(|why| CliError(format!("no program can show this failure: {why}")))?,
            false => bug_report(&document, run, case).ok_or_else(|| CliError::new("the case did not fail"))?,
        };
        output::lines(text.lines())
    }

    fn find<'a>(&self, document: &'a Document) -> Result<(&'a Run, &'a Case), CliError> {
        let runs: Vec<&Run> = match &self.broker {
            None => document.runs.iter().collect(),
            Some(name) => document.runs.iter().filter(|run| *run.label() == **name || *run.target == **name).collect(),
        };
        if runs.is_empty() {
            let known: Vec<&str> = document.runs.iter().map(|run| &**run.label()).collect();
            return Err(CliError(format!("the report has no such broker; it has {}", known.join(", "))));
        }
        let version = self.mqtt_version.map(|version| version.to_string());
        let cases = runs.iter().flat_map(|run| run.cases.iter().map(move |case| (*run, case)));
        let cases = cases.filter(|(_, case)| version.as_ref().is_none_or(|version| *case.version == **version));
        let named: Vec<(&Run, &Case)> = cases.filter(|(_, case)| *case.id == *self.case).collect();
        let failed = named.iter().filter(|(_, case)| case.failure.is_some());
        // `v5` is the last in order
        match (failed.rev().max_by_key(|(_, case)| &case.version), named.first()) {
            (Some(found), _) => Ok(*found),
            (None, Some((run, case))) => {
                let (id, verdict, broker) = (&case.id, case.verdict.name(), run.label());
                Err(CliError(format!("{id} did not fail on {broker}: its verdict is {verdict}")))
            }
            (None, None) => {
                let ids = runs.iter().flat_map(|run| &run.cases).filter(|case| case.failure.is_some());
                let ids: Vec<&str> = ids.map(|case| &*case.id).collect();
                let hint = nearest(&self.case, ids).map_or_else(String::new, |id| format!("; did you mean {id}?"));
                Err(CliError(format!("the report has no case {:?}{hint}", self.case)))
            }
        }
    }
}
