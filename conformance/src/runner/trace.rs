//! Shows cases as they are played.

use std::{fmt, sync::Arc, time::SystemTime};

use super::Filter;
use crate::{
    judge::{TranscriptEntry, Verdict},
    vector::Case,
};

/// Sees what happens in some cases while they are played.
#[derive(Clone)]
pub struct Trace {
    filter: Filter,
    see: Arc<See>,
}

type See = dyn Fn(Traced<'_>) + Send + Sync;
type SeeEntry = dyn Fn(&TranscriptEntry) + Send + Sync;

/// What happens in a case.
#[derive(Debug, Clone, Copy)]
pub enum Traced<'a> {
    /// Something is about to be sent, was received, or happened to a connection. The case began at that moment.
    Entry(&'a Case, SystemTime, &'a TranscriptEntry),
    /// The case has been judged. If the broker was lost meanwhile, it is played again.
    Ended(&'a Case, &'a Verdict),
}

impl Trace {
    /// Calls the function for each event of each case that the filter selects. A case waits while the function runs.
    pub fn new(filter: Filter, see: impl Fn(Traced<'_>) + Send + Sync + 'static) -> Self {
        Self { filter, see: Arc::new(see) }
    }

    /// What sees the entries of this case; `None` if it is not selected.
    pub(super) fn of(&self, case: &Arc<Case>, began: SystemTime) -> Option<Arc<SeeEntry>> {
        let (case, see) = (self.filter.takes(case).then(|| case.clone())?, self.see.clone());
        Some(Arc::new(move |entry| see(Traced::Entry(&case, began, entry))))
    }

    pub(super) fn ended(&self, case: &Arc<Case>, verdict: &Verdict) {
        if self.filter.takes(case) {
            (self.see)(Traced::Ended(case, verdict));
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("filter", &self.filter).finish_non_exhaustive()
    }
}
