//! Makes a document from the events of the runner.

use std::io;

use super::{Case, Document, Run, Verdict, convert};
use crate::runner::{Event, Reporter, Summary};

/// Collects the events of one run after another.
#[derive(Debug, Default)]
pub struct Collector {
    document: Document,
    run: Run,
    transcripts: Transcripts,
    name: Option<String>,
}

/// Of which cases the transcripts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Transcripts {
    /// Those with another verdict than `pass` or `skip`, and those that changed it.
    #[default]
    OfFindings,
    /// Of all that ran.
    OfAll,
}

impl Case {
    fn keep(&mut self, transcripts: Transcripts) {
        let is_found = !matches!(self.verdict, Verdict::Pass | Verdict::Skip) || self.flips.is_some();
        if transcripts == Transcripts::OfFindings && !is_found {
            self.transcript = None;
        }
    }
}

impl Document {
    /// The same, with no more than these transcripts.
    #[must_use]
    pub fn with(&self, transcripts: Transcripts) -> Self {
        let mut copy = self.clone();
        for run in &mut copy.runs {
            run.cases.iter_mut().for_each(|case| case.keep(transcripts));
            run.keep_vectors();
        }
        copy
    }
}

impl Reporter for Collector {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.take(event);
        Ok(())
    }
}

impl Collector {
    /// Keeps more than the transcripts of what was found.
    #[must_use]
    pub fn keeping(transcripts: Transcripts) -> Self {
        Self { transcripts, ..Self::default() }
    }

    /// What the user calls the brokers whose runs follow.
    pub fn name(&mut self, name: Option<String>) {
        self.name = name;
    }

    /// The runs that have ended.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Takes an event. Returns whether a run has ended with it.
    pub fn take(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Started { target, rerun, insecure, at, .. } => {
                self.run = Run {
                    target: (*target).into(),
                    name: self.name.as_deref().map(Into::into),
                    rerun: (!rerun.is_empty()).then(|| (*rerun).into()),
                    began: at.map(convert::moment),
                    insecure: *insecure,
                    ..Run::default()
                };
            }
            Event::Probed(version, learned) => {
                self.run.capabilities.insert(version.to_string().into(), convert::learned(learned));
            }
            Event::Planned { at_once, estimate } => self.run.plan = Some(convert::plan(*at_once, *estimate)),
            Event::Repeats { times, .. } => self.run.times = Some(*times),
            Event::Note(text) => self.run.notes.push((*text).into()),
            Event::Compared(cases, deviations) => {
                self.run.cases = cases.iter().map(|run| self.case(run)).collect();
                let told = cases.iter().zip(&self.run.cases).filter(|(_, case)| case.transcript.is_some());
                let told = told.map(|(run, case)| (case.source.clone(), convert::written(&run.case)));
                self.run.vectors = told.collect();
                self.run.deviations = deviations.iter().map(|found| convert::deviation(found, cases)).collect();
            }
            Event::Waiting { .. } | Event::Finished(_) | Event::Interrupted => {}
            Event::Ended(summary) => {
                self.end(summary);
                return true;
            }
        }
        false
    }

    fn case(&self, run: &crate::runner::CaseRun) -> Case {
        let mut case = convert::case(run);
        case.keep(self.transcripts);
        case
    }

    fn end(&mut self, summary: &Summary) {
        let mut run = std::mem::take(&mut self.run);
        run.summary = convert::summary(summary);
        run.statements = convert::statements(&summary.coverage);
        run.leaks = summary.leaks.iter().map(convert::leak).collect();
        self.document.runs.push(run);
    }
}
