//! Builds failures for reports.

use mqttspec_codec::Version;

use super::{
    Accusation, Failure, Observed,
    accusation::cause::Cause,
    state::{Case, connection::Unread},
};
use crate::{
    packet::fields,
    text::Text,
    vector::{
        Citation,
        script::{Expectation, Name},
    },
};

/// The failure of an expectation.
pub(crate) fn of(
    case: &Case,
    expectation: &Expectation,
    what: impl Into<Text>,
    cause: Cause<'_>,
    observed: Option<Observed>,
) -> Failure {
    Failure {
        what: what.into(),
        place: Some(expectation.place.clone()),
        step: Some(expectation.text.clone()),
        expected: vec![expectation.text.to_string()],
        observed,
        accusation: case.accuse(&expectation.who, expectation.cites.as_ref(), cause),
    }
}

/// The failure of a check that always applies, with a statement of the case's version.
pub(crate) fn always_on(
    case: &Case,
    what: impl Into<Text>,
    statement: Option<&'static str>,
    observed: Option<Observed>,
) -> Failure {
    let accusation = match statement {
        Some(id) => Accusation::always_on(Citation::new(case.version, id)),
        None => Accusation::own(case.own_statements()),
    };
    accused(what, accusation, observed)
}

/// The broker no longer answers anybody.
pub(crate) fn gone(case: &Case, what: impl Into<Text>) -> Failure {
    accused(what, Accusation::gone(case.version), None)
}

/// The failure of a check that no step asks for.
pub(crate) fn accused(what: impl Into<Text>, accusation: Accusation, observed: Option<Observed>) -> Failure {
    Failure { what: what.into(), place: None, step: None, expected: Vec::new(), observed, accusation }
}

impl Failure {
    /// The failure of a check that the probe made before the first case.
    pub(crate) fn of_the_probe(version: Version, what: String, statement: Option<&'static str>, bytes: &[u8]) -> Self {
        let who = Name::from("probe");
        let observed = (!bytes.is_empty()).then(|| seen(&who, what.clone(), bytes.to_vec()));
        let accusation = match statement {
            Some(id) => Accusation::always_on(Citation::new(version, id)),
            None => Accusation::gone(version),
        };
        accused(what, accusation, observed)
    }
}

/// Bytes that are not a whole packet, with what they are.
pub(crate) fn seen(who: &Name, text: impl Into<Text>, bytes: Vec<u8>) -> Observed {
    Observed { who: Name::clone(who), text: text.into(), bytes, mark: None }
}

/// A packet that did not match.
pub(crate) fn observed(case: &Case, who: &Name, unread: &Unread) -> Observed {
    let text = match (&unread.packet, case.connections.get(who)) {
        (Some((packet_type, fields)), _) => fields::describe(*packet_type, fields),
        (None, _) => format!("hex: \"{}\"", super::describe::hex(&unread.bytes)),
    };
    Observed { who: Name::clone(who), text: text.into(), bytes: unread.bytes.clone(), mark: None }
}
