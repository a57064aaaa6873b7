//! Plays every case against the reference broker in memory, inside WebAssembly. `run.mjs` calls it under Node.
//!
//! No bindings are generated: what is exported takes and gives numbers, and a text is read from the linear memory.

use std::{panic, sync::Mutex};

use mqttspec::{Reference, Suite, Verdict};

static TEXT: Mutex<String> = Mutex::new(String::new());

/// Plays all cases and leaves a line for each failure and one of counts, or why there are none. Gives 0 if all is well.
#[unsafe(no_mangle)]
pub extern "C" fn play() -> u32 {
    // an abort says nothing by itself
    panic::set_hook(Box::new(|info| leave(info.to_string())));
    let (code, text) = match report() {
        Ok((is_conformant, text)) => (u32::from(!is_conformant), text),
        Err(error) => (2, error.to_string()),
    };
    leave(text);
    code
}

/// Where the text is in the linear memory, until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn text() -> usize {
    TEXT.lock().map_or(0, |text| text.as_ptr().addr())
}

/// How many bytes of UTF-8 the text has.
#[unsafe(no_mangle)]
pub extern "C" fn text_length() -> usize {
    TEXT.lock().map_or(0, |text| text.len())
}

fn report() -> Result<(bool, String), Box<dyn std::error::Error>> {
    let report = Suite::embedded()?.run_in_memory(Reference::default, &mut ())?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut text = String::new();
    for run in &report.cases {
        match &run.verdict {
            Verdict::Pass | Verdict::Warn(_) => passed += 1,
            Verdict::Skip(_) => skipped += 1,
            verdict => {
                failed += 1;
                text += &format!("{} {}: {verdict:?}\n", run.case.version, run.case.id);
            }
        }
    }
    text += &format!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok((failed == 0 && passed > 0, text))
}

fn leave(text: String) {
    if let Ok(mut place) = TEXT.lock() {
        *place = text;
    }
}
