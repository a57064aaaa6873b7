//! [`Mailboxes`]: how the driver reaches the task of each connection.

use crate::core::ConnectionId;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    task::{Poll, Waker},
};

/// The mailboxes of all open connections.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    open: RefCell<HashMap<ConnectionId, Rc<Mailbox>>>,
    /// Ids are never reused, so a late wake-up cannot reach another connection.
    next_id: Cell<u64>,
    /// The task that waits until no connection is open.
    emptied: Signal,
}

/// What the driver tells the task of one connection.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    task: Signal,
    /// There is something to transmit.
    may_transmit: Cell<bool>,
}

impl Mailboxes {
    pub(super) fn open(&self) -> (ConnectionId, Rc<Mailbox>) {
        let id = ConnectionId::new(self.next_id.replace(self.next_id.get().wrapping_add(1)));
        let mailbox = Rc::<Mailbox>::default();
        self.open.borrow_mut().insert(id, Rc::clone(&mailbox));
        (id, mailbox)
    }

    pub(super) fn close(&self, id: ConnectionId) {
        let closed = self.open.borrow_mut().remove(&id);
        debug_assert!(closed.is_some(), "a connection is closed twice");
        self.emptied.wake();
    }

    /// Allows a connection to transmit. Does nothing if it has been closed.
    pub(super) fn allow_transmit(&self, id: ConnectionId) {
        if let Some(mailbox) = self.open.borrow().get(&id) {
            mailbox.may_transmit.set(true);
            mailbox.task.wake();
        }
    }

    pub(super) fn wake(&self, id: ConnectionId) {
        if let Some(mailbox) = self.open.borrow().get(&id) {
            mailbox.task.wake();
        }
    }

    /// Ready when no connection is open.
    pub(super) async fn empty(&self) {
        std::future::poll_fn(|cx| {
            self.emptied.listen(cx.waker());
            if self.open.borrow().is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl Mailbox {
    /// Remembers the task to be woken.
    pub(super) fn listen(&self, waker: &Waker) {
        self.task.listen(waker);
    }

    /// Whether the driver has allowed a batch to be transmitted. True once for each.
    pub(super) fn take_permission(&self) -> bool {
        self.may_transmit.replace(false)
    }
}

/// One task, to be woken.
#[derive(Debug, Default)]
pub(super) struct Signal(RefCell<Option<Waker>>);

impl Signal {
    pub(super) fn listen(&self, waker: &Waker) {
        let mut listener = self.0.borrow_mut();
        if !listener.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *listener = Some(waker.clone());
        }
    }

    pub(super) fn wake(&self) {
        if let Some(listener) = &*self.0.borrow() {
            listener.wake_by_ref();
        }
    }
}
