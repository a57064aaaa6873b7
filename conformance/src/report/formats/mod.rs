//! The formats in which a document is written.
//!
//! | module | for |
//! |---|---|
//! | `json` | programs, and `mqttspec` itself: everything |
//! | `html` | people: one page to look at in a browser |
//! | `junit` | CI systems: a test for each case |
//! | `markdown` | a job summary or a comment |
//! | `github` | annotations of GitHub Actions |
//! | `badge` | a README: one line as SVG |
//! | `markup` | what XML formats have in common |

mod badge;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod markup;

use std::{
    io::{self, Write},
    str::FromStr,
};

use super::{
    compare::Comparison,
    document::{Document, Transcripts},
};

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Everything but the transcripts of passed cases, as JSON.
    Json,
    /// Everything, as JSON.
    JsonFull,
    /// One page for a browser.
    Html,
    /// JUnit XML.
    Junit,
    /// Markdown of at most 1 MiB, for a job summary.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// A badge as SVG.
    Badge,
}

/// Every format by its name on the command line, with what it is for.
const FORMATS: [(&str, Format, &str); 7] = [
    ("json", Format::Json, "every verdict, and the bytes of what was found"),
    ("json-full", Format::JsonFull, "with the bytes of every case"),
    ("html", Format::Html, "one page to look at in a browser"),
    ("junit", Format::Junit, "JUnit XML: a suite for each section, a test for each case"),
    ("markdown", Format::Markdown, "counts, deviations, and what changed, for a job summary"),
    ("github", Format::Github, "annotations of GitHub Actions, one for each deviation"),
    ("badge", Format::Badge, "one line as SVG"),
];

impl Format {
    /// The names of all formats, each with what it is for.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        FORMATS.iter().map(|(name, _, what)| (*name, *what))
    }

    /// The transcripts that it shows.
    pub(super) const fn wants(self) -> Transcripts {
        match self {
            Format::JsonFull => Transcripts::OfAll,
            _ => Transcripts::OfFindings,
        }
    }

    /// Writes the document. `since` is an older one to compare with.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, document: &Document, since: Option<&Document>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Format::Json => json::write(&document.with(Transcripts::OfFindings), out),
            Format::JsonFull => json::write(document, out),
            Format::Html => html::write(document, out),
            Format::Junit => junit::write(document, out),
            Format::Markdown => markdown::write(document, since, out),
            Format::Github => github::write(document, out),
            Format::Badge => badge::write(document, out),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = FORMATS.iter().find(|(name, ..)| *name == text);
        let names = || FORMATS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
        found.map(|(_, format, _)| *format).ok_or_else(|| format!("`{text}` is no format; expected one of {}", names()))
    }
}

impl Comparison {
    /// As Markdown for a job summary.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::compared(self)
    }
}
