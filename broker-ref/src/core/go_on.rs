//! What one step could not finish goes on in the next: the [tasks](super::tasks), one after another.

use std::{ops::Bound, sync::Arc};

use super::{
    broker::Broker,
    effort::Effort,
    event::ConnectionId,
    ids::SessionId,
    session::Session,
    tasks::{Ending, Task},
};

impl Broker {
    /// A new step begins.
    pub(super) fn begin_step(&mut self) {
        self.effort = Effort::new(self.config.step.get());
    }

    /// Whether something has to go on.
    pub(super) fn has_work(&self) -> bool {
        !self.tasks.is_empty() || !self.fanouts.is_empty() || self.retained_backlog.goes_on
    }

    /// Goes on until the effort of this step is spent. Each task gets at most one turn, for it may wait for another one.
    pub(super) fn go_on(&mut self) {
        // neither are messages on their way to wait for all tasks, nor searches for both
        let searches = if self.retained_backlog.goes_on { self.effort.keep_back(self.effort.left() / 2) } else { 0 };
        let kept = if self.fanouts.is_empty() { 0 } else { self.effort.keep_back(self.effort.left() / 2) };
        for _ in 0..self.tasks.len() {
            if self.effort.is_spent() {
                break;
            }
            let Some(task) = self.tasks.next() else { break };
            match task {
                Task::Input(id) => self.resume_input(id),
                Task::End(id) => self.go_on_ending(id),
                Task::Send(id) => self.send_later(id),
                Task::Attend(id, after) => self.attend_after(id, Some(after)),
                Task::Filters(id) => self.go_on_with_filters(id),
            }
            self.effort.charge(1);
            self.settle();
        }
        self.effort.give_back(kept);
        // a task may wait for one of them
        self.effort.keep_something();
        self.go_on_with_fanouts();
        if std::mem::take(&mut self.retained_backlog.goes_on) {
            self.effort.give_back(searches);
            self.effort.keep_something();
            self.send_backlog();
        }
    }

    /// Handles input that had to wait.
    fn resume_input(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.any_mut(id) else { return };
        let Some(bytes) = connection.paused.take() else { return };
        self.receive(id, &bytes);
        if self.connections.any(id).is_some_and(|connection| connection.paused.is_none()) {
            self.connections.read_on(id);
            if self.connections.any(id).is_some_and(|connection| connection.gone) {
                self.gone(id);
            }
        }
    }

    /// Tells the shared subscriptions of a Session whether it is connected.
    pub(super) fn attend(&mut self, id: SessionId) {
        self.attend_after(id, None);
    }

    fn attend_after(&mut self, id: SessionId, mut after: Option<Arc<str>>) {
        let Self { sessions, tree, effort, tasks, .. } = self;
        let Some(session) = sessions.get(id) else { return };
        let from = match after.as_deref() {
            Some(after) => Bound::Excluded(after),
            None => Bound::Included(SHARED),
        };
        let filters = session.subscriptions.range::<str, _>((from, Bound::Unbounded));
        for (filter, _) in filters.take_while(|(filter, _)| filter.starts_with(SHARED)) {
            if effort.is_spent()
                && let Some(after) = after
            {
                return tasks.add(Task::Attend(id, after));
            }
            effort.charge_bytes(20, filter.len());
            tree.attend(id, filter, session.connection.is_some());
            after = Some(Arc::clone(filter));
        }
    }

    /// Ends a Session in later steps. What others are still to get of it must not be lost meanwhile: a broker that
    /// starts from the store takes it for one that has expired.
    pub(super) fn end_later(&mut self, mut session: Session) {
        let id = session.id;
        match session.durable {
            true => {
                session.expiry_interval = 0;
                session.put(&mut self.journal);
            }
            false => session.drop_from_store(&mut self.journal),
        }
        self.tasks.ending.insert(id, Ending { session, filter: None });
        self.tasks.add(Task::End(id));
    }

    /// Ends a Session that is no longer among the others: its subscriptions, then its queue.
    pub(super) fn go_on_ending(&mut self, id: SessionId) {
        let Some(Ending { mut session, mut filter }) = self.tasks.ending.remove(&id) else { return };
        let after = filter.clone();
        let after = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut all_removed = true;
        for (each, _) in session.subscriptions.range::<str, _>((after, Bound::Unbounded)) {
            if self.effort.is_spent() {
                all_removed = false;
                break;
            }
            self.effort.charge_bytes(SUBSCRIPTION, each.len());
            self.drop_from_tree(id, each);
            self.retained_backlog.remove(id, each);
            filter = Some(Arc::clone(each));
        }
        while all_removed && session.queue.len() > 0 {
            if self.effort.is_spent() {
                all_removed = false;
                break;
            }
            let Some((place, queued)) = session.queue.pop() else { break };
            self.effort.charge(ENTRY);
            if session.durable {
                self.journal.drop_entry(id, place, &queued.message);
            }
            self.redeliver_shared(queued);
        }
        if all_removed {
            session.drop_from_store(&mut self.journal);
        } else {
            self.tasks.ending.insert(id, Ending { session, filter });
            self.tasks.add(Task::End(id));
        }
    }
}

/// What shared subscriptions start with (v5 section 4.8.2).
const SHARED: &str = "$share/";
/// Of the end of a subscription and of a queued message, in units of effort.
pub(super) const SUBSCRIPTION: usize = 30;
pub(super) const ENTRY: usize = 18;
