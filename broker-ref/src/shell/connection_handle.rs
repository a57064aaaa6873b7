//! [`ConnectionHandle`]: a connection of the core, as its task sees it.

use super::{
    commit_queue::Step,
    limits::Limits,
    mailboxes::Mailbox,
    outgoing::{Ending, Outgoing},
    shared::Shared,
};
use crate::core::{ConnectionId, ConnectionStats, Event, Flow, Peer};
use std::{cell::Cell, rc::Rc, task::Waker};

/// A connection of the core. Dropping it tells the core that the connection is closed.
#[derive(Debug)]
pub(super) struct ConnectionHandle {
    shared: Rc<Shared>,
    id: ConnectionId,
    mailbox: Rc<Mailbox>,
    /// What the core was told last.
    reading: Cell<bool>,
}

impl ConnectionHandle {
    /// Opens a connection in the core.
    pub(super) fn open(shared: Rc<Shared>, peer: Peer) -> Self {
        let (id, mailbox) = shared.mailboxes.open();
        shared.handle(|broker, now| broker.handle_event(now, id, Event::Opened(peer)));
        Self { shared, id, mailbox, reading: Cell::new(true) }
    }

    /// Remembers the task to be woken.
    pub(super) fn listen(&self, waker: &Waker) {
        self.mailbox.listen(waker);
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Why a connection ends after the core's last bytes.
    pub(super) fn last(&self) -> Ending {
        if self.shared.is_stopping() { Ending::Stopping } else { Ending::Last }
    }

    /// Passes received bytes to the core; they may end in the middle of a packet.
    pub(super) fn received(&self, bytes: &[u8]) {
        self.shared.handle(|broker, now| broker.handle_event(now, self.id, Event::Received(bytes)));
    }

    /// What the core knows of the connection.
    pub(super) fn stats(&self) -> Option<ConnectionStats> {
        self.shared.core.with(|broker| broker.stats(self.id).cloned())
    }

    /// Whether the driver has allowed a batch to be transmitted. True once for each.
    pub(super) fn may_transmit(&self) -> bool {
        self.mailbox.take_permission()
    }

    /// Takes the next batch into the empty `outgoing`. It may leave once the step is durable.
    pub(super) fn transmit(&self, outgoing: &mut Outgoing) -> (Flow, Step) {
        let core = &self.shared.core;
        let (flow, release) = core.with(|broker| broker.transmit(self.id, outgoing.buffer_mut()));
        // Queued messages that waited for this go on in the next step.
        if core.with(|broker| broker.poll_timeout()).is_some_and(|due| due <= core.clock().now()) {
            core.driver().wake();
        }
        (flow, self.shared.gate.hold(release, self.id))
    }

    /// Whether output that depends on this step may leave. If not, the task is woken when it may.
    ///
    /// # Errors
    /// It never may.
    pub(super) fn is_durable(&self, step: Step) -> Result<bool, Ending> {
        self.shared.gate.is_open(step)
    }

    /// Whether to read more: the store keeps up, the peer reads what it is sent, and its password is not being checked.
    /// `unsent` is the number of bytes that were taken from the core and not yet written.
    pub(super) fn has_room(&self, unsent: usize) -> bool {
        let Shared { core, gate, own_backlog, .. } = &*self.shared;
        let may_read = gate.may_read(self.id);
        let (has_room, is_held) = core.with(|broker| {
            let backlog = broker.backlog(self.id).saturating_add(unsent);
            (may_read && backlog <= *own_backlog, broker.is_held(self.id))
        });
        if self.reading.replace(has_room) != has_room {
            // The driver sets its timer anew, for the deadline of the connection has changed.
            core.change(|broker, now| broker.set_reading(now, self.id, has_room));
        }
        has_room && !is_held
    }
}

impl Drop for ConnectionHandle {
    fn drop(&mut self) {
        self.shared.handle(|broker, now| broker.handle_event(now, self.id, Event::Closed));
        self.shared.mailboxes.close(self.id);
    }
}
