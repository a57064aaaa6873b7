//! Visits the expectations written in steps.

use std::ops::ControlFlow;

use crate::vector::script::{Action, Expectation, Head, Item, Step};

/// Calls `visit` with each expectation, in the order written.
pub(crate) fn steps<'a>(all: &'a [Step], visit: &mut dyn FnMut(&'a Expectation)) {
    let _ = until(all, &mut |expectation| {
        visit(expectation);
        ControlFlow::Continue(())
    });
}

/// Whether `wanted` is true for any expectation. It looks no further than the first one, as there may be thousands.
pub(crate) fn any_step(all: &[Step], wanted: &dyn Fn(&Expectation) -> bool) -> bool {
    let found = until(all, &mut |expectation| match wanted(expectation) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    found.is_break()
}

/// Calls `visit` with each expectation until it breaks.
fn until<'a>(all: &'a [Step], visit: &mut dyn FnMut(&'a Expectation) -> ControlFlow<()>) -> ControlFlow<()> {
    all.iter().try_for_each(|step| match &step.action {
        Action::Expect(expectation) => visit(expectation),
        Action::AllOf(all) => items(all, visit),
        Action::AnyOf(any) => any.iter().try_for_each(|alternative| {
            match &alternative.head {
                Head::Expect(expectation) => visit(expectation)?,
                Head::AllOf(_, all) => items(all, visit)?,
            }
            until(&alternative.rest, visit)
        }),
        Action::May(permitted) => permitted.iter().try_for_each(&mut *visit),
        Action::Steps(inner) => until(inner, visit),
        _ => ControlFlow::Continue(()),
    })
}

fn items<'a>(all: &'a [Item], visit: &mut dyn FnMut(&'a Expectation) -> ControlFlow<()>) -> ControlFlow<()> {
    all.iter().try_for_each(|item| match item {
        Item::One(one) => visit(one),
        Item::AnyOf(several) | Item::Steps(several) => several.iter().try_for_each(&mut *visit),
    })
}
