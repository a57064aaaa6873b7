//! [`Line`]: one connection's end of the hub.

use super::{Hub, Mailbox};
use crate::{
    core::{ConnectionId, ConnectionStats, Event, Flow, Release},
    shell::{
        ledger::Step,
        server::Limits,
        wire::{Ending, Outgoing},
    },
};
use std::{cell::Cell, rc::Rc, task::Waker};

/// A connection of the core, as its task sees it. Dropping it tells the core that it is closed.
#[derive(Debug)]
pub(in crate::shell) struct Line {
    hub: Rc<Hub>,
    id: ConnectionId,
    mailbox: Rc<Mailbox>,
    /// What the core was told.
    reading: Cell<bool>,
}

impl Line {
    pub(super) fn new(hub: Rc<Hub>, id: ConnectionId, mailbox: Rc<Mailbox>) -> Self {
        Self { hub, id, mailbox, reading: Cell::new(true) }
    }

    /// Remembers the task to be woken.
    pub(in crate::shell) fn listen(&self, waker: &Waker) {
        self.mailbox.task.listen(waker);
    }

    pub(in crate::shell) fn limits(&self) -> &Limits {
        &self.hub.limits
    }

    /// Why a connection ends behind the core's last bytes.
    pub(in crate::shell) fn last(&self) -> Ending {
        if self.hub.stopping.get() { Ending::Stopping } else { Ending::Last }
    }

    /// Bytes as they came, cut anywhere.
    pub(in crate::shell) fn received(&self, bytes: &[u8]) {
        self.hub.handle(|broker, now| broker.handle_event(now, self.id, Event::Received(bytes)));
    }

    /// What the core knows of the connection.
    pub(in crate::shell) fn stats(&self) -> Option<ConnectionStats> {
        self.hub.with_broker(|broker| broker.stats(self.id).cloned())
    }

    /// Whether the driver has let a batch go. True once for each.
    pub(in crate::shell) fn may_transmit(&self) -> bool {
        self.mailbox.may_send.replace(false)
    }

    /// Takes the next batch into the empty `outgoing`. It may leave once the step is durable.
    pub(in crate::shell) fn transmit(&self, outgoing: &mut Outgoing) -> (Flow, Step) {
        let mut broker = self.hub.broker.borrow_mut();
        let (flow, release) = broker.transmit(self.id, outgoing.buffer_mut());
        let after = match release {
            Release::Now => Step::default(),
            Release::AfterPersist => self.hub.ledger.last(),
        };
        if !self.hub.ledger.is_durable(after) {
            self.hub.held.borrow_mut().push_back((after, self.id));
        }
        (flow, after)
    }

    /// If not, the task is woken when it is.
    ///
    /// # Errors
    /// It never will be.
    pub(in crate::shell) fn is_durable(&self, step: Step) -> Result<bool, Ending> {
        let durable = self.hub.ledger.is_durable(step);
        if !durable && self.hub.store_lost.get() { Err(Ending::Stopping) } else { Ok(durable) }
    }

    /// Is it known who this peer is, does it read what it asks for, and does the store keep up? `unsent` are the bytes
    /// taken and not yet written.
    pub(in crate::shell) fn has_room(&self, unsent: usize) -> bool {
        let store_keeps_up = self.hub.ledger.has_room();
        if !store_keeps_up {
            self.hub.paused.borrow_mut().insert(self.id);
        }
        let mut broker = self.hub.broker.borrow_mut();
        let has_room = store_keeps_up && broker.backlog(self.id).saturating_add(unsent) <= self.hub.own_backlog;
        if self.reading.replace(has_room) != has_room {
            broker.set_reading(self.hub.clock.now(), self.id, has_room);
            // when it looks at the connection again has changed
            self.hub.driver.wake();
        }
        has_room && !broker.is_held(self.id)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hub.mailboxes.borrow_mut().remove(&self.id);
        self.hub.handle(|broker, now| broker.handle_event(now, self.id, Event::Closed));
        self.hub.emptied.wake();
    }
}
