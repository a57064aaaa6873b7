//! A badge as SVG: how many cases passed, and how many deviations there are, over all runs.

use std::io::{self, Write};

use quick_xml::{Writer, events::BytesText};

use super::markup::allowed;
use crate::report::{
    deviations::plural,
    document::{Document, Run},
    outcome,
};

pub(super) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let (says, colour) = message(&document.runs);
    let (left, right) = (width(LABEL), width(&says));
    let all = left + right;
    let brokers: Vec<&str> = document.runs.iter().map(|run| run.label().as_str()).collect();
    let versions = format!("{} {}, vectors {}", document.tool, document.tool_version, document.vectors_version);
    let title = format!("{LABEL}: {says} ({}; {versions})", brokers.join(", "));
    let text = |x: usize, width: usize, text: &str| Shape {
        name: "text",
        attributes: vec![
            ("x", (x + width / 2).to_string()),
            ("y", "14".to_owned()),
            ("textLength", (width - 2 * PADDING).to_string()),
        ],
        text: Some(text.to_owned()),
    };
    let rect = |x: usize, width: usize, fill: &str| Shape {
        name: "rect",
        attributes: vec![
            ("x", x.to_string()),
            ("width", width.to_string()),
            ("height", "20".to_owned()),
            ("fill", fill.to_owned()),
        ],
        text: None,
    };
    let mut xml = Writer::new(&mut *out);
    let whole = xml
        .create_element("svg")
        .with_attribute(("xmlns", "http://www.w3.org/2000/svg"))
        .with_attribute(("width", &*all.to_string()))
        .with_attribute(("height", "20"))
        .with_attribute(("role", "img"))
        .with_attribute(("aria-label", &*allowed(&title)));
    whole.write_inner_content(|xml| {
        xml.create_element("title").write_text_content(BytesText::new(&allowed(&title)))?;
        rect(0, left, "#444").write(xml)?;
        rect(left, right, colour).write(xml)?;
        let group = xml
            .create_element("g")
            .with_attribute(("fill", "#fff"))
            .with_attribute(("font-family", "Verdana,DejaVu Sans,sans-serif"))
            .with_attribute(("font-size", "11"))
            .with_attribute(("text-anchor", "middle"));
        group.write_inner_content(|xml| {
            text(0, left, LABEL).write(xml)?;
            text(left, right, &says).write(xml)
        })?;
        Ok(())
    })?;
    writeln!(out)
}

/// What it says of the runs, and its colour.
fn message(runs: &[Run]) -> (String, &'static str) {
    let sum = |count: fn(&Run) -> usize| runs.iter().map(count).sum::<usize>();
    let judged = sum(|run| run.summary.tally.judged());
    if judged == 0 {
        return ("not tested".to_owned(), GREY);
    }
    let deviations = sum(|run| run.deviations.len());
    let leaks = sum(|run| usize::from(!run.leaks.is_empty()));
    let known = sum(|run| run.deviations.iter().filter(|deviation| deviation.known).count());
    let mut says = format!("{} of {judged}", sum(|run| run.summary.tally.passed()));
    if deviations + leaks > 0 {
        says.push_str(&format!(", {}", plural(deviations + leaks, "deviation")));
    }
    if runs.iter().any(|run| !outcome::gaps(run).is_empty() || run.summary.tally.error > 0) {
        says.push_str(", not all judged");
    }
    let colour = match runs.iter().map(|run| run.summary.exit_code).max() {
        Some(0) if known == 0 && leaks == 0 => GREEN,
        Some(0) => YELLOW,
        _ if runs.iter().any(|run| run.summary.exit_code == 1) => RED,
        _ => GREY,
    };
    (says, colour)
}

struct Shape {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
}

impl Shape {
    fn write<W: Write>(&self, xml: &mut Writer<W>) -> io::Result<()> {
        let mut element = xml.create_element(self.name);
        for (name, value) in &self.attributes {
            element = element.with_attribute((*name, &**value));
        }
        match &self.text {
            Some(text) => element.write_text_content(BytesText::new(&allowed(text))).map(drop),
            None => element.write_empty().map(drop),
        }
    }
}

/// In pixels. Letters of Verdana at 11 pixels are 7 wide on average; `textLength` fits another font to this.
fn width(text: &str) -> usize {
    let narrow = text.chars().filter(|c| " ,.:il1".contains(*c)).count();
    (text.chars().count() - narrow) * 7 + narrow * 4 + 2 * PADDING
}

const LABEL: &str = "MQTT conformance";
const PADDING: usize = 6;
const GREEN: &str = "#2a7f1f";
const YELLOW: &str = "#8a6d00";
const RED: &str = "#b3261e";
const GREY: &str = "#666";
