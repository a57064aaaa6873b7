//! One HTML page that needs nothing beside it: no network, no other file.
//!
//! The report travels in the page as compressed JSON. The scripts of `page/` unpack it and build what is seen. They put
//! text into the page only as text, and the page's policy lets nothing else run or load.
//!
//! | module | what |
//! |---|---|
//! | `payload` | what the page is given: the document and the rules it names |
//! | `policy` | what a browser may run |

mod payload;
mod policy;

use std::io::{self, Write};

use crate::report::document::{Document, Transcripts};

/// Writes the page. Transcripts of passed cases are left out, whatever the document has.
pub(super) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let data = payload::encode(&document.with(Transcripts::OfFindings))?;
    let script = SCRIPTS.concat();
    let policy = policy::of(STYLE, &script);
    for piece in PAGE.split("%%") {
        let text = match piece {
            "policy" => &policy,
            "style" => STYLE,
            "script" => &script,
            "data" => &data,
            markup => markup,
        };
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// The places for the other parts are words between `%%`.
const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = concat!(
    include_str!("page/colours.css"),
    // not on paper
    "@media screen { :root[data-theme=\"dark\"] {",
    include_str!("page/dark.css"),
    "} }\n@media screen and (prefers-color-scheme: dark) { :root:not([data-theme]) {",
    include_str!("page/dark.css"),
    "} }\n",
    include_str!("page/style.css"),
    include_str!("page/matrix.css"),
    include_str!("page/panel.css"),
    include_str!("page/print.css"),
);

/// One script, in the order in which its parts need one another.
const SCRIPTS: [&str; 10] = [
    include_str!("page/dom.js"),
    include_str!("page/data.js"),
    include_str!("page/state.js"),
    include_str!("page/brokers.js"),
    include_str!("page/evidence.js"),
    include_str!("page/deviations.js"),
    include_str!("page/matrix.js"),
    include_str!("page/offers.js"),
    include_str!("page/panel.js"),
    include_str!("page/main.js"),
];

#[cfg(test)]
mod tests;
