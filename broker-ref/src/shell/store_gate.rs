//! [`StoreGate`]: which output and which input has to wait for the store.

use super::{
    commit_queue::{CommitQueue, Mark, Step},
    outgoing::Ending,
};
use crate::{
    core::{Broker, ConnectionId, Release, Timestamp},
    store::StoreError,
};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, VecDeque},
};

/// Output waits until the step it depends on is durable; input waits while the store is too far behind.
#[derive(Debug)]
pub(super) struct StoreGate {
    commits: CommitQueue,
    /// Connections whose output waits for a step, in the order of the steps.
    held: RefCell<VecDeque<(Step, ConnectionId)>>,
    /// Connections that are not read because the store is too far behind.
    paused: RefCell<BTreeSet<ConnectionId>>,
    /// The store has failed: nothing becomes durable any more.
    lost: Cell<bool>,
}

impl StoreGate {
    pub(super) fn new(commits: CommitQueue) -> Self {
        Self { commits, held: RefCell::default(), paused: RefCell::default(), lost: Cell::new(false) }
    }

    /// Hands the changes of one step of the core to the store.
    pub(super) fn record(&self, broker: &mut Broker, now: Timestamp) {
        self.commits.record(broker, now);
    }

    /// The step that has to be durable before output leaves which the connection takes now. The connection is woken
    /// then.
    pub(super) fn hold(&self, release: Release, id: ConnectionId) -> Step {
        let after = match release {
            Release::Now => Step::default(),
            Release::AfterPersist => self.commits.last(),
        };
        if !self.commits.is_durable(after) {
            self.held.borrow_mut().push_back((after, id));
        }
        after
    }

    /// Whether output that depends on this step may leave.
    ///
    /// # Errors
    /// The store has failed, so it never may.
    pub(super) fn is_open(&self, step: Step) -> Result<bool, Ending> {
        let durable = self.commits.is_durable(step);
        if !durable && self.lost.get() { Err(Ending::Stopping) } else { Ok(durable) }
    }

    /// Whether the connection may be read. If not, it is woken once the store has caught up.
    pub(super) fn may_read(&self, id: ConnectionId) -> bool {
        let keeps_up = self.commits.has_room();
        if !keeps_up {
            self.paused.borrow_mut().insert(id);
        }
        keeps_up
    }

    /// More is durable. Returns the connections that this lets go on.
    pub(super) fn advance(&self, durable: Mark) -> Vec<ConnectionId> {
        self.commits.advance(durable);
        let mut held = self.held.borrow_mut();
        let released = held.iter().take_while(|(step, _)| *step <= durable.step).count();
        let mut woken: Vec<ConnectionId> = held.drain(..released).map(|(_, id)| id).collect();
        if self.commits.has_room() {
            woken.extend(self.paused.take());
        }
        woken
    }

    /// The store has failed. Returns the connections whose output can never leave.
    pub(super) fn lose(&self) -> Vec<ConnectionId> {
        self.lost.set(true);
        self.held.take().into_iter().map(|(_, id)| id).collect()
    }

    /// Waits for the last commit.
    ///
    /// # Errors
    /// Why the store has failed.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        self.commits.close()
    }
}
