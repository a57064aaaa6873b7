//! Makes the parts of a document from those of the runner.

use std::time::{Duration, SystemTime};

use mqttspec_codec::PacketType;
use serde_json::json;

use super::{
    Capabilities, Case, CaseName, Deviation, Entry, Failure, Flips, Leak, Learned, Observed, Offer, Plan, Statement,
    Summary, Tally, Verdict, Way, coverage,
};
use crate::{
    judge::{self, Direction, TranscriptEntry},
    packet::{Value as PacketValue, fields, hex_digits},
    report::deviations,
    runner::{self, CaseRun},
    text::Text,
};

pub(in crate::report) fn case(run: &CaseRun) -> Case {
    let failure = match &run.verdict {
        judge::Verdict::Fail(failure) => Some(&**failure),
        _ => None,
    };
    Case {
        id: text(&run.case.id),
        version: run.case.version.to_string().into(),
        title: text(&run.case.title),
        source: run.case.place.to_string().into(),
        file: run.case.path().map(text),
        statements: run.case.cites.iter().map(|cited| text(&cited.id)).collect(),
        verdict: verdict(run),
        began: run.began.map(moment),
        prefix: run.prefix.as_deref().map(text),
        milliseconds: milliseconds(run.elapsed),
        reason: match &run.verdict {
            judge::Verdict::Skip(why) | judge::Verdict::Error(why) => Some(why.clone()),
            _ => None,
        },
        warnings: match &run.verdict {
            judge::Verdict::Warn(warnings) => warnings.clone(),
            _ => Vec::new(),
        },
        failure: failure.map(explain),
        accused: run.accused.as_ref().filter(|_| failure.is_some()).map(|cited| text(&cited.id)),
        among: match (&run.accused, failure) {
            (None, Some(failure)) => failure.accusation.among.iter().map(|cited| text(&cited.id)).collect(),
            _ => Vec::new(),
        },
        how: failure.map(|failure| failure.accusation.how.name().into()),
        by: run.blocked_by.as_ref().map(name),
        expected_failure: run.known.as_deref().filter(|_| failure.is_some()).map(text),
        flips: run.flips.as_ref().map(|flips| Flips {
            counts: flips.counts.iter().map(|(verdict, count)| (text(verdict), *count)).collect(),
            others: flips.others.iter().map(case).collect(),
        }),
        transcript: (!run.transcript.is_empty()).then(|| run.transcript.iter().map(entry).collect()),
    }
}

/// The case as its file has it, without the indentation that its lines have in common.
pub(super) fn written(case: &crate::vector::Case) -> Vec<Text> {
    let lines: Vec<&str> = case.lines().map(|(_, line)| line).collect();
    let indent = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    lines.iter().map(|line| text(line.get(indent..).unwrap_or_default())).collect()
}

/// The case of that name.
pub(in crate::report) fn case_named(name: &CaseName, runs: &[CaseRun]) -> Option<Case> {
    let is_named = |run: &&CaseRun| run.case.id == *name.id && run.case.version.to_string() == *name.version;
    runs.iter().find(is_named).map(case)
}

fn verdict(run: &CaseRun) -> Verdict {
    match &run.verdict {
        judge::Verdict::Pass => Verdict::Pass,
        judge::Verdict::Warn(_) => Verdict::Warn,
        judge::Verdict::Fail(_) if run.blocked_by.is_some() => Verdict::Blocked,
        judge::Verdict::Fail(_) => Verdict::Fail,
        judge::Verdict::Skip(_) => Verdict::Skip,
        judge::Verdict::Error(_) => Verdict::Error,
    }
}

fn explain(failure: &judge::Failure) -> Failure {
    Failure {
        what: failure.what.clone(),
        source: failure.place.as_ref().map(|place| place.to_string().into()),
        step: failure.step.as_deref().map(text),
        expected: failure.expected.iter().map(|expected| text(expected)).collect(),
        observed: failure.observed.as_ref().map(observed),
    }
}

fn observed(observed: &judge::Observed) -> Observed {
    Observed {
        connection: text(&observed.who),
        packet: observed.text.clone(),
        hex: hex_digits(&observed.bytes).into(),
        wrong_byte: observed.mark,
    }
}

pub(in crate::report) fn entry(entry: &TranscriptEntry) -> Entry {
    Entry {
        milliseconds: milliseconds(entry.at),
        connection: text(&entry.who),
        direction: match entry.direction {
            Direction::Sent => Way::Sent,
            Direction::Received => Way::Received,
        },
        packet: entry.text.clone(),
        hex: hex_digits(&entry.bytes).into(),
        automatic: entry.automatic,
    }
}

