//! The whole run as one JSON document, with what the broker does wrong, and the verdict, the statements and the bytes of
//! every case.
//! `conformance/report.schema.json` is its schema.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::{
    judge::{Direction, Failure, Observed, TranscriptEntry, Verdict},
    packet::{Value as PacketValue, fields, hex_digits},
    runner::{Capabilities, CaseName, CaseRun, Deviation, Event, Leak, Reporter, Summary},
    vector::Case,
};

/// Collects events, and writes the file at the end of each run.
#[derive(Debug)]
pub struct Json {
    path: PathBuf,
    runs: Vec<Value>,
    run: Map<String, Value>,
    cases: Vec<Value>,
    deviations: Vec<Value>,
    capabilities: Map<String, Value>,
    notes: Vec<Value>,
}

impl Json {
    /// Writes to that file, whole or not at all: what it held stays until the run has ended. An invalid path is reported
    /// before the run.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: PathBuf) -> io::Result<Self> {
        let partial = partial(&path);
        fs::write(&partial, "")?;
        if partial != path {
            fs::remove_file(&partial)?;
        }
        let (run, capabilities) = (Map::new(), Map::new());
        Ok(Self {
            path,
            runs: Vec::new(),
            run,
            cases: Vec::new(),
            deviations: Vec::new(),
            capabilities,
            notes: Vec::new(),
        })
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let statements: Vec<Value> = summary
            .coverage
            .iter()
            .map(|(cited, verdict)| json!({ "version": cited.version.to_string(), "id": cited.id, "verdict": verdict.name() }))
            .collect();
        let mut run = std::mem::take(&mut self.run);
        run.insert("capabilities".to_owned(), std::mem::take(&mut self.capabilities).into());
        run.insert("summary".to_owned(), summarize(summary));
        run.insert("statements".to_owned(), statements.into());
        run.insert("leaks".to_owned(), summary.leaks.iter().map(leak).collect());
        run.insert("notes".to_owned(), std::mem::take(&mut self.notes).into());
        run.insert("deviations".to_owned(), std::mem::take(&mut self.deviations).into());
        run.insert("cases".to_owned(), std::mem::take(&mut self.cases).into());
        self.runs.push(run.into());
        let mut document = json!({
            "tool": "mqttspec",
            "tool_version": env!("CARGO_PKG_VERSION"),
            "format": 3,
        });
        // moved and not copied, because the runs are most of what the suite keeps in memory
        document["runs"] = std::mem::take(&mut self.runs).into();
        let written = self.write(&document);
        if let Value::Array(runs) = document["runs"].take() {
            self.runs = runs;
        }
        written
    }

    fn write(&self, document: &Value) -> io::Result<()> {
        let partial = partial(&self.path);
        // not by way of a String, which would be a second copy of everything
        let mut file = BufWriter::new(File::create(&partial)?);
        serde_json::to_writer_pretty(&mut file, document)?;
        writeln!(file)?;
        file.into_inner()?;
        if partial == self.path { Ok(()) } else { fs::rename(partial, &self.path) }
    }
}

/// Where a report is written until it is whole: beside its file, or in place if that is a pipe or a device.
fn partial(path: &Path) -> PathBuf {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => path.to_owned(),
        _ => {
            let mut name = path.as_os_str().to_owned();
            name.push(".partial");
            name.into()
        }
    }
}

impl Reporter for Json {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Started { target, insecure, .. } => {
                self.run.insert("target".to_owned(), json!(target));
                self.run.insert("insecure".to_owned(), json!(insecure));
            }
            Event::Probed(version, learned) => {
                let value = match learned {
                    Ok(learned) => capabilities(learned),
                    Err(error) => json!({ "error": error.to_string() }),
                };
                self.capabilities.insert(version.to_string(), value);
            }
            Event::Note(text) => self.notes.push(json!(text)),
            Event::Compared(cases, deviations) => {
                self.cases = cases.iter().map(case).collect();
                self.deviations = deviations.iter().map(deviation).collect();
            }
            Event::Planned { at_once, estimate } => {
                let plan = json!({ "at_once": at_once, "estimate_seconds": estimate.as_secs_f64() });
                self.run.insert("plan".to_owned(), plan);
            }
            Event::Repeats { times, .. } => drop(self.run.insert("times".to_owned(), json!(times))),
            Event::Finished(_) | Event::Interrupted => {}
            Event::Ended(summary) => return self.end(summary),
        }
        Ok(())
    }
}

fn capabilities(learned: &Capabilities) -> Value {
    let mut offers = Map::new();
    for (name, offer) in &learned.offers {
        let value = match &offer.value {
            PacketValue::Bool(flag) => json!(flag),
            PacketValue::Number(number) => json!(number),
            other => json!(fields::describe_value(mqttspec_codec::PacketType::Connack, fields::Kind::Text, other)),
        };
        offers.insert((*name).to_owned(), json!({ "value": value, "evidence": offer.evidence }));
    }
    json!({
        "round_trip_ms": milliseconds(learned.round_trip),
        "answer_ms": milliseconds(learned.pace.answer),
        "connect_ms": milliseconds(learned.pace.connect),
        "connect_beside_ms": milliseconds(learned.pace.connect_beside),
        "not_offered": learned.not_offered().collect::<Vec<_>>(),
        "offers": offers,
    })
}

