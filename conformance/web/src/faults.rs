//! Brokers that are wrong in one way each, with which the suite proves that its cases can fail: the same code.

use std::rc::Rc;

use mqttspec::Reference;
use mqttspec_codec::Version;
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    behind::Behind,
    between::{Between, Chain},
    fault::Fault,
};

/// All faults, as an array of objects with `name`, `does`, a predicate, and `table`, what it is about.
#[wasm_bindgen]
#[must_use]
pub fn faults() -> String {
    let faults = crate::table::faults();
    let faults = faults.iter().map(|fault| json!({"name": fault.name, "does": fault.does, "table": fault.table}));
    serde_json::Value::Array(faults.collect()).to_string()
}

/// The fault of that name.
pub(crate) fn named(name: &str) -> Option<Fault> {
    crate::table::faults().into_iter().find(|fault| fault.name == name)
}

/// The reference broker with a fault, for cases in that version.
pub(crate) fn broker(fault: &Fault, version: Version) -> Behind<Chain> {
    Behind::new(Reference::default(), Chain(vec![Between::new(fault.start(), version, Rc::default())]))
}
