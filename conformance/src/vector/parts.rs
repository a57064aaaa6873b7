//! Visits the parts of a script, however deep they are nested.

use std::{collections::BTreeSet, time::Duration};

use super::script::{Action, Expectation, Head, Item, Outage, Outgoing, Script, Step};

/// A part of a script.
#[derive(Debug)]
pub enum Part<'a> {
    /// A packet to be sent, also as the first of an exchange.
    Sent(&'a mut Outgoing),
    /// Bytes to be sent.
    Raw,
    /// A pause.
    Wait(&'a mut Duration),
    /// An expectation, also in a `may` or as an alternative.
    Expected(&'a mut Expectation),
}

impl Script {
    /// Visits all parts in the order in which they are written.
    pub fn each_part(&mut self, visit: &mut dyn FnMut(Part<'_>)) {
        each(&mut self.steps, visit);
    }

    /// The ways in which it stops the broker; none for most scripts.
    #[must_use]
    pub fn outages(&self) -> BTreeSet<Outage> {
        let mut found = BTreeSet::new();
        actions(&self.steps, &mut |action| {
            if let Action::Broker(outage) = action {
                found.insert(*outage);
            }
        });
        found
    }
}

/// Calls `visit` with the action of every step, including the steps of alternatives.
pub(crate) fn actions<'a>(all: &'a [Step], visit: &mut dyn FnMut(&'a Action)) {
    for step in all {
        visit(&step.action);
        match &step.action {
            Action::AnyOf(any) => any.iter().for_each(|alternative| actions(&alternative.rest, visit)),
            Action::Steps(inner) => actions(inner, visit),
            _ => {}
        }
    }
}

fn each(steps: &mut [Step], visit: &mut dyn FnMut(Part<'_>)) {
    for step in steps {
        match &mut step.action {
            Action::Send(_, outgoing) | Action::Exchange(_, outgoing) => visit(Part::Sent(outgoing)),
            Action::Raw(..) | Action::Frame { .. } => visit(Part::Raw),
            Action::Wait(wait) => visit(Part::Wait(wait)),
            Action::Expect(expectation) => visit(Part::Expected(expectation)),
            Action::AllOf(items) => each_item(items, visit),
            Action::AnyOf(alternatives) => {
                for alternative in alternatives {
                    match &mut alternative.head {
                        Head::Expect(expectation) => visit(Part::Expected(expectation)),
                        Head::AllOf(_, items) => each_item(items, visit),
                    }
                    each(&mut alternative.rest, visit);
                }
            }
            Action::May(expectations) => {
                expectations.iter_mut().for_each(|expectation| visit(Part::Expected(expectation)))
            }
            Action::Steps(steps) => each(steps, visit),
            _ => {}
        }
    }
}

fn each_item(items: &mut [Item], visit: &mut dyn FnMut(Part<'_>)) {
    for item in items {
        match item {
            Item::One(expectation) => visit(Part::Expected(expectation)),
            Item::AnyOf(expectations) | Item::Steps(expectations) => {
                expectations.iter_mut().for_each(|expectation| visit(Part::Expected(expectation)))
            }
        }
    }
}
