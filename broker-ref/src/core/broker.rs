//! [`Broker`]: the contract between core and shell.

use std::{collections::VecDeque, sync::Arc};

use mqttspec_codec::ReasonCode;

use super::{
    access::PasswordCheck,
    account::Account,
    config::Config,
    connection::Connection,
    connection_stats::ConnectionStats,
    connections::Connections,
    delta::Delta,
    effort::Effort,
    event::{ConnectionId, Event, Flow, Peer, Release},
    fanout::Fanouts,
    ids::SessionId,
    journal::Journal,
    login_queue::LoginQueue,
    message::StoredMessage,
    random::{Random, Seed},
    refusals::Refusals,
    retained::Retained,
    retained_backlog::RetainedBacklog,
    session::Sessions,
    stored::Stored,
    sys::SysTopics,
    tasks::Tasks,
    timers::{TimerKey, Timers},
    timestamp::Timestamp,
    topic_tree::TopicTree,
};

/// The broker as a pure state machine: see the [module page](super) for the order of calls.
#[derive(Debug)]
pub struct Broker {
    pub(super) config: Config,
    /// The time of the current event.
    pub(super) now: Timestamp,
    pub(super) connections: Connections,
    pub(super) sessions: Sessions,
    pub(super) tree: TopicTree,
    pub(super) retained: Retained,
    pub(super) retained_backlog: RetainedBacklog,
    pub(super) journal: Journal,
    pub(super) timers: Timers,
    pub(super) random: Random,
    pub(super) pending: VecDeque<Pending>,
    /// What is left to do in this step.
    pub(super) effort: Effort,
    /// How many messages have been sent to subscribers.
    pub(super) published: u64,
    /// Messages on their way to their subscribers, and what else goes on in later steps.
    pub(super) fanouts: Fanouts,
    pub(super) tasks: Tasks,
    /// The last Session that was disconnected after a restart.
    pub(super) started: Option<SessionId>,
    /// The broker does nothing more: see [`Broker::stop`].
    pub(super) stopped: bool,
    /// QoS 1 and 2 messages are refused.
    pub(super) store_is_full: bool,
    pub(super) logins: LoginQueue,
    pub(super) sys: SysTopics,
    pub(super) refusals: Refusals,
}

/// An action that has to wait until a packet has been handled. Done at once, one could lead to another without bound: a
/// Will fills a queue, whose Session ends, whose Will fills a queue.
#[derive(Debug)]
pub(super) enum Pending {
    EndSession(SessionId, ReasonCode),
    HangUp(ConnectionId),
    /// All queues together exceed their limit, by a message of a publisher whose messages take so many bytes of it.
    MakeRoom(usize),
    /// Most output waits for this connection, and too much for all.
    Cut(ConnectionId),
    /// This connection holds most input, and all too much.
    Refuse(ConnectionId),
}

impl Broker {
    /// A broker that continues from `stored`. The same seed and the same events give the same actions. The Client
    /// Identifiers that the broker assigns and the nonces of enhanced authentication are derived from the seed.
    ///
    /// Sessions that were connected count as disconnected from the first event on; the delays of their Wills and their
    /// expiry intervals start there. Until then [`Broker::stored`] equals `stored`, except for messages that nothing
    /// referred to.
    #[must_use]
    pub fn new(config: Config, mut stored: Stored, seed: impl Into<Seed>) -> Self {
        // a message counts the queues of one broker that it is in
        for body in stored.messages.values_mut().filter(|body| Arc::strong_count(body) > 1) {
            *body = Arc::new(StoredMessage::clone(body));
        }
        let mut random = Random::new(&seed.into());
        let logins = LoginQueue::new(random.bytes());
        let mut broker = Self {
            now: Timestamp::ZERO,
            connections: Connections::new(&config),
            sessions: Sessions::new(&config),
            tree: TopicTree::default(),
            retained: Retained::default(),
            retained_backlog: RetainedBacklog::default(),
            journal: Journal::new(&stored),
            timers: Timers::default(),
            random,
            pending: VecDeque::new(),
            effort: Effort::new(0),
            published: 0,
            fanouts: Fanouts::default(),
            tasks: Tasks::default(),
            started: None,
            stopped: false,
            store_is_full: false,
            logins,
            sys: SysTopics::default(),
            config,
            refusals: Refusals::default(),
        };
        broker.restore(&stored);
        if broker.config.sys_interval.is_some() {
            broker.timers.arm(TimerKey::SysTopics, Timestamp::ZERO);
        }
        broker
    }

