//! [`Shared`]: what the tasks of a server share.
//!
//! All tasks run on one thread, so this uses cells instead of locks. Waking a task only enqueues it, and no borrow is
//! held across an `.await`, so a `RefCell` here can never be borrowed twice.

use super::{
    checkers::Checkers,
    commit_queue::{CommitQueue, Progress},
    core_handle::CoreHandle,
    limits::Limits,
    log::DescribePacket,
    mailboxes::Mailboxes,
    store_gate::StoreGate,
};
use crate::{
    core::{Broker, Config, ConnectionId, Event, Timestamp},
    store::Loaded,
};
use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
};

/// The core, the connections' mailboxes and the store's gate, with what belongs to none of them.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) core: CoreHandle,
    pub(super) mailboxes: Mailboxes,
    pub(super) gate: StoreGate,
    pub(super) limits: Limits,
    pub(super) describe: Option<DescribePacket>,
    /// Bytes of output that a peer may leave unread before the broker stops reading from it.
    pub(super) own_backlog: usize,
    /// The largest WebSocket message, in bytes.
    pub(super) max_message: usize,
    /// Sockets accepted and not yet dropped, including those in a handshake and those being closed.
    open_sockets: Cell<usize>,
    stopping: Cell<bool>,
    pub(super) checkers: RefCell<Option<Checkers>>,
}

impl Shared {
    /// # Errors
    /// When the operating system has no random numbers.
    pub(super) fn new(
        config: Config,
        limits: Limits,
        describe: Option<DescribePacket>,
        loaded: Loaded,
        commits: CommitQueue,
    ) -> io::Result<Rc<Self>> {
        let max_packet = usize::try_from(config.maximum_packet_size.get()).unwrap_or(usize::MAX);
        Ok(Rc::new(Self {
            // Half of the core's limit: a peer that sends requests and never reads is stopped before anything is
            // dropped.
            own_backlog: config.backlog / 2,
            core: CoreHandle::new(config, loaded)?,
            mailboxes: Mailboxes::default(),
            gate: StoreGate::new(commits),
            limits,
            describe,
            max_message: max_packet.saturating_add(MESSAGE_SLACK),
            open_sockets: Cell::new(0),
            stopping: Cell::new(false),
            checkers: RefCell::new(None),
        }))
    }

    /// Reserves a connection slot; `None` at `limits.connections`.
    pub(super) fn permit(self: &Rc<Self>) -> Option<ConnectionPermit> {
        let free = self.open_sockets.get() < self.limits.connections && !self.stopping.get();
        free.then(|| {
            self.open_sockets.set(self.open_sockets.get() + 1);
            ConnectionPermit(Rc::clone(self))
        })
    }

    pub(super) fn open_sockets(&self) -> usize {
        self.open_sockets.get()
    }

    /// Changes the core in one step, which the store commits as a whole.
    pub(super) fn handle(&self, act: impl FnOnce(&mut Broker, Timestamp)) {
        self.core.change(|broker, now| {
            act(broker, now);
            self.gate.record(broker, now);
        });
    }

    pub(super) fn password_checked(&self, id: ConnectionId, passed: bool) {
        self.handle(|broker, now| broker.handle_event(now, id, Event::PasswordChecked(passed)));
    }

    /// The store has made progress: wakes the connections that waited for it.
    pub(super) fn advance(&self, Progress { durable, nearly_full }: Progress) {
        self.core.with(|broker| broker.set_store_full(nearly_full));
        self.gate.advance(durable).into_iter().for_each(|id| self.mailboxes.wake(id));
    }

    /// The store has failed: wakes the connections that would wait forever.
    pub(super) fn lose_store(&self) {
        self.gate.lose().into_iter().for_each(|id| self.mailboxes.wake(id));
    }

    /// Lets the core end every connection, and admits no new ones.
    pub(super) fn stop(&self) {
        self.stopping.set(true);
        self.handle(Broker::stop);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }
}

/// One of the [`Limits::connections`], held by a connection's task as long as it has the socket.
#[derive(Debug)]
pub(super) struct ConnectionPermit(Rc<Shared>);

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let open = self.0.open_sockets.get();
        debug_assert!(open > 0, "more sockets are closed than were opened");
        self.0.open_sockets.set(open.saturating_sub(1));
    }
}

/// A WebSocket message may hold the largest packet, cut anywhere, among others: in bytes.
const MESSAGE_SLACK: usize = 1024 * 1024;
