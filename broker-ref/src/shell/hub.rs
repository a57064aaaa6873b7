//! What the tasks share: the core, the clock, who is connected.
//!
//! All tasks run on one thread, so this is cells instead of locks. To wake a task only queues it, and no cell stays
//! borrowed across an await: none is ever borrowed twice.

mod line;

pub(super) use line::Line;

use super::{
    clock::Clock,
    ledger::{Ledger, Progress, Step},
    log::DescribePacket,
    server::Limits,
};
use crate::{
    core::{Broker, Config, ConnectionId, Event, Peer, Timestamp},
    store::Loaded,
};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap, VecDeque},
    io,
    rc::Rc,
    task::{Poll, Waker},
};

/// The core and who takes part in it.
#[derive(Debug)]
pub(super) struct Hub {
    broker: RefCell<Broker>,
    clock: Clock,
    ledger: Ledger,
    /// Who has bytes that wait for a step, in the order of the steps.
    held: RefCell<VecDeque<(Step, ConnectionId)>>,
    store_lost: Cell<bool>,
    /// From whom nothing was read because the store does not keep up.
    paused: RefCell<BTreeSet<ConnectionId>>,
    /// How the driver finds a connection's task.
    mailboxes: RefCell<HashMap<ConnectionId, Rc<Mailbox>>>,
    /// Ids are never used twice: whatever is late finds nobody.
    next_id: Cell<u64>,
    limits: Limits,
    describe: Option<DescribePacket>,
    /// Bytes of output that a peer may leave unread before no more is read from it.
    own_backlog: usize,
    /// The largest WebSocket message, in bytes.
    max_message: usize,
    /// Sockets accepted and not yet dropped, those in a handshake and those being closed included.
    seated: Cell<usize>,
    stopping: Cell<bool>,
    driver: Signal,
    /// Whoever waits for the last open connection.
    emptied: Signal,
    /// Passwords being checked.
    checks: Cell<usize>,
}

/// What the driver tells the task of one connection.
#[derive(Debug, Default)]
struct Mailbox {
    task: Signal,
    /// There is something to transmit, and what it depends on is durable.
    may_send: Cell<bool>,
}

impl Hub {
    /// # Errors
    /// When the operating system has no random numbers.
    pub(super) fn new(
        config: Config,
        limits: Limits,
        describe: Option<DescribePacket>,
        loaded: Loaded,
        ledger: Ledger,
    ) -> io::Result<Rc<Self>> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let max_packet = usize::try_from(config.maximum_packet_size.get()).unwrap_or(usize::MAX);
        // Half of what the core bears: a peer that asks and never reads is stopped before anything is dropped.
        let own_backlog = config.backlog / 2;
        Ok(Rc::new(Self {
            broker: RefCell::new(Broker::new(config, loaded.stored, seed)),
            clock: Clock::start(loaded.clock),
            ledger,
            held: RefCell::default(),
            store_lost: Cell::new(false),
            paused: RefCell::default(),
            mailboxes: RefCell::default(),
            next_id: Cell::new(0),
            limits,
            describe,
            own_backlog,
            max_message: max_packet.saturating_add(MESSAGE_SLACK),
            seated: Cell::new(0),
            stopping: Cell::new(false),
            driver: Signal::default(),
            emptied: Signal::default(),
            checks: Cell::new(0),
        }))
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn describe(&self) -> Option<DescribePacket> {
        self.describe
    }

    pub(super) fn max_message(&self) -> usize {
        self.max_message
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn driver(&self) -> &Signal {
        &self.driver
    }

    pub(super) fn checks(&self) -> &Cell<usize> {
        &self.checks
    }

    /// A place for one more socket, or none when the house is full.
    pub(super) fn seat(self: &Rc<Self>) -> Option<Seat> {
        let free = self.seated.get() < self.limits.connections && !self.stopping.get();
        free.then(|| {
            self.seated.set(self.seated.get() + 1);
            Seat(Rc::clone(self))
        })
    }

    /// Opens a connection in the core.
    pub(super) fn open(self: &Rc<Self>, peer: Peer) -> Line {
        let id = ConnectionId::new(self.next_id.replace(self.next_id.get().wrapping_add(1)));
        let mailbox = Rc::<Mailbox>::default();
        self.mailboxes.borrow_mut().insert(id, Rc::clone(&mailbox));
        self.handle(|broker, now| broker.handle_event(now, id, Event::Opened(peer)));
        Line::new(Rc::clone(self), id, mailbox)
    }

    /// Lets `act` happen in the core as one step; the driver sees to what follows from it.
    fn handle(&self, act: impl FnOnce(&mut Broker, Timestamp)) {
        let mut broker = self.broker.borrow_mut();
        let now = self.clock.now();
        act(&mut broker, now);
        self.ledger.record(&mut broker, now);
        self.driver.wake();
    }

    pub(super) fn password_checked(&self, id: ConnectionId, passed: bool) {
        self.handle(|broker, now| broker.handle_event(now, id, Event::PasswordChecked(passed)));
    }

    /// The core, for the driver.
    pub(super) fn with_broker<R>(&self, act: impl FnOnce(&mut Broker) -> R) -> R {
        act(&mut self.broker.borrow_mut())
    }

    /// Lets a connection transmit. One that is gone by now has nothing to send.
    pub(super) fn let_go(&self, id: ConnectionId) {
        if let Some(mailbox) = self.mailboxes.borrow().get(&id) {
            mailbox.may_send.set(true);
            mailbox.task.wake();
        }
    }

    /// More is durable: whoever waited for it goes on.
    pub(super) fn advance(&self, Progress { durable, nearly_full }: Progress) {
        self.with_broker(|broker| broker.set_store_full(nearly_full));
        self.ledger.advance(durable);
        let mut held = self.held.borrow_mut();
        while let Some((step, id)) = held.front().copied()
            && step <= durable.step
        {
            held.pop_front();
            self.wake(id);
        }
        if self.ledger.has_room() {
            self.paused.take().into_iter().for_each(|id| self.wake(id));
        }
    }

    /// Nothing becomes durable any more: whoever waits for it ends.
    pub(super) fn lose_store(&self) {
        self.store_lost.set(true);
        self.held.take().into_iter().for_each(|(_, id)| self.wake(id));
    }

    fn wake(&self, id: ConnectionId) {
        if let Some(mailbox) = self.mailboxes.borrow().get(&id) {
            mailbox.task.wake();
        }
    }

    /// Lets the core end every connection, and keeps new ones out.
    pub(super) fn stop(&self) {
        self.stopping.set(true);
        self.handle(Broker::stop);
    }

    /// Ready when no connection is open any more.
    pub(super) async fn empty(&self) {
        std::future::poll_fn(|cx| {
            self.emptied.listen(cx.waker());
            if self.mailboxes.borrow().is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Held by a connection's task as long as it has the socket.
#[derive(Debug)]
pub(super) struct Seat(Rc<Hub>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.seated.set(self.0.seated.get().saturating_sub(1));
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

/// A WebSocket message may hold the largest packet, cut anywhere, among others: in bytes.
const MESSAGE_SLACK: usize = 1024 * 1024;
