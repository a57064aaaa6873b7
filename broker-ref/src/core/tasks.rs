//! [`Tasks`]: what goes on in a later step, besides the messages on their way.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{event::ConnectionId, ids::SessionId, session::Session};

/// Something that was too much for one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Input of a connection has not been handled.
    Input(ConnectionId),
    /// A Session has ended, and not everything of it is gone.
    End(SessionId),
    /// A Session may have messages to send.
    Send(SessionId),
    /// A Session's shared subscriptions after this one have to learn whether it is connected.
    Attend(SessionId, Arc<str>),
    /// Not all filters of a packet have been handled.
    Filters(ConnectionId),
}

/// The tasks in turn.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    queue: VecDeque<Task>,
    /// What is left of Sessions that have ended.
    pub(super) ending: BTreeMap<SessionId, Ending>,
}

/// A Session that has ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) session: Session,
    /// The filter that was removed last from the tree.
    pub(super) filter: Option<Arc<str>>,
}

impl Tasks {
    pub(super) fn add(&mut self, task: Task) {
        self.queue.push_back(task);
    }

    pub(super) fn next(&mut self) -> Option<Task> {
        self.queue.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
