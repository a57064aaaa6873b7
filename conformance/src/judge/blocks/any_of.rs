//! `any of`: takes the first alternative, in the order written, whose head is met. The choice is final.

use std::{sync::Arc, time::Duration};

use super::all_of::AllOf;
use crate::{
    judge::{
        Failure,
        expect::{Evaluation, Waiting},
        failure,
        state::Case,
        steps::{Todo, task::Task},
    },
    source::Place,
    vector::script::{Alternative, Expectation, Head, Step},
};

/// An undecided `any of`.
#[derive(Debug)]
pub(crate) struct AnyOf {
    place: Place,
    text: Arc<str>,
    alternatives: Vec<Open>,
    /// What each excluded alternative was waiting for, and why it is excluded.
    out: Vec<(usize, Box<Failure>)>,
    written: Vec<String>,
}

/// An alternative that is still possible.
#[derive(Debug)]
struct Open {
    place: usize,
    warn: Option<Arc<str>>,
    head: OpenHead,
    rest: Vec<Step>,
}

#[derive(Debug)]
enum OpenHead {
    Expect(Waiting),
    AllOf(AllOf),
}

/// The state of an `any of`.
pub(crate) enum Decision {
    /// An alternative was taken; its remaining steps follow.
    Taken(Vec<Todo>),
    /// Check again when something arrives, or at that time.
    Wait(Duration),
}

impl AnyOf {
    pub(crate) fn start(place: Place, text: Arc<str>, alternatives: Vec<Alternative>, case: &mut Case) -> Self {
        let mut open = Vec::new();
        let mut written = Vec::new();
        for (number, Alternative { warn, head, rest }) in alternatives.into_iter().enumerate() {
            let head = match head {
                Head::Expect(expectation) => {
                    written.push(expectation.text.to_string());
                    OpenHead::Expect(Waiting::start(expectation, case))
                }
                Head::AllOf(place, items) => {
                    let all = AllOf::start(place, Arc::from("all of"), items, case);
                    written.push(format!("all of: [{}]", all.written().join(", ")));
                    OpenHead::AllOf(all)
                }
            };
            open.push(Open { place: number, warn, head, rest });
        }
        Self { place, text, alternatives: open, out: Vec::new(), written }
    }

    /// Evaluates the alternatives in the order written.
    pub(crate) fn poll(&mut self, case: &mut Case) -> Result<Decision, Box<Failure>> {
        let mut wake = Duration::MAX;
        let mut undecided = Vec::new();
        for alternative in std::mem::take(&mut self.alternatives) {
            match evaluate(&alternative.head, case) {
                Evaluation::Met(_) => return Ok(Decision::Taken(alternative.take(case))),
                Evaluation::Wait(until) => {
                    wake = wake.min(until);
                    undecided.push(alternative);
                }
                Evaluation::Failed(failure) => self.out.push((alternative.place, failure)),
            }
        }
        self.alternatives = undecided;
        match self.alternatives.is_empty() {
            true => Err(self.failure(case)),
            false => Ok(Decision::Wait(wake)),
        }
    }

    fn failure(&mut self, case: &Case) -> Box<Failure> {
        self.out.sort_by_key(|(place, _)| *place);
        let mut whats: Vec<&str> = Vec::new();
        for (_, failure) in &self.out {
            if !whats.contains(&&*failure.what) {
                whats.push(&failure.what);
            }
        }
        // the alternative that tells most, not the one that is written first
        let nearest = self.out.iter().map(|(_, failure)| &failure.accusation).min_by_key(|accusation| accusation.how);
        let Some(accusation) = nearest.cloned() else {
            debug_assert!(false, "an `any of` has alternatives");
            return Box::new(failure::always_on(case, "no alternative".to_owned(), None, None));
        };
        Box::new(Failure {
            what: format!("no alternative is met: {}", whats.join("; ")).into(),
            place: Some(self.place.clone()),
            step: Some(self.text.clone()),
            expected: self.written.clone(),
            observed: self.out.iter().find_map(|(_, failure)| failure.observed.clone()),
            accusation,
        })
    }

    pub(crate) fn waits_for(&self, wanted: &dyn Fn(&Expectation) -> bool) -> bool {
        self.alternatives.iter().any(|alternative| {
            let head = match &alternative.head {
                OpenHead::Expect(waiting) => wanted(&waiting.expectation),
                OpenHead::AllOf(all) => all.waits_for(wanted),
            };
            head || super::walk::any_step(&alternative.rest, wanted)
        })
    }
}

impl Open {
    /// Takes the alternative.
    fn take(self, case: &mut Case) -> Vec<Todo> {
        if let Some(warn) = &self.warn {
            case.add_warning(warn);
        }
        let rest = self.rest.into_iter().map(Todo::Step);
        match self.head {
            OpenHead::Expect(waiting) => {
                if let Evaluation::Met(plan) = waiting.evaluate(case) {
                    case.commit(plan, &waiting.expectation);
                }
                rest.collect()
            }
            OpenHead::AllOf(all) => std::iter::once(Todo::Task(Task::AllOf(all))).chain(rest).collect(),
        }
    }
}

/// An `all of` decides as soon as any of its items is met.
fn evaluate(head: &OpenHead, case: &Case) -> Evaluation {
    match head {
        OpenHead::Expect(waiting) => waiting.evaluate(case),
        OpenHead::AllOf(all) => match (all.find(case), all.impossible(case)) {
            (Some(_), _) => Evaluation::Met(crate::judge::expect::Plan::new(&case.names)),
            (None, Some(failure)) => Evaluation::Failed(failure),
            (None, None) => Evaluation::Wait(all.wake(case)),
        },
    }
}
