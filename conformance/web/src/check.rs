//! Checks a broker over WebSocket, or the reference broker in this page.

use js_sys::{Function, Promise};
use mqttspec::{Filter, Format, Reference, Suite, Target, report::document::Document};
use mqttspec_codec::Version;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use crate::{events::Told, faults, packets::version_of, vectors::FILE};

/// What to play.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Wanted {
    /// The broker: `ws://` or `wss://`. Without it, the reference broker in this page.
    url: Option<String>,
    user_name: Option<String>,
    password: Option<String>,
    /// The fault of the broker in this page.
    fault: Option<String>,
    /// A pattern as for `--only`, or nothing.
    only: Option<String>,
    /// `v3.1.1` or `v5`; both without it.
    version: Option<String>,
    /// Vectors to play in place of the built-in ones.
    vectors: Option<String>,
}

/// The reports of a run.
#[wasm_bindgen]
pub struct Reports {
    document: Document,
    error: Option<String>,
}

#[wasm_bindgen]
impl Reports {
    /// The report in a format of `mqttspec check --report`.
    ///
    /// # Errors
    /// There is no such format.
    pub fn as_text(&self, format: &str) -> Result<String, JsError> {
        let format: Format = format.parse().map_err(|error: String| JsError::new(&error))?;
        let mut out = Vec::new();
        format.write(&self.document, None, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    /// Why cases did not run, as a sentence for people.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.error.clone()
    }

    /// The counts of the run: an object as `summary` in the JSON report.
    #[must_use]
    pub fn summary(&self) -> String {
        json!(self.document.runs.first().map(|run| &run.summary)).to_string()
    }
}

/// Checks a broker. `wanted` is an object with the fields of `Wanted`, `tell` is called with each event, and the run stops
/// when `stop` is resolved.
///
/// # Errors
/// What is wanted makes no sense, as a sentence for people.
#[wasm_bindgen]
pub async fn check(wanted: &str, tell: Function, stop: Promise) -> Result<Reports, JsError> {
    let wanted: Wanted = serde_json::from_str(wanted)?;
    match wanted.url.clone() {
        Some(url) => over_websocket(wanted, &url, tell, stop).await,
        None => in_this_page(&wanted, tell),
    }
}

async fn over_websocket(wanted: Wanted, url: &str, tell: Function, stop: Promise) -> Result<Reports, JsError> {
    let target: Target = url.parse()?;
    let mut suite = suite(&wanted, None)?;
    if let Some(name) = wanted.user_name {
        suite = suite.user(name, wanted.password.map(String::into_bytes));
    }
    let mut told = Told::new(tell, None);
    let stopped = async {
        // a promise that is rejected stops it as well
        let _ = JsFuture::from(stop).await;
    };
    let ended = suite.run_with(&target, &mut told, stopped).await;
    let error = match &ended {
        Ok(report) => report.summary.could_not_run.as_ref().map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    };
    Ok(Reports { document: told.document().clone(), error })
}

/// One version after the other, because a fault knows for which version it is made.
fn in_this_page(wanted: &Wanted, tell: Function) -> Result<Reports, JsError> {
    let fault = match wanted.fault.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Some(faults::named(name).ok_or_else(|| JsError::new(&format!("there is no fault {name:?}")))?),
        None => None,
    };
    let name =
        fault.as_ref().map_or_else(|| "reference broker".to_owned(), |fault| format!("a broker that {}", fault.does));
    let versions = match wanted.version.as_deref() {
        Some(version) => vec![version_of(version)],
        None => vec![Version::V3_1_1, Version::V5],
    };
    let (mut documents, mut error) = (Vec::new(), None);
    for version in versions {
        let mut told = Told::new(tell.clone(), Some(name.clone()));
        let suite = suite(wanted, Some(version))?;
        if suite.cases().next().is_none() {
            continue;
        }
        let ended = match &fault {
            Some(fault) => suite.run_in_memory(|| faults::broker(fault, version), &mut told),
            None => suite.run_in_memory(Reference::default, &mut told),
        };
        error = error.or(ended.err().map(|error| error.to_string()));
        documents.push(told.document().clone());
    }
    if documents.is_empty() {
        return Err(JsError::new("no case is chosen"));
    }
    Ok(Reports { document: Document::merge(documents)?, error })
}

fn suite(wanted: &Wanted, version: Option<Version>) -> Result<Suite, JsError> {
    let suite = match &wanted.vectors {
        Some(text) => Suite::parse(FILE, text)?,
        None => Suite::embedded()?,
    };
    let mut filter = Filter::default();
    if let Some(only) = wanted.only.as_deref().map(str::trim).filter(|only| !only.is_empty()) {
        filter = filter.only(only)?;
    }
    if let Some(version) = version.or(wanted.version.as_deref().map(version_of)) {
        filter = filter.version(version);
    }
    Ok(suite.filter(filter))
}
