//! The verdicts on the cases of a version that cannot be tested.

use std::sync::Arc;

use mqttspec_codec::Version;

use super::ProbeError;
use crate::{
    judge::{Failure, Verdict},
    vector::Case,
};

/// A version that cannot be tested. If that is because the broker violated a rule, one case fails with what the probe
/// has seen, and the others are skipped.
#[derive(Debug)]
pub(crate) struct Untested {
    version: Version,
    error: ProbeError,
    /// The case that fails.
    shown_by: Option<String>,
}

impl Untested {
    /// `cases` are those that were selected.
    pub(crate) fn new(version: Version, error: ProbeError, cases: &[Arc<Case>]) -> Self {
        let shown_by = match &error {
            ProbeError::Illegal(illegal) => shown_by(version, illegal.statement, cases).map(|case| case.id.clone()),
            _ => None,
        };
        Self { version, error, shown_by }
    }

    /// Whether a case fails.
    pub(crate) const fn is_a_finding(&self) -> bool {
        self.shown_by.is_some()
    }

    /// The reason, as text for people.
    pub(crate) fn why(&self) -> String {
        self.error.to_string()
    }

    /// Whether nothing came that would tell what answers there.
    #[cfg(feature = "network")]
    pub(crate) const fn is_without_answer(&self) -> bool {
        matches!(&self.error, ProbeError::NoAnswer(_))
    }

    /// The verdict on a case of that version.
    pub(crate) fn verdict(&self, case: &Case) -> Verdict {
        let version = self.version;
        match (&self.error, &self.shown_by) {
            (ProbeError::Illegal(illegal), Some(shown_by)) if *shown_by == case.id => {
                let what = format!("the answer to the first CONNECT: {}", illegal.what);
                Verdict::Fail(Box::new(Failure::of_the_probe(version, what, illegal.statement, &illegal.bytes)))
            }
            (ProbeError::Illegal(_), Some(shown_by)) => {
                Verdict::Skip(format!("the answer to a {version} CONNECT is illegal: see {shown_by}").into())
            }
            (error, _) => Verdict::Skip(format!("{version} cannot be tested: {error}").into()),
        }
    }
}

/// The case about a statement: one that cites it, or else one about CONNACK, or else any.
fn shown_by<'a>(version: Version, statement: Option<&str>, cases: &'a [Arc<Case>]) -> Option<&'a Arc<Case>> {
    let of_version = || cases.iter().filter(|case| case.version == version);
    let cites = |case: &&Arc<Case>| case.cites.iter().any(|cited| statement == Some(cited.id.as_str()));
    let about_connack = || of_version().find(|case| case.id.starts_with("3.02-connack/"));
    of_version().find(cites).or_else(about_connack).or_else(|| of_version().next())
}
