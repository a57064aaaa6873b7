//! [`Broker`]: the contract between core and shell.

use std::collections::VecDeque;

use mqttspec_codec::ReasonCode;

use super::{
    access::PasswordCheck,
    config::Config,
    connection::{Connection, Connections},
    connection_stats::ConnectionStats,
    delta::Delta,
    event::{ConnectionId, Event, Flow, Peer, Release},
    ids::SessionId,
    journal::Journal,
    random::{Random, Seed},
    retained::Retained,
    retained_backlog::RetainedBacklog,
    session::Sessions,
    stored::Stored,
    sys::SysTopics,
    timers::{TimerKey, Timers},
    timestamp::Timestamp,
    topic_tree::TopicTree,
};

/// The broker as a pure state machine: see the [module page](super) for the order of calls.
#[derive(Debug)]
pub struct Broker {
    pub(super) config: Config,
    /// The instant of the event at hand.
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
    /// Nothing more happens: see [`Broker::stop`].
    pub(super) stopped: bool,
    /// QoS 1 and 2 messages are refused.
    pub(super) store_is_full: bool,
    /// Connections whose passwords wait to be checked.
    pub(super) checks: VecDeque<ConnectionId>,
    pub(super) sys: SysTopics,
}

/// What follows from handling a packet and must wait for its end: done at once, one would lead to another without
/// bound (a Will fills a queue, whose Session ends, whose Will fills a queue).
#[derive(Debug)]
pub(super) enum Pending {
    EndSession(SessionId, ReasonCode),
    HangUp(ConnectionId),
    /// All queues together are over their limit.
    MakeRoom,
}

impl Broker {
    /// A broker that goes on from what is stored. The same seed and the same events give the same actions; the seed
    /// makes the Client Identifiers that the broker assigns, and the nonces of enhanced authentication.
    ///
    /// Sessions that were connected count as closed from the first event on: their Wills and expiries begin there.
    /// Until then [`Broker::stored`] is `stored`, but for messages to which nothing referred.
    #[must_use]
    pub fn new(config: Config, stored: Stored, seed: impl Into<Seed>) -> Self {
        let mut broker = Self {
            config,
            now: Timestamp::ZERO,
            connections: Connections::default(),
            sessions: Sessions::default(),
            tree: TopicTree::default(),
            retained: Retained::default(),
            retained_backlog: RetainedBacklog::default(),
            journal: Journal::new(&stored),
            timers: Timers::default(),
            random: Random::new(&seed.into()),
            pending: VecDeque::new(),
            stopped: false,
            store_is_full: false,
            checks: VecDeque::new(),
            sys: SysTopics::default(),
        };
        broker.restore(&stored);
        if broker.config.sys_interval.is_some() {
            broker.timers.arm(TimerKey::SysTopics, Timestamp::ZERO);
        }
        broker
    }

    /// Takes in what happened. Never fails: a peer's fault becomes output. What was due before is done first.
    ///
    /// An event of a connection that is not open does nothing.
    pub fn handle_event(&mut self, now: Timestamp, from: ConnectionId, event: Event<'_>) {
        self.handle_timeout(now);
        self.refill_backlog();
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
            Event::Closed => {
                self.hang_up(from);
                self.connections.remove(from);
                self.timers.disarm(&TimerKey::Connection(from));
            }
        }
        self.settle();
    }

    /// Does what is due. Calling it too early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        if self.stopped {
            return;
        }
        while let Some(key) = self.timers.pop(self.now) {
            match key {
                TimerKey::Start => self.start(),
                TimerKey::Connection(id) => self.watch(id),
                TimerKey::Session(id) => self.session_due(id),
                TimerKey::Retained(topic) => self.retained_due(topic),
                TimerKey::RetainedBacklog => {
                    self.refill_backlog();
                    self.send_backlog();
                }
                TimerKey::SysTopics => self.sys_due(),
            }
            self.settle();
        }
    }

    /// When to call [`Broker::handle_timeout`]. May be early, never late.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.next().filter(|_| !self.stopped)
    }

    /// Says whether the store has room. Without room QoS 1 and 2 messages from Clients are refused and those of QoS 0 not
    /// retained, so that what remains is there for the acknowledgements of those that were taken.
    pub fn set_store_full(&mut self, full: bool) {
        self.store_is_full = full;
    }

    /// What must be stored. Drain to `None` after each `handle_*`: the deltas of one call are one step, to be committed
    /// whole.
    pub fn poll_delta(&mut self) -> Option<Delta> {
        self.journal.poll()
    }

    /// A password to be checked, in the order in which the CONNECTs came. Call it after each `handle_*`, and as often as
    /// checks can be run now: what is not taken waits, up to [`Config::password_checks`]. The answer is
    /// [`Event::PasswordChecked`]; the CONNECT is answered then.
    pub fn poll_check(&mut self) -> Option<(ConnectionId, PasswordCheck)> {
        self.next_check()
    }

    /// A connection with output or to be closed, first come first served: once for all that is added until it is
    /// transmitted. Drain to `None` after each `handle_*`.
    pub fn poll_ready(&mut self) -> Option<ConnectionId> {
        self.connections.poll_ready()
    }

    /// Swaps the bytes that wait, whole packets, into `into`, which is empty, and says when they may leave. After
    /// [`Flow::Last`] the core has forgotten the connection.
    pub fn transmit(&mut self, to: ConnectionId, into: &mut Vec<u8>) -> (Flow, Release) {
        self.connections.transmit(to, into)
    }

    /// Bytes that wait for this connection. The shell stops reading from a connection whose backlog is over its limit.
    #[must_use]
    pub fn backlog(&self, of: ConnectionId) -> usize {
        self.connections.backlog(of)
    }

    /// Whether the connection waits for its password to be checked: the shell reads no more from it until then. What it
    /// hands over all the same is kept, up to [`Config::backlog`].
    #[must_use]
    pub fn is_held(&self, of: ConnectionId) -> bool {
        self.connections.any(of).is_some_and(Connection::is_held)
    }

    /// Who is at the other end; `None` for a connection that is not open.
    #[must_use]
    pub fn peer(&self, of: ConnectionId) -> Option<&Peer> {
        self.connections.any(of).map(|connection| &connection.peer)
    }

    /// What is known of a connection until its end, [`Flow::Last`] or [`Event::Closed`]; `None` for one that is not open.
    #[must_use]
    pub fn stats(&self, of: ConnectionId) -> Option<&ConnectionStats> {
        self.connections.any(of).map(|connection| &connection.stats)
    }

    /// What survives a restart. Law: the fold of all deltas over what the broker was made with.
    #[must_use]
    pub fn stored(&self) -> Stored {
        self.snapshot()
    }

    /// Does what waited for the end of a packet.
    pub(super) fn settle(&mut self) {
        while let Some(pending) = self.pending.pop_front() {
            match pending {
                Pending::EndSession(session, reason_code) => self.evict(session, reason_code),
                Pending::HangUp(connection) => self.hang_up(connection),
                Pending::MakeRoom => self.make_room(),
            }
        }
    }
}
