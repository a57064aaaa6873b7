//! Annotations of GitHub Actions: commands in the log of a step. GitHub shows ten errors and ten warnings of a step, so
//! there is one for each deviation, not for each case, and the rest is summed up. One about a case of the user's own vectors
//! is at its step.

use std::io::{self, Write};

use crate::{
    report::{
        deviations::{self, plural},
        document::{Case, Document, Run},
        failure, leak, outcome,
    },
    text::Text,
};

pub(super) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let errors: Vec<Annotation> = document.runs.iter().flat_map(errors).collect();
    let warnings: Vec<Annotation> = document.runs.iter().flat_map(warnings).collect();
    for (command, all) in [("error", &errors), ("warning", &warnings)] {
        for Annotation { title, text, place } in all.iter().take(SHOWN) {
            let place = place.as_ref().map(|(file, line)| format!("file={},line={line},", property(file)));
            writeln!(out, "::{command} {}title={}::{}", place.unwrap_or_default(), property(title), data(text))?;
        }
        if all.len() > SHOWN {
            let rest = format!("{}, of which the first {SHOWN} are shown", plural(all.len(), command));
            writeln!(out, "::notice title=MQTT conformance::{}", data(&rest))?;
        }
    }
    let counts = document.runs.iter().map(|run| {
        let tally = run.summary.tally;
        let found = plural(run.deviations.len(), "deviation");
        let known = run.deviations.iter().filter(|deviation| deviation.known).count();
        format!(
            "{}: {} of {} cases passed, {found}, {known} of them known",
            run.label(),
            tally.passed(),
            tally.judged()
        )
    });
    let counts = counts.collect::<Vec<_>>().join("\n");
    let versions = format!("{} {}, vectors {}", document.tool, document.tool_version, document.vectors_version);
    writeln!(out, "::notice title={}::{}", property(&versions), data(&counts))
}

struct Annotation {
    title: String,
    text: String,
    /// File and line, if a file of the user's is to be looked at.
    place: Option<(Text, u64)>,
}

/// The step that failed, or the case if none did, in a file of the user's.
fn place(case: &Case) -> Option<(Text, u64)> {
    Some((case.file.clone()?, case.failed_line().or(case.line())?))
}

fn errors(run: &Run) -> Vec<Annotation> {
    let label = run.label();
    let mut errors = Vec::new();
    let mut add = |title: String, text: String, place| errors.push(Annotation { title, text, place });
    for gap in outcome::gaps(run) {
        add(format!("{label}: not all cases were judged"), gap, None);
    }
    if let Some((what, block)) = leak::explain(&run.leaks).filter(|_| run.summary.leaks_expected.is_none()) {
        add(format!("{label}: {}", leak::statements(&run.leaks)), format!("{what}\n{block}"), None);
    }
    for deviation in outcome::unexpected(run) {
        let case = run.case(&deviation.clearest);
        let details = deviations::details(deviation, case, run.rerun.as_deref(), false);
        let text = format!("{}\n{details}", deviations::summary(deviation));
        add(format!("{label}: {}", deviations::statements(deviation)), text, case.and_then(place));
    }
    let unjudged = run.summary.tally.error;
    if unjudged > 0 {
        let text = format!("{} could not be judged", plural(unjudged, "case"));
        add(format!("{label}: not all cases were judged"), text, None);
    }
    errors
}

fn warnings(run: &Run) -> Vec<Annotation> {
    let stale =
        outcome::stale(run).map(|text| Annotation { title: format!("{}: baseline", run.label()), text, place: None });
    let flips = run.cases.iter().filter(|case| case.is_unstable() && case.expected_failure.is_none());
    let flips = flips.map(|case| Annotation {
        title: format!("{}: changes its verdict", run.label()),
        text: format!("{}: {}", case.name(), failure::flips(case).unwrap_or_default()),
        place: place(case),
    });
    stale.chain(flips).collect()
}

/// Escaped as the toolkit of GitHub Actions does for the message of a command.
fn data(text: &str) -> String {
    text.trim_end().replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escaped as the toolkit does for the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

const SHOWN: usize = 10;
