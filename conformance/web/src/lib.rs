//! The suite in a web page: what the page's worker calls.
//!
//! Everything that crosses the border is text, mostly JSON: the page shows it, and its types are documented where they are
//! made. A mistake of the user's is part of the answer; an exception means that a call is wrong.
//!
//! | module | what |
//! |---|---|
//! | `check` | a broker over WebSocket, and the reference broker in this page, with a fault or without |
//! | `events` | what is told while that lasts |
//! | `packets` | bytes to fields and back |
//! | `vectors` | mistakes in vectors, and the schema |
//! | `faults` | the wrong brokers of the suite's own tests |

mod check;
mod events;
mod faults;
mod packets;
mod vectors;

/// The code of the suite's tests.
macro_rules! of_the_tests {
    ($($path:literal $module:ident)*) => {
        $(#[path = $path] mod $module;)*
    };
}
of_the_tests! {
    "../../tests/common/behind.rs" behind
    "../../tests/faults/between.rs" between
    "../../tests/faults/fault.rs" fault
    "../../tests/faults/seen.rs" seen
    "../../tests/faults/stand_in.rs" stand_in
    "../../tests/faults/table/mod.rs" table
    "../../tests/faults/wire.rs" wire
}

use std::panic;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

/// An abort says nothing by itself; the worker shows what is written here.
#[wasm_bindgen(start)]
fn start() {
    panic::set_hook(Box::new(|info| error(&info.to_string())));
}

/// The version of the suite.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    mqttspec::report::document::Document::default().tool_version
}
