//! An expected failure, and what it covers.

use std::fmt;

use mqttspec_codec::Version;

use crate::{
    runner::{Leak, pattern::Pattern, statement},
    source::{Keys, Mark, Mistake, Node, Tree, nearest},
    vector::{Case, Citation},
};

/// An expected failure.
#[derive(Debug, Clone)]
pub struct KnownFailure {
    pub(super) what: What,
    pub(super) version: Option<Version>,
    pub(super) transport: Option<Transport>,
    pub(super) flaky: bool,
    pub(super) reason: String,
    /// Where the entry begins, and where what it names is written.
    pub(super) at: Mark,
    pub(super) named_at: Mark,
}

/// What an entry is about.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// `case: leak`
    Leak,
    /// Cases, a statement that failures accuse, or both; at least one of the two is there.
    Failures { cases: Option<Box<Pattern>>, statement: Option<String> },
}

/// The transport of a broker, as far as a baseline tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// A stream of bytes: TCP, also under TLS, and Unix sockets.
    Tcp,
    /// WebSocket, also under TLS.
    WebSocket,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Tcp => "tcp",
            Transport::WebSocket => "websocket",
        })
    }
}

impl KnownFailure {
    pub(super) fn parse(node: &Node) -> Result<Self, Mistake> {
        let mut keys = Keys::of(node, "an expected failure")?;
        let (case, statement) = (keys.get("case"), keys.get("statement"));
        let (version, transport) = (keys.get("version"), keys.get("transport"));
        let (flaky, reason) = (keys.get("flaky"), keys.need("reason"));
        keys.done()?;
        let named =
            case.or(statement).ok_or_else(|| node.mistake("an expected failure needs `case` or `statement`"))?;
        let is_leak = case.is_some_and(|case| case.text().is_ok_and(|text| text == Leak::NAME));
        let what = match statement {
            Some(statement) if is_leak => {
                return Err(statement.mistake("`leak` has no `statement`; give the other cases an entry of their own"));
            }
            None if is_leak => What::Leak,
            _ => What::Failures {
                cases: case.map(pattern).transpose()?.map(Box::new),
                statement: statement.map(spelt).transpose()?,
            },
        };
        Ok(Self {
            what,
            version: version.map(|node| word(node, &VERSIONS)).transpose()?,
            transport: transport.map(|node| word(node, &TRANSPORTS)).transpose()?,
            flaky: flaky.map_or(Ok(false), Node::boolean)?,
            reason: reason?.text()?.to_owned(),
            at: node.at,
            named_at: named.at,
        })
    }

    /// Why the failure is expected.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the case may also pass.
    #[must_use]
    pub const fn is_flaky(&self) -> bool {
        self.flaky
    }

    /// Whether the entry covers a failure of this case that accuses this statement. `None` means that the statement is
    /// unknown or that there is none.
    #[must_use]
    pub fn covers(&self, case: &Case, accused: Option<&Citation>) -> bool {
        let What::Failures { statement, .. } = &self.what else { return false };
        self.may_cover(case)
            && statement.as_ref().is_none_or(|statement| accused.is_some_and(|accused| accused.id == *statement))
    }

    /// Whether the entry covers some failure of this case.
    pub(super) fn may_cover(&self, case: &Case) -> bool {
        let What::Failures { cases, .. } = &self.what else { return false };
        self.is_of(case.version) && cases.as_ref().is_none_or(|cases| cases.names(case))
    }

    /// Whether this case shows that nothing it expects happens any more if it passes.
    pub(super) fn is_about(&self, case: &Case) -> bool {
        let What::Failures { statement, .. } = &self.what else { return false };
        let cites = |id: &String| case.cites.iter().any(|cited| cited.id == *id);
        self.may_cover(case) && statement.as_ref().is_none_or(cites)
    }

    pub(super) fn is_of(&self, version: Version) -> bool {
        self.version.is_none_or(|of| of == version)
    }

    pub(super) fn is_over(&self, transport: Option<Transport>) -> bool {
        self.transport.is_none_or(|over| Some(over) == transport)
    }

    pub(super) const fn is_of_leaks(&self) -> bool {
        matches!(self.what, What::Leak)
    }

    pub(super) fn covers_leak(&self, leak: &Leak) -> bool {
        self.is_of_leaks() && self.is_of(leak.seen_by.version)
    }
}

/// What it names, as written.
impl fmt::Display for KnownFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Leak => f.write_str(Leak::NAME),
            What::Failures { cases: Some(cases), statement: None } => f.write_str(cases.as_str()),
            What::Failures { cases: Some(cases), statement: Some(id) } => write!(f, "{} [{id}]", cases.as_str()),
            What::Failures { cases: None, statement } => write!(f, "[{}]", statement.as_deref().unwrap_or_default()),
        }
    }
}

fn pattern(node: &Node) -> Result<Pattern, Mistake> {
    let text = match &node.value {
        // the number of a section
        Tree::OtherNumber(text) => text,
        _ => node.text()?,
    };
    Pattern::new(text).map_err(|why| node.mistake(format!("invalid pattern: {why}")))
}

fn spelt(node: &Node) -> Result<String, Mistake> {
    statement::spelt(node.text()?).map_err(|why| node.mistake(why.to_string()))
}

/// The value that a word means.
fn word<T: Copy>(node: &Node, words: &[(&str, T)]) -> Result<T, Mistake> {
    let text = node.text()?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let help = nearest(text, names.iter().copied()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(node.mistake(format!("expected {}, found {}{help}", names.join(" or "), node.written())))
}

const VERSIONS: [(&str, Version); 2] = [("v3.1.1", Version::V3_1_1), ("v5", Version::V5)];
const TRANSPORTS: [(&str, Transport); 2] = [("tcp", Transport::Tcp), ("websocket", Transport::WebSocket)];

#[cfg(test)]
mod tests {
    use crate::runner::Baseline;

    #[test]
    fn mistakes_are_shown_with_their_place_and_what_was_meant() {
        for (entry, place, what) in [
            ("case: a\n    verson: v5\n    reason: r", "3:5", "unknown key `verson`"),
            ("case: a\n    transport: websockets\n    reason: r", "3:16", "did you mean `websocket`?"),
            ("case: a\n    version: v4\n    reason: r", "3:14", "expected v3.1.1 or v5, found `v4`"),
            ("case: a\n    flaky: maybe\n    reason: r", "3:12", "expected true or false"),
            ("statement: 3.1.2-244\n    reason: r", "2:16", "did you mean MQTT-3.1.2-24?"),
            ("reason: r", "2:5", "needs `case` or `statement`"),
            ("case: leak\n    statement: 3.3.2-3\n    reason: r", "3:16", "`leak` has no `statement`"),
            ("case: a", "2:5", "needs `reason`"),
        ] {
            let text = format!("expected:\n  - {entry}\n");
            let error = Baseline::parse("b.yaml", &text).expect_err(entry).to_string();
            assert!(error.starts_with(&format!("b.yaml:{place}: ")) && error.contains(what), "{error}");
            assert!(error.ends_with('^'), "{error}");
        }
    }
}
