//! Vectors that are written in the page.

use mqttspec::Suite;
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

/// The name of the editor's file in messages.
pub(crate) const FILE: &str = "page.yaml";

/// What is wrong with a file of vectors: an object with `cases`, their ids with their versions, or with `mistakes`, each with
/// `line`, `column` and `what`.
#[wasm_bindgen]
#[must_use]
pub fn lint(text: &str) -> String {
    match Suite::parse(FILE, text) {
        Ok(suite) => {
            let cases = suite.cases().map(|case| json!({"id": case.id, "version": case.version.to_string()}));
            json!({"cases": cases.collect::<Vec<_>>()}).to_string()
        }
        Err(mistakes) => {
            let mistakes = mistakes.0.iter();
            let mistakes = mistakes
                .map(|error| json!({"line": error.place.line, "column": error.place.column, "what": error.what}));
            json!({"mistakes": mistakes.collect::<Vec<_>>()}).to_string()
        }
    }
}