    /// Handles an event, after timers that were due before it. Never fails: the answer to a peer's fault is output.
    ///
    /// One call does a bounded amount of work. If there is more to do, [`Broker::poll_timeout`] returns a time that has
    /// come, and [`Broker::handle_timeout`] goes on. Order and promises are as if it had been done at once: who caused
    /// it waits for it, and others do not.
    ///
    /// An event of a connection that is not open does nothing.
    pub fn handle_event(&mut self, now: Timestamp, from: ConnectionId, event: Event<'_>) {
        self.begin_step();
        self.run_timers(now);
        match event {
            Event::Opened(peer) => {
                self.connections.open(from, peer, self.config.maximum_packet_size, self.now);
                if self.stopped {
                    self.connections.close(from);
                }
                self.watch(from);
            }
            Event::Received(chunk) => {
                self.connections.count_bytes(from, chunk.len());
                self.receive(from, chunk);
            }
            Event::PasswordChecked(passed) => self.password_checked(from, passed),
            Event::Closed => match self.connections.live(from) {
                // what came before the end is handled before it
                Some(connection) if connection.paused.is_some() => connection.gone = true,
                _ => self.gone(from),
            },
        }
        self.settle();
    }

    /// Handles timers that are due, and goes on with what an earlier call could not finish. Calling it too early does
    /// nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.begin_step();
        self.run_timers(now);
        if !self.stopped {
            self.go_on();
        }
        self.settle();
    }

    fn run_timers(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        if self.stopped {
            return;
        }
        while !self.effort.is_spent()
            && let Some(key) = self.timers.pop(self.now)
        {
            match key {
                TimerKey::Start => self.start(),
                TimerKey::Connection(id) => self.watch(id),
                TimerKey::Session(id) => self.session_due(id),
                TimerKey::Retained(topic) => self.retained_due(topic),
                TimerKey::RetainedBacklog => self.send_backlog(),
                TimerKey::SysTopics => self.sys_due(),
                TimerKey::Refusals => self.refusals_due(),
            }
            self.effort.charge(TIMER);
            self.settle();
        }
    }

    /// When to call [`Broker::handle_timeout`]. May be early, never late. It is the time of the last event, or one
    /// before it, if that event left something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let next = if self.has_work() { Some(self.now) } else { self.timers.next() };
        next.filter(|_| !self.stopped)
    }

    /// Reports whether the store is nearly full. While it is, nothing new is accepted that it would have to keep: QoS 1
    /// and 2 messages, retained messages, Sessions that last, subscriptions of those, and Wills. That leaves the
    /// remaining room to what was accepted before: its acknowledgements and its end.
    pub fn set_store_full(&mut self, full: bool) {
        self.store_is_full = full;
    }

    /// Returns the next change to be stored. Drain to `None` after each `handle_*`: the deltas of one call are one
    /// step, to be committed as a whole.
    pub fn poll_delta(&mut self) -> Option<Delta> {
        self.journal.poll()
    }

    /// Returns the next password to be checked, in fair turns of addresses and User Names. Call it after each `handle_*`, for as
    /// many checks as can be run now; the others wait, up to [`Config::password_checks`]. Report the result as
    /// [`Event::PasswordChecked`], upon which the CONNECT is answered.
    pub fn poll_check(&mut self) -> Option<(ConnectionId, PasswordCheck)> {
        self.next_check()
    }

    /// Returns the next connection that has output or is to be closed, first come, first served. A connection is
    /// returned once for all output that is added before it transmits. Drain to `None` after each `handle_*`.
    pub fn poll_ready(&mut self) -> Option<ConnectionId> {
        self.connections.poll_ready()
    }

    /// Swaps the waiting output, whole packets, into the empty `into`, and says when it may leave. After [`Flow::Last`]
    /// the core has forgotten the connection.
    pub fn transmit(&mut self, to: ConnectionId, into: &mut Vec<u8>) -> (Flow, Release) {
        let (flow, release, waits) = self.connections.transmit(to, into);
        if let Some(session) = waits {
            self.send_after_output(session);
        }
        (flow, release)
    }

    /// Bytes of output that wait for this connection. The shell stops reading from a connection whose backlog is too
    /// large.
    #[must_use]
    pub fn backlog(&self, of: ConnectionId) -> usize {
        self.connections.backlog(of)
    }

    /// Reports that everything [`Broker::transmit`] gave last has left. Until then, or until the next one, it counts as
    /// output that waits.
    pub fn written(&mut self, to: ConnectionId) {
        self.connections.written(to);
    }

    /// Reports how many bytes of input the shell has and cannot hand over yet, such as half a WebSocket message: they
    /// count as an unfinished packet does. Drain the broker as after `handle_*`.
    pub fn set_unfinished(&mut self, from: ConnectionId, bytes: usize) {
        self.connections.set_unfinished(from, bytes, self.config.connect_packet);
        self.settle();
    }

    /// Whether the broker has discarded all output of this connection, because too much waited for all: the shell should
    /// discard what it has of it, and close.
    #[must_use]
    pub fn is_cut(&self, of: ConnectionId) -> bool {
        self.connections.is_cut(of)
    }

    /// What the broker keeps, as it is counted against the limits for all Clients together.
    #[must_use]
    pub fn accounts(&self) -> [Account; 6] {
        let account = |setting, used, limit| Account { setting, used, limit };
        let [output, input] = self.connections.accounts();
        let Config { total_subscription_bytes, retained_bytes, .. } = self.config;
        [
            self.sessions.queued(),
            account("limits.retained_bytes", self.retained.bytes(), retained_bytes),
            account("limits.total_subscription_bytes", self.tree.bytes(), total_subscription_bytes),
            self.sessions.costs(),
            output,
            input,
        ]
    }

    /// Whether the connection waits for its password to be checked, or for what it has caused to be done. The shell
    /// should not read from it meanwhile; bytes that it hands over anyway are kept, up to [`Config::backlog`]. When it
    /// may be read again, [`Broker::poll_ready`] returns it, even if it has no output.
    #[must_use]
    pub fn is_held(&self, of: ConnectionId) -> bool {
        self.connections.any(of).is_some_and(Connection::is_held)
    }

    /// The other end of a connection; `None` if it is not open.
    #[must_use]
    pub fn peer(&self, of: ConnectionId) -> Option<&Peer> {
        self.connections.any(of).map(|connection| &connection.peer)
    }

    /// Facts about a connection, until [`Flow::Last`] or [`Event::Closed`]; `None` if it is not open.
    #[must_use]
    pub fn stats(&self, of: ConnectionId) -> Option<&ConnectionStats> {
        self.connections.any(of).map(|connection| &connection.stats)
    }

    /// The state that survives a restart. Law: it equals what the broker was made with, with all deltas applied.
    #[must_use]
    pub fn stored(&self) -> Stored {
        self.snapshot()
    }

    /// How much output may wait for one connection now.
    pub(super) fn backlog_limit(&self) -> usize {
        self.config.backlog.min(self.connections.free_output())
    }

    /// The transport is gone, and all that came from it is handled.
    pub(super) fn gone(&mut self, id: ConnectionId) {
        self.hang_up(id);
        self.connections.remove(id);
        self.timers.disarm(&TimerKey::Connection(id));
    }

    /// Performs the actions that were deferred to the end of a packet.
    pub(super) fn settle(&mut self) {
        while let Some(pending) = self.pending.pop_front().or_else(|| self.too_much()) {
            match pending {
                Pending::EndSession(session, reason_code) => self.evict(session, reason_code),
                Pending::HangUp(connection) => self.hang_up(connection),
                Pending::MakeRoom(publisher) => self.make_room(publisher),
                Pending::Cut(connection) => self.cut(connection),
                Pending::Refuse(connection) => self.refuse_input(connection),
            }
        }
    }

    /// Who is to go because too much output waits, or too much input is unfinished.
    fn too_much(&self) -> Option<Pending> {
        let slowest = self.connections.slowest().map(Pending::Cut);
        slowest.or_else(|| self.connections.greediest().map(Pending::Refuse))
    }
}

/// Of a timer, in units of effort.
const TIMER: usize = 5;
