//! What the page is told while cases are played, one JSON object for each event.

use std::io;

use js_sys::Function;
use mqttspec::{
    Event, Reporter, Verdict,
    report::document::{Collector, Document, Transcripts},
};
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

/// Tells the page, and collects the report.
pub(crate) struct Told {
    tell: Function,
    pub(crate) collector: Collector,
}

impl Told {
    /// `tell` is called with each event. The broker is called by that name in the report.
    pub(crate) fn new(tell: Function, name: Option<String>) -> Self {
        let mut collector = Collector::keeping(Transcripts::OfFindings);
        collector.name(name);
        Self { tell, collector }
    }

    pub(crate) fn document(&self) -> &Document {
        self.collector.document()
    }

    fn tell(&self, event: &Value) {
        // the page's own errors are no concern of the run
        let _ = self.tell.call1(&JsValue::NULL, &event.to_string().into());
    }
}

impl Reporter for Told {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.collector.take(event);
        match event {
            Event::Started { target, cases, .. } => {
                self.tell(&json!({"kind": "started", "target": target, "cases": cases}))
            }
            Event::Probed(version, learned) => {
                let (lacks, why) = match learned {
                    Ok(learned) => (learned.not_offered().map(ToOwned::to_owned).collect(), None),
                    Err(error) => (Vec::new(), Some(error.to_string())),
                };
                let version = version.to_string();
                self.tell(&json!({"kind": "probed", "version": version, "lacks": lacks, "why": why}));
            }
            Event::Planned { at_once, estimate, .. } => {
                self.tell(&json!({"kind": "planned", "at_once": at_once, "seconds": estimate.as_secs_f64()}));
            }
            Event::Waiting { case, others, .. } => {
                let (id, version) = (&case.id, case.version.to_string());
                self.tell(&json!({"kind": "waiting", "id": id, "version": version, "others": others}));
            }
            Event::Finished(run) => {
                let what = match &run.verdict {
                    Verdict::Fail(failure) => failure.what.to_string(),
                    Verdict::Error(why) | Verdict::Skip(why) => why.to_string(),
                    Verdict::Warn(warnings) => warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                    _ => String::new(),
                };
                self.tell(&json!({
                    "kind": "finished",
                    "id": run.case.id,
                    "version": run.case.version.to_string(),
                    "title": run.case.title,
                    "verdict": run.verdict.name(),
                    "what": what,
                }));
            }
            Event::Note(text) => self.tell(&json!({"kind": "note", "text": text})),
            _ => {}
        }
        Ok(())
    }
}
