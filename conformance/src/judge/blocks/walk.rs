//! Visits the expectations and actions written in steps.

use crate::vector::script::{Action, Alternative, Expectation, Head, Item, Step};

/// Calls `visit` with each expectation, in the order written.
pub(crate) fn steps<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Expectation)) {
    for step in steps {
        match &step.action {
            Action::Expect(expectation) => visit(expectation),
            Action::AllOf(all) => items(all, visit),
            Action::AnyOf(any) => any.iter().for_each(|alternative| self::alternative(alternative, visit)),
            Action::May(permitted) => permitted.iter().for_each(&mut *visit),
            Action::Steps(inner) => self::steps(inner, visit),
            _ => {}
        }
    }
}

/// Whether `wanted` is true for any expectation.
pub(crate) fn any_step(all: &[Step], wanted: &dyn Fn(&Expectation) -> bool) -> bool {
    let mut found = false;
    steps(all, &mut |expectation| found |= wanted(expectation));
    found
}

/// Calls `visit` with every action that is not an expectation, including those of alternatives.
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

fn alternative<'a>(alternative: &'a Alternative, visit: &mut dyn FnMut(&'a Expectation)) {
    match &alternative.head {
        Head::Expect(expectation) => visit(expectation),
        Head::AllOf(_, all) => items(all, visit),
    }
    steps(&alternative.rest, visit);
}

fn items<'a>(all: &'a [Item], visit: &mut dyn FnMut(&'a Expectation)) {
    for item in all {
        match item {
            Item::One(one) => visit(one),
            Item::AnyOf(several) | Item::Steps(several) => several.iter().for_each(&mut *visit),
        }
    }
}
