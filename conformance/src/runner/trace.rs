//! Shows cases as they are played, and lets them be played step by step.

use std::{fmt, pin::Pin, sync::Arc, time::SystemTime};

use super::Filter;
use crate::{
    judge::{Judge, TranscriptEntry, Upcoming, Verdict},
    vector::Case,
};

/// Sees what happens in some cases while they are played.
#[derive(Clone)]
pub struct Trace {
    filter: Filter,
    see: Arc<See>,
    /// Chooses before each step; `None` if cases are played in one go.
    choose: Option<Arc<Choose>>,
}

type See = dyn Fn(Traced<'_>) + Send + Sync;
type Choose = dyn Fn() -> Pin<Box<dyn Future<Output = Choice> + Send>> + Send + Sync;

/// What happens in a case.
#[derive(Debug, Clone, Copy)]
pub enum Traced<'a> {
    /// The case begins. Its topics and Client Identifiers begin with this text, or are as written if that is empty.
    Began(&'a Case, &'a str),
    /// A step is about to begin, in a case that is played step by step.
    Step(&'a Case, &'a Upcoming),
    /// Something is about to be sent, was received, or happened to a connection. The case began at that moment.
    Entry(&'a Case, SystemTime, &'a TranscriptEntry),
    /// The case has been judged. If the broker was lost meanwhile, it is played again.
    Ended(&'a Case, &'a Verdict),
}

/// What to do before a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The step begins.
    GoOn,
    /// The case ends here, without a verdict.
    Stop,
}

impl Trace {
    /// Calls the function for each event of each case that the filter selects. A case waits while the function runs.
    pub fn new(filter: Filter, see: impl Fn(Traced<'_>) + Send + Sync + 'static) -> Self {
        Self { filter, see: Arc::new(see), choose: None }
    }

    /// Asks before each step, after `see` was called for it. Time stands still until there is an answer.
    #[must_use]
    pub fn stepwise(
        self,
        choose: impl Fn() -> Pin<Box<dyn Future<Output = Choice> + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self { choose: Some(Arc::new(choose)), ..self }
    }

    /// What watches this case; `None` if it is not selected.
    pub(super) fn of(&self, case: &Arc<Case>, began: SystemTime) -> Option<Watcher> {
        self.filter.takes(case).then(|| Watcher { trace: self.clone(), case: case.clone(), began })
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// Watches one case.
#[derive(Debug)]
pub(super) struct Watcher {
    trace: Trace,
    case: Arc<Case>,
    began: SystemTime,
}

impl Watcher {
    /// Lets the judge tell what happens, and stop before each step.
    pub(super) fn watch(&self, judge: Judge) -> Judge {
        let (see, case, began) = (self.trace.see.clone(), self.case.clone(), self.began);
        let judge = judge.watched(Arc::new(move |entry| see(Traced::Entry(&case, began, entry))));
        if self.is_stepwise() { judge.stepwise() } else { judge }
    }

    pub(super) fn is_stepwise(&self) -> bool {
        self.trace.choose.is_some()
    }

    pub(super) fn began(&self, prefix: &str) {
        let prefix = if self.case.no_prefix { "" } else { prefix };
        (self.trace.see)(Traced::Began(&self.case, prefix));
    }

    pub(super) fn step(&self, step: &Upcoming) {
        (self.trace.see)(Traced::Step(&self.case, step));
    }

    pub(super) async fn choice(&self) -> Choice {
        match &self.trace.choose {
            Some(choose) => choose().await,
            None => Choice::GoOn,
        }
    }

    pub(super) fn ended(&self, verdict: &Verdict) {
        (self.trace.see)(Traced::Ended(&self.case, verdict));
    }
}
