//! Topic Filters match as a model says that takes section 4.7 word by word.
#![no_main]

#[path = "../../codec/tests/shared/laws.rs"]
#[allow(dead_code)]
mod laws;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| laws::matches_as_the_model(texts.0, texts.1));
