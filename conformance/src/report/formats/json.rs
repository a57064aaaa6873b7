//! The whole document as JSON. `conformance/report.schema.json` is its schema.

use std::io::{self, Write};

use crate::report::document::Document;

pub(super) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
