//! Visits the parts of a script, however deep they are nested.

use std::time::Duration;

use super::script::{Action, Expectation, Head, Item, Outgoing, Script, Step};

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
