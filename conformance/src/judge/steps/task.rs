//! What the judge is waiting for.

use std::time::Duration;

use super::{Todo, limits};
use crate::{
    judge::{
        Command, Verdict,
        blocks::{
            all_of::AllOf,
            any_of::{AnyOf, Decision},
            flow::Flow,
        },
        describe,
        ending::Ending,
        expect::{Evaluation, Waiting},
        failure,
        state::{Case, connection::Opening},
    },
    vector::script::{Expectation, Name},
};

/// Something that takes time.
#[derive(Debug)]
pub(crate) enum Task {
    /// A connection is being opened.
    Open {
        who: Name,
        since: Duration,
    },
    /// The Server's Receive Maximum is used up.
    Quota {
        who: Name,
        most: usize,
        since: Duration,
    },
    /// We have closed the connection; the Server closes it too, or has had time to.
    Leave {
        who: Name,
        since: Duration,
    },
    /// `wait`, or a grace period.
    Pause(Pause),
    /// The broker is being restarted.
    Broker {
        since: Duration,
    },
    Expect(Box<Waiting>),
    AllOf(AllOf),
    AnyOf(AnyOf),
    Flow(Box<Flow>),
    Ending(Ending),
    /// Checks that the broker is still alive. `refused` is the reason if a connection could not be opened before.
    Bystander {
        asked: bool,
        refused: Option<String>,
    },
}

/// Time that passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pause {
    pub(crate) length: Duration,
    /// Set when it begins, after everything sent before has been written.
    pub(crate) until: Option<Duration>,
    /// Whether its end is an act, from which `after` and `within` count.
    pub(crate) is_act: bool,
}

/// The state of a task.
pub(crate) enum Progress {
    /// It is over; these come next.
    Done(Vec<Todo>),
    /// Check again when something is observed, or at that time.
    Wait(Duration),
}

impl Task {
    pub(crate) fn pause(length: Duration, is_act: bool) -> Self {
        Task::Pause(Pause { length, until: None, is_act })
    }

    pub(crate) fn poll(&mut self, case: &mut Case) -> Result<Progress, Verdict> {
        let done = || Ok(Progress::Done(Vec::new()));
        match self {
            Task::Open { who, since } => open(case, who, *since),
            Task::Quota { who, most, since } => {
                let used = case.connections.get(who).filter(|connection| connection.is_open());
                if used.is_none_or(|connection| connection.in_flight.len() < *most) {
                    return done();
                }
                let deadline = since.saturating_add(case.setup.deadline);
                if case.now >= deadline { Err(limits::used_up(case, who)) } else { Ok(Progress::Wait(deadline)) }
            }
            Task::Leave { who, since } => {
                let gone = case.connections.get(who).is_none_or(|connection| connection.ended.is_some());
                let noticed = SERVER_CLOSES.max(case.grace());
                let deadline = since.saturating_add(noticed);
                if gone || case.now >= deadline {
                    return Ok(Progress::Done(vec![Todo::Task(Task::pause(case.grace(), false))]));
                }
                Ok(Progress::Wait(deadline))
            }
            Task::Pause(pause) => {
                let until = *pause.until.get_or_insert(case.now.saturating_add(pause.length));
                if case.now < until {
                    return Ok(Progress::Wait(until));
                }
                if pause.is_act {
                    case.act();
                }
                done()
            }
            Task::Broker { since } => {
                if std::mem::take(&mut case.broker_is_back) {
                    case.act();
                    return done();
                }
                let deadline = since.saturating_add(BROKER_RETURNS);
                match case.now >= deadline {
                    true => Err(Verdict::Error("the broker did not come back after the restart".into())),
                    false => Ok(Progress::Wait(deadline)),
                }
            }
            Task::Expect(waiting) => match waiting.evaluate(case) {
                Evaluation::Met(plan) => {
                    case.commit(plan, &waiting.expectation);
                    done()
                }
                Evaluation::Wait(until) => Ok(Progress::Wait(until)),
                Evaluation::Failed(failure) => Err(Verdict::Fail(failure)),
            },
            Task::AllOf(all) => match all.poll(case).map_err(Verdict::Fail)? {
                None => done(),
                Some(until) => Ok(Progress::Wait(until)),
            },
            Task::AnyOf(any) => match any.poll(case).map_err(Verdict::Fail)? {
                Decision::Taken(rest) => Ok(Progress::Done(rest)),
                Decision::Wait(until) => Ok(Progress::Wait(until)),
            },
            Task::Flow(flow) => match flow.poll(case)? {
                None => done(),
                Some(until) => Ok(Progress::Wait(until)),
            },
            Task::Ending(ending) => match ending.poll(case).map_err(Verdict::Fail)? {
                None => done(),
                Some(until) => Ok(Progress::Wait(until)),
            },
            Task::Bystander { asked, refused } => bystander(case, asked, refused.as_deref()),
        }
    }

    /// Whether this task still contains an expectation for which `wanted` is true.
    pub(crate) fn waits_for(&self, wanted: &dyn Fn(&Expectation) -> bool) -> bool {
        match self {
            Task::Expect(waiting) => wanted(&waiting.expectation),
            Task::AllOf(all) => all.waits_for(wanted),
            Task::AnyOf(any) => any.waits_for(wanted),
            _ => false,
        }
    }
}

fn open(case: &Case, who: &Name, since: Duration) -> Result<Progress, Verdict> {
    let refused = |why: String| {
        let ask = Task::Bystander { asked: false, refused: Some(format!("{who} could not connect: {why}")) };
        Ok(Progress::Done(vec![Todo::Task(ask)]))
    };
    let Some(connection) = case.connections.get(who) else {
        debug_assert!(false, "the connection being opened is known");
        return Ok(Progress::Done(Vec::new()));
    };
    match &connection.opening {
        Opening::Open(_) => Ok(Progress::Done(Vec::new())),
        // whatever is sent now goes nowhere
        Opening::Refused(_) if connection.explicit => Ok(Progress::Done(Vec::new())),
        Opening::Refused(why) => refused(why.clone()),
        Opening::Asked => {
            let deadline = since.saturating_add(case.setup.deadline);
            match case.now >= deadline {
                true => refused(format!("no answer within {}", describe::seconds(case.setup.deadline))),
                false => Ok(Progress::Wait(deadline)),
            }
        }
    }
}

fn bystander(case: &mut Case, asked: &mut bool, refused: Option<&str>) -> Result<Progress, Verdict> {
    if !*asked {
        *asked = true;
        case.bystander = None;
        case.commands.push_back(Command::PingBystander);
    }
    match (case.bystander, refused) {
        (None, _) => Ok(Progress::Wait(case.now.saturating_add(BROKER_RETURNS))),
        (Some(true), None) => Ok(Progress::Done(Vec::new())),
        (Some(true), Some(why)) => Err(Verdict::Error(why.into())),
        (Some(false), _) => {
            let what = match refused {
                Some(why) => format!("the broker no longer answers: {why}"),
                None => "the broker no longer answers".to_owned(),
            };
            Err(Verdict::Fail(Box::new(failure::gone(case, what))))
        }
    }
}

/// By then a Server has noticed our close, even if it never answers it.
const SERVER_CLOSES: Duration = Duration::from_secs(1);
/// The longest wait for a restarted broker; the runner gives up sooner.
const BROKER_RETURNS: Duration = Duration::from_secs(300);
