//! Reads a file of the registry into rows.

use std::collections::BTreeSet;

use mqttspec_codec::{ReasonCode, Version};

use super::{Binds, Level, Observable, Statement, Untestable};
use crate::source::{self, Keys, Mark, Mistake, Node, Source, nearest};

/// The rows of a file, each with the place of its id, and the mistakes.
pub(super) fn rows(source: &Source) -> (Vec<(Mark, Statement)>, Vec<Mistake>) {
    let parsed = version(source).and_then(|version| Ok((version, source::parse(&source.text)?)));
    let (version, tree) = match parsed {
        Ok(parsed) => parsed,
        Err(mistake) => return (Vec::new(), vec![mistake]),
    };
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    match tree.list() {
        Ok(list) => list.iter().for_each(|node| match row(version, node) {
            Ok(row) => rows.push(row),
            Err(mistake) => mistakes.push(mistake),
        }),
        Err(mistake) => mistakes.push(mistake),
    }
    (rows, mistakes)
}

/// The folder is named after the version.
fn version(source: &Source) -> Result<Version, Mistake> {
    match source.file.rsplit('/').nth(1) {
        Some("v5") => Ok(Version::V5),
        Some("v3.1.1") => Ok(Version::V3_1_1),
        _ => Err(Mistake::new(Mark { line: 1, column: 1 }, "expected the statements in a folder `v5` or `v3.1.1`")),
    }
}

fn row(version: Version, node: &Node) -> Result<(Mark, Statement), Mistake> {
    let mut keys = Keys::of(node, "a statement")?;
    let id = keys.need("id")?;
    let minted = match version {
        Version::V5 => "5.0§",
        Version::V3_1 | Version::V3_1_1 => "3.1.1§",
    };
    if !id.text()?.starts_with("MQTT-") && !id.text()?.starts_with(minted) {
        return Err(id.mistake(format!("expected an id that begins with `MQTT-` or `{minted}`")));
    }
    let statement = Statement {
        version,
        id: id.text()?.to_owned(),
        section: text(keys.need("section")?)?,
        title: text(keys.need("title")?)?,
        level: word(keys.need("level")?, Level::ALL, Level::name)?,
        level_also: keys.get("level_also").map(|node| word(node, Level::ALL, Level::name)).transpose()?,
        binds: word(keys.need("binds")?, Binds::ALL, Binds::name)?,
        observable: observable(keys.need("observable")?)?,
        untested: keys.get("untested").map(|node| word(node, UNTESTED, Untestable::name)).transpose()?,
        why_not: keys.get("why_not").map(text).transpose()?,
        says: text(keys.need("says")?)?,
        reason_code: each(keys.get("reason_code"), reason_code)?,
        requires: each(keys.get("requires"), text)?,
        probe: keys.get("probe").map(text).transpose()?,
        note: keys.get("note").map(text).transpose()?,
    };
    keys.done()?;
    let is_observable = statement.observable.contains(&Observable::WireServer);
    if (statement.observable.is_empty() || statement.untested.is_some()) != statement.why_not.is_some() {
        return Err(id.mistake(
            "`why_not` is required for a statement that is `[not-observable]` or `untested`, and not allowed for any other",
        ));
    }
    if is_observable && statement.probe.is_none() {
        return Err(id.mistake("a `wire-server` statement needs a `probe`"));
    }
    if !is_observable && statement.untested.is_some() {
        return Err(id.mistake("only a `wire-server` statement can be `untested`; the others are never tested"));
    }
    Ok((id.at, statement))
}

fn text(node: &Node) -> Result<String, Mistake> {
    Ok(node.text()?.to_owned())
}

fn reason_code(node: &Node) -> Result<ReasonCode, Mistake> {
    let name = node.text()?;
    ReasonCode::from_name(name).ok_or_else(|| node.mistake(format!("unknown Reason Code `{name}`")))
}

fn observable(node: &Node) -> Result<BTreeSet<Observable>, Mistake> {
    match node.list()? {
        [only] if only.text()? == "not-observable" => Ok(BTreeSet::new()),
        [] => Err(node.expected("at least one word")),
        items => items.iter().map(|item| word(item, Observable::ALL, Observable::name)).collect(),
    }
}

fn each<T>(node: Option<&Node>, read: impl Fn(&Node) -> Result<T, Mistake>) -> Result<Vec<T>, Mistake> {
    match node {
        Some(node) => node.list()?.iter().map(read).collect(),
        None => Ok(Vec::new()),
    }
}

fn word<T: Copy>(node: &Node, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, Mistake> {
    let written = node.text()?;
    let found = all.iter().copied().find(|word| name(*word) == written);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().copied().map(&name).collect();
        let help = nearest(written, names.iter().copied())
            .map_or_else(|| names.join(", "), |word| format!("did you mean `{word}`?"));
        node.mistake(format!("`{written}` is not allowed here; {help}"))
    })
}

/// What `untested` may be: whatever does not follow from `observable`.
const UNTESTED: &[Untestable] = match Untestable::ALL {
    [rest @ .., Untestable::NotObservable] => rest,
    all => all,
};
