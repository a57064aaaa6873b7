//! JUnit XML, as the schema of Jenkins describes it: a suite for each broker and section, a test for each case.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::markup::allowed;
use crate::report::{
    document::{Case, Document, Run, Verdict},
    failure, leak, outcome,
};

pub(super) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let suites: Vec<Suite<'_>> = document.runs.iter().flat_map(suites).collect();
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let attributes = totals(suites.iter().flat_map(|suite| &suite.tests));
    element(&mut xml, "testsuites", [("name", "mqttspec".to_owned())].into_iter().chain(attributes), |xml| {
        suites.iter().try_for_each(|suite| suite.write(document, xml))
    })?;
    out.write_all(&xml.into_inner())?;
    writeln!(out)
}

type Xml = Writer<Vec<u8>>;

struct Suite<'a> {
    run: &'a Run,
    section: &'a str,
    tests: Vec<Test>,
}

struct Test {
    class: String,
    name: String,
    seconds: f64,
    outcome: Outcome,
    /// The failure in full.
    block: String,
}

enum Outcome {
    Passed,
    Skipped(String),
    Error(String),
    Failure { statement: String, message: String },
}

/// One for each section, and one for what is true of the run as a whole.
fn suites(run: &Run) -> Vec<Suite<'_>> {
    let mut sections: BTreeMap<&str, Vec<Test>> = BTreeMap::new();
    for case in &run.cases {
        sections.entry(case.section()).or_default().push(Test::of(case, run.rerun.as_deref()));
    }
    let sections = sections.into_iter().map(|(section, tests)| Suite { run, section, tests });
    sections.chain([Suite { run, section: "run", tests: Test::of_run(run) }]).collect()
}

impl Suite<'_> {
    fn write(&self, document: &Document, xml: &mut Xml) -> io::Result<()> {
        let mut attributes = vec![("name", format!("{} / {}", self.run.label(), self.section))];
        attributes.extend(totals(&self.tests));
        let skipped = self.tests.iter().filter(|test| matches!(test.outcome, Outcome::Skipped(_))).count();
        attributes.push(("skipped", skipped.to_string()));
        attributes.extend(self.run.began.iter().map(|began| ("timestamp", began.to_string())));
        element(xml, "testsuite", attributes, |xml| {
            element(xml, "properties", [], |xml| {
                for (name, value) in [
                    ("tool", format!("{} {}", document.tool, document.tool_version)),
                    ("vectors", document.vectors_version.clone()),
                    ("url", self.run.target.to_string()),
                ] {
                    element(xml, "property", [("name", name.to_owned()), ("value", value)], |_| Ok(()))?;
                }
                Ok(())
            })?;
            self.tests.iter().try_for_each(|test| test.write(xml))
        })
    }
}

impl Test {
    fn of(case: &Case, rerun: Option<&str>) -> Self {
        let mut parts = case.id.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (class, name) = (format!("{}.{}", part(), part()), part());
        Self {
            class,
            name: format!("{} {}", case.version, if name.is_empty() { &*case.id } else { name }),
            seconds: case.milliseconds / 1000.0,
            outcome: Outcome::of(case),
            block: failure::block(case, rerun),
        }
    }

    /// Without these, a run that found a leak or ended early would look like one that found nothing.
    fn of_run(run: &Run) -> Vec<Self> {
        let test = |name: &str, outcome, block| Self {
            class: "mqttspec.run".to_owned(),
            name: name.to_owned(),
            seconds: 0.0,
            outcome,
            block,
        };
        let gaps = outcome::gaps(run);
        let whole = if gaps.is_empty() { Outcome::Passed } else { Outcome::Error(gaps.join("; ")) };
        let (leaks, block) = match (leak::explain(&run.leaks), &run.summary.leaks_expected) {
            (None, _) => (Outcome::Passed, String::new()),
            (Some((what, block)), Some(reason)) => (Outcome::Skipped(format!("known: {reason}: {what}")), block),
            (Some((message, block)), None) => {
                (Outcome::Failure { statement: leak::statements(&run.leaks), message }, block)
            }
        };
        vec![
            test("every case gets a verdict", whole, String::new()),
            test("messages reach only those who subscribed to them", leaks, block),
        ]
    }

    fn write(&self, xml: &mut Xml) -> io::Result<()> {
        let attributes =
            [("classname", self.class.clone()), ("name", self.name.clone()), ("time", format!("{:.3}", self.seconds))];
        element(xml, "testcase", attributes, |xml| {
            match &self.outcome {
                Outcome::Passed => {}
                Outcome::Skipped(why) => element(xml, "skipped", [("message", why.clone())], |_| Ok(()))?,
                Outcome::Error(why) => element(xml, "error", [("message", why.clone())], |_| Ok(()))?,
                Outcome::Failure { statement, message } => {
                    // some readers show only this text, others only `system-out`
                    content(xml, "failure", [("type", statement.clone()), ("message", message.clone())], &self.block)?;
                }
            }
            match self.block.is_empty() {
                true => Ok(()),
                false => content(xml, "system-out", [], &self.block),
            }
        })
    }
}

impl Outcome {
    fn of(case: &Case) -> Self {
        let what = || case.failure.as_ref().map(|failure| failure.what.to_string()).unwrap_or_default();
        let reason = || case.reason.as_deref().unwrap_or_default().to_owned();
        match (case.verdict, &case.expected_failure) {
            (Verdict::Fail | Verdict::Blocked, Some(reason)) => {
                Outcome::Skipped(format!("known: {reason}: {}", what()))
            }
            (Verdict::Fail | Verdict::Blocked, None) => {
                let blocked = case.by.as_ref().map(|by| format!("blocked by {by}: ")).unwrap_or_default();
                Outcome::Failure { statement: failure::statement(case), message: format!("{blocked}{}", what()) }
            }
            _ if case.is_unstable() => {
                Outcome::Failure { statement: failure::cited(case), message: failure::flips(case).unwrap_or_default() }
            }
            (Verdict::Error, _) => Outcome::Error(reason()),
            (Verdict::Skip, _) => Outcome::Skipped(reason()),
            (Verdict::Pass | Verdict::Warn, _) => Outcome::Passed,
        }
    }
}

fn totals<'a>(tests: impl IntoIterator<Item = &'a Test>) -> Vec<(&'static str, String)> {
    let (mut count, mut failures, mut errors, mut seconds) = (0, 0, 0, 0.0);
    for test in tests {
        count += 1;
        seconds += test.seconds;
        failures += usize::from(matches!(test.outcome, Outcome::Failure { .. }));
        errors += usize::from(matches!(test.outcome, Outcome::Error(_)));
    }
    vec![
        ("tests", count.to_string()),
        ("failures", failures.to_string()),
        ("errors", errors.to_string()),
        ("time", format!("{seconds:.3}")),
    ]
}

type Attribute = (&'static str, String);

fn element(
    xml: &mut Xml,
    name: &str,
    attributes: impl IntoIterator<Item = Attribute>,
    inside: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let mut element = xml.create_element(name);
    for (name, value) in attributes {
        element = element.with_attribute((name, &*allowed(&value)));
    }
    element.write_inner_content(inside).map(drop)
}

fn content(xml: &mut Xml, name: &str, attributes: impl IntoIterator<Item = Attribute>, text: &str) -> io::Result<()> {
    let mut element = xml.create_element(name);
    for (name, value) in attributes {
        element = element.with_attribute((name, &*allowed(&value)));
    }
    element.write_text_content(BytesText::new(&allowed(text))).map(drop)
}
