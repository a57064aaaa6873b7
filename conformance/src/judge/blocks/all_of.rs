//! `all of`: expectations that may be met in any order.

use std::{collections::VecDeque, time::Duration};

use crate::{
    judge::{
        Failure, describe,
        expect::{self, Evaluation, Plan, Waiting},
        failure,
        state::{Case, connection::Unread},
    },
    source::Place,
    vector::script::{Expectation, Expected, Item, Name},
};

/// An `all of` with the items that are still open.
#[derive(Debug)]
pub(crate) struct AllOf {
    place: Place,
    text: std::sync::Arc<str>,
    open: Vec<Open>,
}

/// An item that is not met yet.
#[derive(Debug)]
struct Open {
    /// Any of these meets it.
    choices: Vec<Waiting>,
    /// The expectations that must follow.
    then: VecDeque<Expectation>,
}

/// An item that can be met now.
#[derive(Debug)]
pub(crate) struct Found {
    item: usize,
    choice: usize,
    plan: Plan,
}

impl AllOf {
    pub(crate) fn start(place: Place, text: std::sync::Arc<str>, items: Vec<Item>, case: &mut Case) -> Self {
        let mut open = Vec::new();
        for item in items {
            let (choices, then) = match item {
                Item::One(one) => (vec![one], VecDeque::new()),
                Item::AnyOf(several) => (several, VecDeque::new()),
                Item::Steps(steps) => {
                    let mut steps = VecDeque::from(steps);
                    (steps.pop_front().into_iter().collect(), steps)
                }
            };
            let choices: Vec<Waiting> = choices.into_iter().map(|choice| Waiting::start(choice, case)).collect();
            open.push(Open { choices, then });
        }
        open.retain(|item| !item.choices.is_empty());
        Self { place, text, open }
    }

    /// Takes all matching packets. Returns `Ok(None)` when no item is open any more, otherwise the time to check again.
    pub(crate) fn poll(&mut self, case: &mut Case) -> Result<Option<Duration>, Box<Failure>> {
        while let Some(found) = self.find(case) {
            self.take(found, case);
        }
        if self.open.is_empty() {
            return Ok(None);
        }
        match self.impossible(case) {
            Some(failure) => Err(failure),
            None => Ok(Some(self.wake(case))),
        }
    }

    /// The oldest unread packet that an open item fully accepts; items are tried in the order written.
    pub(crate) fn find(&self, case: &Case) -> Option<Found> {
        let mut unread: Vec<(&Name, &Unread)> = Vec::new();
        for (who, connection) in &case.connections {
            unread.extend(connection.unread.iter().map(|unread| (who, unread)));
        }
        unread.sort_by_key(|(_, unread)| unread.serial);
        for (who, unread) in unread {
            for (item, choice, waiting) in self.choices() {
                if waiting.who() != who || waiting.out_of_time(case, unread.at).is_some() {
                    continue;
                }
                if let Some(fit) = expect::fits(&waiting.expectation, unread, &case.names) {
                    let mut plan = Plan::new(&case.names);
                    plan.adopt(fit);
                    plan.take = Some(unread.serial);
                    return Some(Found { item, choice, plan });
                }
            }
        }
        self.choices().find_map(|(item, choice, waiting)| match &waiting.expectation.what {
            Expected::Packet(..) | Expected::Raw(_) => None,
            _ => match waiting.evaluate(case) {
                Evaluation::Met(plan) => Some(Found { item, choice, plan }),
                _ => None,
            },
        })
    }

    /// Takes the packet found. The item is done, or continues with its next expectation.
    pub(crate) fn take(&mut self, found: Found, case: &mut Case) {
        let Some(item) = self.open.get_mut(found.item) else {
            debug_assert!(false, "the item found is open");
            return;
        };
        let Some(choice) = item.choices.get(found.choice) else {
            debug_assert!(false, "the choice found belongs to the item");
            return;
        };
        case.commit(found.plan, &choice.expectation);
        match item.then.pop_front() {
            Some(next) => item.choices = vec![Waiting::start(next, case)],
            None => {
                self.open.remove(found.item);
            }
        }
    }

    /// The failure, once the open items cannot all be met any more: after their latest deadline, or when all their
    /// connections have ended.
    pub(crate) fn impossible(&self, case: &Case) -> Option<Box<Failure>> {
        let ended = |waiting: &Waiting| {
            let connection = case.connections.get(waiting.who());
            connection.is_some_and(|connection| connection.ended.is_some())
        };
        let what = if self.choices().all(|(_, _, waiting)| ended(waiting)) {
            "the connections ended".to_owned()
        } else if case.now >= self.deadline(case) {
            format!("not in time ({})", describe::seconds(case.now.saturating_sub(case.last_act.written)))
        } else {
            return None;
        };
        let missing: Vec<String> = self.choices().map(|(_, _, waiting)| waiting.expectation.text.to_string()).collect();
        let observed = self.choices().find_map(|(_, _, waiting)| {
            let unread = case.connections.get(waiting.who())?.unread.first()?;
            Some(failure::observed(case, waiting.who(), unread))
        });
        // the item that tells most
        let accusations = self.choices().map(|(_, _, waiting)| waiting.accuse(case));
        let accusation = accusations.min_by_key(|accusation| accusation.how)?;
        Some(Box::new(Failure {
            what: format!("{} of the `all of` items not met: {what}", self.open.len()).into(),
            place: Some(self.place.clone()),
            step: Some(self.text.clone()),
            expected: missing,
            observed,
            accusation,
        }))
    }

    fn deadline(&self, case: &Case) -> Duration {
        self.choices().map(|(_, _, waiting)| waiting.deadline(case)).max().unwrap_or_default()
    }

    /// When to check again if nothing arrives.
    pub(crate) fn wake(&self, case: &Case) -> Duration {
        let soonest =
            self.choices().filter_map(|(_, _, waiting)| match (&waiting.expectation.what, waiting.evaluate(case)) {
                (Expected::Nothing, Evaluation::Wait(until)) => Some(until),
                _ => None,
            });
        soonest.min().unwrap_or(Duration::MAX).min(self.deadline(case))
    }

    pub(crate) fn written(&self) -> Vec<String> {
        self.choices().map(|(_, _, waiting)| waiting.expectation.text.to_string()).collect()
    }

    pub(crate) fn waits_for(&self, wanted: &dyn Fn(&Expectation) -> bool) -> bool {
        self.choices().any(|(_, _, waiting)| wanted(&waiting.expectation))
            || self.open.iter().flat_map(|item| &item.then).any(wanted)
    }

    fn choices(&self) -> impl Iterator<Item = (usize, usize, &Waiting)> {
        let items = self.open.iter().enumerate();
        items.flat_map(|(item, open)| {
            open.choices.iter().enumerate().map(move |(choice, waiting)| (item, choice, waiting))
        })
    }
}
