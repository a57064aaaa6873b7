//! Plays every case against a broker over the WebSocket of JavaScript, as a page in a browser does.

use std::{io, panic};

use js_sys::{Function, Promise};
use mqttspec::{Event, Format, Reporter, Reports, Suite, Target};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Plays all cases, and gives the report as JSON. The function is called with each case that has its verdict. When the
/// promise is kept, no more cases start.
///
/// # Errors
/// Why no case could run.
#[wasm_bindgen]
pub async fn check(url: String, finished: Function, interruption: Promise) -> Result<String, JsError> {
    // an abort says nothing by itself
    panic::set_hook(Box::new(|info| wasm_bindgen::throw_str(&info.to_string())));
    let target: Target = url.parse()?;
    let mut reporters = (Told(finished), Reports::default());
    let interruption = async {
        // a promise that is broken interrupts as well
        let _ = JsFuture::from(interruption).await;
    };
    Suite::embedded()?.run_with(&target, &mut reporters, interruption).await?;
    Ok(reporters.1.text(Format::Json)?)
}

/// Calls a function with each case that has its verdict.
struct Told(Function);

impl Reporter for Told {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Finished(run) = event {
            let told = self.0.call1(&JsValue::NULL, &JsValue::from_str(&run.case.id));
            told.map_err(|error| io::Error::other(format!("{error:?}")))?;
        }
        Ok(())
    }
}
