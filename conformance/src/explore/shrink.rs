//! Makes a plan smaller that shows a violation: first fewer operations, then simpler ones.

use std::time::Duration;

use super::plan::{Act, Op, Plan, Wanted};

/// How much may be spent on a plan.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Plans that are played.
    pub replays: usize,
    /// Time, as measured by the link.
    pub time: Duration,
}

/// A plan that is being made smaller. It asks for plans to be played, so that it does no I/O itself.
#[derive(Debug)]
pub struct Shrinker {
    best: Plan,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Leave out parts: so many operations at once.
    Parts(usize),
    /// Make the fields simpler.
    Fields,
    /// Leave out each operation once more.
    Each,
    Done,
}

impl Shrinker {
    /// For a plan that shows a violation.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let half = plan.ops.len().div_ceil(2).max(1);
        Self { best: plan, stage: Stage::Parts(half) }
    }

    /// The smallest plan so far.
    #[must_use]
    pub const fn best(&self) -> &Plan {
        &self.best
    }

    /// Smaller plans, which may be tried at the same time; none if there is nothing more to try.
    #[must_use]
    pub fn candidates(&mut self) -> Vec<Plan> {
        loop {
            let candidates = match self.stage {
                Stage::Parts(size) => self.without(size),
                Stage::Each => self.without(1),
                Stage::Fields => self.simpler(),
                Stage::Done => return Vec::new(),
            };
            if !candidates.is_empty() {
                return candidates;
            }
            self.tried(None);
        }
    }

    /// One of the candidates shows the violation too; `None` if none does.
    pub fn tried(&mut self, found: Option<Plan>) {
        self.stage = match (self.stage, &found) {
            (Stage::Parts(size), Some(smaller)) => Stage::Parts(size.min(smaller.ops.len().div_ceil(2)).max(1)),
            (Stage::Parts(1), None) => Stage::Fields,
            (Stage::Parts(size), None) => Stage::Parts(size.div_ceil(2)),
            (Stage::Fields, None) => Stage::Each,
            (Stage::Each, None) => Stage::Done,
            (stage, Some(_)) => stage,
            (Stage::Done, None) => Stage::Done,
        };
        if let Some(smaller) = found {
            self.best = smaller;
        }
    }

    /// The plan without some operations in a row, the last ones first.
    fn without(&self, size: usize) -> Vec<Plan> {
        let ops = &self.best.ops;
        let starts = (0..ops.len()).step_by(size.max(1)).rev();
        let part = |start: usize| {
            let rest = ops.iter().enumerate().filter(|(index, _)| !(start..start + size).contains(index));
            Plan { ops: rest.map(|(_, op)| op.clone()).collect(), ..self.best.clone() }
        };
        starts.map(part).filter(|plan| !plan.ops.is_empty()).collect()
    }

    /// The plan with one field made simpler.
    fn simpler(&self) -> Vec<Plan> {
        let mut plans = Vec::new();
        for (index, op) in self.best.ops.iter().enumerate() {
            for act in simpler(&op.act) {
                let mut plan = self.best.clone();
                if let Some(place) = plan.ops.get_mut(index) {
                    *place = Op { client: op.client, act };
                    plans.push(plan);
                }
            }
        }
        if !self.best.fenced {
            plans.push(Plan { fenced: true, ..self.best.clone() });
        }
        plans
    }
}

/// The same act, simpler in one field.
fn simpler(act: &Act) -> Vec<Act> {
    let mut acts = Vec::new();
    match act {
        Act::Connect(connect) => {
            if let Some(will) = &connect.will {
                acts.push(Act::Connect(super::plan::Connect { will: None, ..connect.clone() }));
                if will.retain {
                    let will = Some(super::plan::Message { retain: false, ..will.clone() });
                    acts.push(Act::Connect(super::plan::Connect { will, ..connect.clone() }));
                }
            }
            if connect.receive_maximum.is_some() {
                acts.push(Act::Connect(super::plan::Connect { receive_maximum: None, ..connect.clone() }));
            }
            if !connect.clean {
                acts.push(Act::Connect(super::plan::Connect { clean: true, ..connect.clone() }));
            }
            if connect.stays {
                acts.push(Act::Connect(super::plan::Connect { stays: false, ..connect.clone() }));
            }
        }
        Act::Subscribe(wanted) => {
            for left_out in (0..wanted.len()).filter(|_| wanted.len() > 1) {
                let mut fewer = wanted.clone();
                fewer.remove(left_out);
                acts.push(Act::Subscribe(fewer));
            }
            for (place, of) in wanted.iter().enumerate() {
                let simpler = [
                    Wanted { no_local: false, ..of.clone() },
                    Wanted { as_published: false, ..of.clone() },
                    Wanted { handling: 0, ..of.clone() },
                    Wanted { identifier: 0, ..of.clone() },
                ];
                for simpler in simpler.into_iter().filter(|simpler| simpler != of) {
                    let mut all = wanted.clone();
                    all[place] = simpler;
                    acts.push(Act::Subscribe(all));
                }
            }
        }
        Act::Unsubscribe(filters) => {
            for left_out in (0..filters.len()).filter(|_| filters.len() > 1) {
                let mut fewer = filters.clone();
                fewer.remove(left_out);
                acts.push(Act::Unsubscribe(fewer));
            }
        }
        Act::Publish(message) | Act::Cut(message) => {
            let is_cut = matches!(act, Act::Cut(_));
            let of = |message| if is_cut { Act::Cut(message) } else { Act::Publish(message) };
            if message.retain && !message.empty {
                acts.push(of(super::plan::Message { retain: false, ..message.clone() }));
            }
            if message.qos == 2 {
                acts.push(of(super::plan::Message { qos: 1, ..message.clone() }));
            }
            if is_cut {
                acts.push(Act::Publish(message.clone()));
            }
        }
        Act::Reset => acts.push(Act::Drop),
        Act::Disconnect { with_will, forget } => {
            if *with_will {
                acts.push(Act::Disconnect { with_will: false, forget: *forget });
            }
            if *forget {
                acts.push(Act::Disconnect { with_will: *with_will, forget: false });
            }
        }
        Act::Hold | Act::Acknowledge | Act::Release | Act::Drop => {}
    }
    acts
}

#[cfg(test)]
mod tests {
    use mqttspec_codec::Version;

    use super::*;
    use crate::explore::generate;

    /// Shrinks with a broker that is wrong if a plan has a reset after a hold.
    #[test]
    fn what_is_not_needed_is_left_out() {
        let wrong = |plan: &Plan| {
            let hold = plan.ops.iter().position(|op| op.act == Act::Hold);
            hold.is_some_and(|hold| plan.ops[hold..].iter().any(|op| op.act == Act::Unsubscribe(vec![3])))
        };
        let mut plan = generate(1, Version::V5, 60);
        plan.ops.insert(10, Op { client: 0, act: Act::Hold });
        plan.ops.push(Op { client: 1, act: Act::Unsubscribe(vec![2, 3]) });
        plan.ops.push(Op { client: 1, act: Act::Unsubscribe(vec![3]) });
        let mut shrinker = Shrinker::new(plan);
        for _ in 0..1000 {
            let candidates = shrinker.candidates();
            if candidates.is_empty() {
                break;
            }
            let found = candidates.into_iter().find(wrong);
            shrinker.tried(found);
        }
        assert_eq!(shrinker.best().ops.len(), 2, "{}", shrinker.best());
        assert!(shrinker.candidates().is_empty());
    }
}
