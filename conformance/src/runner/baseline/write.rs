//! An entry of a baseline as YAML.

use mqttspec_codec::Version;

use super::{KnownFailure, Transport, entry::What};
use crate::{
    runner::Leak,
    source::{Tree, parse},
};

/// The keys of an entry.
#[derive(Debug, Default)]
pub(super) struct Written<'a> {
    pub(super) case: Option<&'a str>,
    pub(super) statement: Option<&'a str>,
    pub(super) version: Option<Version>,
    pub(super) transport: Option<Transport>,
    pub(super) flaky: bool,
    pub(super) reason: &'a str,
}

impl<'a> From<&'a KnownFailure> for Written<'a> {
    fn from(entry: &'a KnownFailure) -> Self {
        let (case, statement) = match &entry.what {
            What::Leak => (Some(Leak::NAME), None),
            What::Failures { cases, statement } => (cases.as_ref().map(|cases| cases.as_str()), statement.as_deref()),
        };
        let KnownFailure { version, transport, flaky, reason, .. } = entry;
        Self { case, statement, version: *version, transport: *transport, flaky: *flaky, reason }
    }
}

impl Written<'_> {
    /// The lines of the entry, with the dash in this column; 0 is the first.
    pub(super) fn lines(&self, indent: usize) -> Vec<String> {
        let keys = [
            self.case.map(|case| format!("case: {}", scalar(case))),
            self.statement.map(|id| format!("statement: {}", scalar(id))),
            self.version.map(|version| format!("version: {version}")),
            self.transport.map(|transport| format!("transport: {transport}")),
            self.flaky.then(|| "flaky: true".to_owned()),
            Some(format!("reason: {}", scalar(self.reason))),
        ];
        let keys = keys.into_iter().flatten().enumerate();
        keys.map(|(index, key)| format!("{:indent$}{} {key}", "", if index == 0 { "-" } else { " " })).collect()
    }
}

/// The text as it is, if YAML reads it as the same text, and otherwise in quotes. The strings of JSON are strings of
/// YAML too.
fn scalar(text: &str) -> String {
    let read = parse(&format!("key: {text}"));
    let value = read.ok().and_then(|node| node.map().ok()?.first().map(|entry| entry.value.value.clone()));
    let is_one_line = !text.contains(['\n', '\r', '\\']);
    match value {
        Some(Tree::Text(same)) if same == text && is_one_line => text.to_owned(),
        _ => serde_json::Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_as_it_was() {
        for text in
            ["a/b[x=1,y=2]", "*", "3.12", "true", "a: b", "a #b", "", " a ", "\"q\"", "a\nb", "\u{1b}[31m", "é: ü"]
        {
            let yaml = format!("k: {}", scalar(text));
            let node = parse(&yaml).unwrap_or_else(|error| panic!("{yaml}: {}", error.what));
            assert_eq!(node.map().unwrap()[0].value.text().ok(), Some(text), "{yaml}");
        }
        assert_eq!(scalar("a/b[x=1,y=2]"), "a/b[x=1,y=2]");
    }
}