pub(in crate::report) fn deviation(found: &runner::Deviation, cases: &[CaseRun]) -> Deviation {
    let names = |names: &[runner::CaseName]| names.iter().map(name).collect();
    Deviation {
        key: found.key.name().into(),
        what: deviations::what(found).into(),
        statements: found
            .statements
            .iter()
            .map(|(version, ids)| (version.to_string().into(), ids.iter().map(|id| text(id)).collect()))
            .collect(),
        clearest: name(&found.clearest),
        inferred: found.inferred,
        closing: found.closing,
        known: deviations::is_known(found, cases),
        witnesses: names(&found.witnesses),
        blocked: names(&found.blocked),
        kept: names(&found.kept),
    }
}

fn name(name: &runner::CaseName) -> CaseName {
    CaseName { version: name.version.to_string().into(), id: text(&name.id) }
}

pub(in crate::report) fn leak(leak: &runner::Leak) -> Leak {
    let case = |case: &crate::vector::Case| CaseName { version: case.version.to_string().into(), id: text(&case.id) };
    Leak {
        statement: runner::Leak::STATEMENT.into(),
        topic: text(&leak.topic),
        seen_by: case(&leak.seen_by),
        published_by: leak.owner.as_ref().map(|owner| case(owner)),
        observed: observed(&leak.observed),
    }
}

pub(super) fn learned(learned: &Result<runner::Capabilities, runner::ProbeError>) -> Learned {
    match learned {
        Ok(learned) => Learned::Known(capabilities(learned)),
        Err(error) => Learned::Untested { error: error.to_string().into() },
    }
}

fn capabilities(learned: &runner::Capabilities) -> Capabilities {
    let offers = learned.offers.iter().map(|(name, offer)| {
        let value = match &offer.value {
            PacketValue::Bool(flag) => json!(flag),
            PacketValue::Number(number) => json!(number),
            other => json!(Text::from(fields::describe_value(PacketType::Connack, fields::Kind::Text, other))),
        };
        (text(name), Offer { value, evidence: offer.evidence.clone() })
    });
    Capabilities {
        round_trip_ms: milliseconds(learned.round_trip),
        answer_ms: milliseconds(learned.pace.answer),
        connect_ms: milliseconds(learned.pace.connect),
        connect_beside_ms: milliseconds(learned.pace.connect_beside),
        not_offered: learned.not_offered().map(text).collect(),
        offers: offers.collect(),
    }
}

pub(super) fn plan(at_once: usize, estimate: Duration) -> Plan {
    Plan { at_once, estimate_seconds: estimate.as_secs_f64() }
}

pub(super) fn summary(summary: &runner::Summary) -> Summary {
    let tally = summary.tally;
    let texts = |texts: &[String]| texts.iter().map(|entry| text(entry)).collect();
    Summary {
        tally: Tally {
            pass: tally.pass,
            warn: tally.warn,
            fail: tally.fail,
            blocked: tally.blocked,
            expected_failures: tally.expected,
            skip: tally.skip,
            error: tally.error,
            flips: tally.flips,
        },
        coverage: coverage(&statements(&summary.coverage)),
        deviations: summary.deviations.len(),
        seconds: milliseconds(summary.elapsed) / 1000.0,
        interrupted: summary.interrupted,
        could_not_run: summary.could_not_run.clone(),
        not_run: summary.not_run,
        suspects: texts(&summary.suspects),
        leaks_expected: summary.leaks_known.as_deref().map(text),
        not_removed: texts(&summary.not_removed),
        stale_baseline_entries: texts(&summary.stale),
        unmatched_baseline_entries: texts(&summary.unmatched),
        exit_code: summary.exit_code(),
    }
}

/// Every statement with its verdict.
pub(in crate::report) fn statements(coverage: &runner::Coverage) -> Vec<Statement> {
    let statements = coverage.iter().map(|(cited, verdict)| Statement {
        version: text(&cited.version.to_string()),
        id: text(&cited.id),
        verdict: text(verdict.name()),
    });
    statements.collect()
}

/// In RFC 3339 with milliseconds, in UTC.
pub(super) fn moment(at: SystemTime) -> Text {
    humantime::format_rfc3339_millis(at).to_string().into()
}

fn text(text: &str) -> Text {
    text.into()
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