fn case(run: &CaseRun) -> Value {
    let statements: Vec<&str> = run.case.cites.iter().map(|cited| cited.id.as_str()).collect();
    let transcript: Vec<Value> = run.transcript.iter().map(entry).collect();
    let mut case = json!({
        "id": run.case.id,
        "version": run.case.version.to_string(),
        "title": &*run.case.title,
        "source": run.case.place.to_string(),
        "statements": statements,
        "verdict": run.verdict_name(),
        "milliseconds": milliseconds(run.elapsed),
        "transcript": transcript,
    });
    if let (Some(flips), Value::Object(map)) = (&run.flips, &mut case) {
        let others: Vec<Value> = flips.others.iter().map(self::case).collect();
        map.insert("flips".to_owned(), json!({ "counts": flips.counts, "others": others }));
    }
    let (key, value) = match &run.verdict {
        Verdict::Pass => return case,
        Verdict::Warn(warnings) => ("warnings", json!(warnings)),
        Verdict::Fail(failure) => ("failure", explain(failure)),
        Verdict::Skip(why) | Verdict::Error(why) => ("reason", json!(why)),
    };
    if let Value::Object(map) = &mut case {
        map.insert(key.to_owned(), value);
        if let Some(by) = &run.blocked_by {
            map.insert("by".to_owned(), name(by));
        }
        if let Verdict::Fail(failure) = &run.verdict {
            map.insert("accused".to_owned(), json!(run.accused.as_ref().map(|cited| &cited.id)));
            map.insert("how".to_owned(), json!(failure.accusation.how.name()));
        }
        if let (Some(reason), Verdict::Fail(_)) = (&run.known, &run.verdict) {
            map.insert("expected_failure".to_owned(), json!(reason));
        }
    }
    case
}

fn deviation(deviation: &Deviation) -> Value {
    let names = |names: &[CaseName]| names.iter().map(name).collect::<Vec<_>>();
    let statements: Map<String, Value> =
        deviation.statements.iter().map(|(version, ids)| (version.to_string(), json!(ids))).collect();
    json!({
        "key": deviation.key.name(),
        "what": deviation.key.to_string(),
        "statements": statements,
        "clearest": name(&deviation.clearest),
        "inferred": deviation.inferred,
        "witnesses": names(&deviation.witnesses),
        "blocked": names(&deviation.blocked),
        "kept": names(&deviation.kept),
    })
}

fn name(name: &CaseName) -> Value {
    json!({ "version": name.version.to_string(), "id": name.id })
}

fn explain(failure: &Failure) -> Value {
    let observed = failure.observed.as_ref().map(observed);
    json!({
        "what": failure.what,
        "source": failure.place.as_ref().map(ToString::to_string),
        "step": failure.step.as_deref(),
        "expected": failure.expected,
        "observed": observed,
    })
}

fn observed(observed: &Observed) -> Value {
    json!({
        "connection": &*observed.who,
        "packet": observed.text,
        "hex": hex_digits(&observed.bytes),
        "wrong_byte": observed.mark,
    })
}

fn leak(leak: &Leak) -> Value {
    let case = |case: &Case| json!({ "id": case.id, "version": case.version.to_string() });
    json!({
        "statement": Leak::STATEMENT,
        "topic": leak.topic,
        "seen_by": case(&leak.seen_by),
        "published_by": leak.owner.as_ref().map(|owner| case(owner)),
        "observed": observed(&leak.observed),
    })
}

fn entry(entry: &TranscriptEntry) -> Value {
    let direction = match entry.direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    };
    json!({
        "milliseconds": milliseconds(entry.at),
        "connection": &*entry.who,
        "direction": direction,
        "packet": entry.text,
        "hex": hex_digits(&entry.bytes),
        "automatic": entry.automatic,
    })
}

fn summarize(summary: &Summary) -> Value {
    let tally = summary.tally;
    json!({
        "pass": tally.pass,
        "warn": tally.warn,
        "fail": tally.fail,
        "blocked": tally.blocked,
        "deviations": summary.deviations.len(),
        "expected_failures": tally.expected,
        "skip": tally.skip,
        "error": tally.error,
        "flips": tally.flips,
        "seconds": summary.elapsed.as_secs_f64(),
        "interrupted": summary.interrupted,
        "could_not_run": summary.could_not_run,
        "not_run": summary.not_run,
        "suspects": summary.suspects,
        "leaks_expected": summary.leaks_known,
        "not_removed": summary.not_removed,
        "stale_baseline_entries": summary.stale,
        "unmatched_baseline_entries": summary.unmatched,
    })
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_replaces_an_older_one_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "older").unwrap();
        let mut report = Json::create(path.clone()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "older");
        report.on_event(&Event::Ended(&Summary::default())).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("\"tool\": \"mqttspec\""));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
        assert!(Json::create(folder.path().join("missing/report.json")).is_err());
    }
}
