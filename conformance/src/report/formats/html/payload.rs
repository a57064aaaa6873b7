//! What the page is given: the document, and what the registry says about the statements that it names.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use crate::{
    registry::{Registry, Statement},
    report::document::Document,
};

#[derive(Serialize)]
struct Payload<'a> {
    document: &'a Document,
    rules: Vec<Rule<'a>>,
}

/// A statement of the standard in our words.
#[derive(Serialize)]
struct Rule<'a> {
    version: String,
    id: &'a str,
    section: &'a str,
    title: &'a str,
    level: &'a str,
    binds: &'a str,
    says: &'a str,
}

/// JSON, in the gzip format, in base64. The same document always gives the same text.
pub(super) fn encode(document: &Document) -> io::Result<String> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut packed, &Payload { document, rules: rules(document) })?;
    packed.flush()?;
    Ok(STANDARD.encode(packed.finish()?))
}

/// Those that a case cites or accuses; none if the registry, which is part of the program, cannot be read.
fn rules(document: &Document) -> Vec<Rule<'static>> {
    let mut named = BTreeSet::new();
    for run in &document.runs {
        named.extend(run.statements.iter().map(|statement| (&*statement.version, &*statement.id)));
        named.extend(run.cases.iter().filter_map(|case| Some((&*case.version, &**case.accused.as_ref()?))));
        for (version, ids) in run.deviations.iter().flat_map(|deviation| &deviation.statements) {
            named.extend(ids.iter().map(|id| (&**version, &**id)));
        }
        let everywhere = run.leaks.iter().map(|leak| (&*leak.seen_by.version, &*leak.statement));
        named.extend(everywhere);
    }
    let statements = Registry::shared().into_iter().flat_map(Registry::iter);
    statements
        .filter(|statement| named.contains(&(&*statement.version.to_string(), &*statement.id)))
        .map(rule)
        .collect()
}

fn rule(statement: &Statement) -> Rule<'_> {
    Rule {
        version: statement.version.to_string(),
        id: &statement.id,
        section: &statement.section,
        title: &statement.title,
        level: statement.level.name(),
        binds: statement.binds.name(),
        says: &statement.says,
    }
}
