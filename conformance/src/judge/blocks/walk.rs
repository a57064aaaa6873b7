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

/// Whether `wanted` is true for any expectation. It looks no further than the first one, as there may be thousands.
pub(crate) fn any_step(all: &[Step], wanted: &dyn Fn(&Expectation) -> bool) -> bool {
    all.iter().any(|step| match &step.action {
        Action::Expect(expectation) => wanted(expectation),
        Action::AllOf(all) => any_item(all, wanted),
        Action::AnyOf(any) => any.iter().any(|alternative| {
            let first = match &alternative.head {
                Head::Expect(expectation) => wanted(expectation),
                Head::AllOf(_, all) => any_item(all, wanted),
            };
            first || any_step(&alternative.rest, wanted)
        }),
        Action::May(permitted) => permitted.iter().any(wanted),
        Action::Steps(inner) => any_step(inner, wanted),
        _ => false,
    })
}

fn any_item(all: &[Item], wanted: &dyn Fn(&Expectation) -> bool) -> bool {
    all.iter().any(|item| match item {
        Item::One(one) => wanted(one),
        Item::AnyOf(several) | Item::Steps(several) => several.iter().any(wanted),
    })
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
