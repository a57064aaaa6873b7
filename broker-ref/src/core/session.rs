//! [`Session`] and [`Sessions`]: the state that may outlive a Network Connection (section 4.1).

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    ops::Bound,
    sync::Arc,
};

use mqttspec_codec::{PacketIdentifier, Version};

use super::{
    access::Grant,
    account::{Account, Purse, Ranking},
    all_queued::AllQueued,
    config::Config,
    delta::Delta,
    event::ConnectionId,
    ids::SessionId,
    journal::Journal,
    queue::Queue,
    record::{SessionRecord, SubscriptionRecord, WillRecord},
    size,
    subscriber::Presence,
    timestamp::Timestamp,
};

/// The state of one Session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) client_id: Arc<str>,
    pub(super) version: Version,
    /// The user who started it.
    pub(super) user_name: Option<Arc<str>>,
    /// The permissions of this user with this Client Identifier.
    pub(super) grant: Grant,
    /// Session Expiry Interval in seconds; `u32::MAX` means never.
    pub(super) expiry_interval: u32,
    pub(super) connection: Option<ConnectionId>,
    pub(super) disconnected_at: Option<Timestamp>,
    pub(super) will: Option<WillRecord>,
    pub(super) subscriptions: BTreeMap<Arc<str>, SubscriptionRecord>,
    pub(super) filter_bytes: usize,
    pub(super) queue: Queue,
    /// QoS 2 messages from the Client between PUBLISH and PUBREL.
    pub(super) received: BTreeSet<PacketIdentifier>,
    /// Its subscriptions, queue and received identifiers survive a restart.
    pub(super) durable: bool,
    /// The store has a row for it.
    pub(super) recorded: bool,
    /// Pays for what it publishes.
    pub(super) purse: Purse,
    /// What it costs, as it was counted last.
    counted: usize,
    /// It is among the tasks because it may have messages to send.
    pub(super) sends_later: bool,
}

impl Session {
    /// A Session from its row in the store, without subscriptions and messages.
    pub(super) fn from_record(id: SessionId, record: &SessionRecord, grant: Grant) -> Self {
        Self {
            id,
            client_id: Arc::clone(&record.client_id),
            version: record.version,
            user_name: record.user_name.clone(),
            grant,
            expiry_interval: record.expiry_interval,
            connection: None,
            disconnected_at: record.disconnected_at,
            will: record.will.clone(),
            subscriptions: BTreeMap::new(),
            filter_bytes: 0,
            queue: Queue::default(),
            received: BTreeSet::new(),
            durable: record.expiry_interval > 0,
            recorded: true,
            purse: Purse::default(),
            counted: 0,
            sends_later: false,
        }
    }

    /// What it costs without its subscriptions and its queue.
    fn cost(&self) -> usize {
        let received = self.received.len().saturating_mul(size::RECEIVED);
        let user = self.user_name.as_ref().map_or(0, |name| size::shared_text(name.len()));
        cost(&self.client_id, self.will.as_ref())
            .saturating_add(received)
            .saturating_add(user)
            .saturating_add(self.grant.cost())
    }

    /// What it was counted for last.
    pub(super) const fn counted(&self) -> usize {
        self.counted
    }

    /// Its row in the store. One that is durable and will not outlive its connection is to a broker that starts from
    /// there a Session that has expired.
    pub(super) fn record(&self) -> SessionRecord {
        let is_over = self.durable && self.expiry_interval == 0;
        SessionRecord {
            client_id: Arc::clone(&self.client_id),
            version: self.version,
            user_name: self.user_name.clone(),
            expiry_interval: if is_over { 1 } else { self.expiry_interval },
            disconnected_at: if is_over { Some(Timestamp::ZERO) } else { self.disconnected_at },
            will: self.will.clone(),
        }
    }

    /// Records the row, if the Session or its Will survives a restart.
    pub(super) fn put(&mut self, journal: &mut Journal) {
        if self.durable || self.will.is_some() {
            self.recorded = true;
            journal.record(Delta::PutSession(self.id, self.record()));
        }
    }

    /// Removes the Session from the store, but keeps it in memory.
    pub(super) fn drop_from_store(&mut self, journal: &mut Journal) {
        if self.recorded {
            journal.record(Delta::DropSession(self.id));
        }
        for queued in self.queue.iter_mut() {
            journal.release(&queued.message);
            queued.message.id = None;
        }
        self.recorded = false;
        self.durable = false;
    }

    /// A QoS 2 message from the Client is taken over.
    pub(super) fn receive(&mut self, packet_id: PacketIdentifier, journal: &mut Journal) {
        self.received.insert(packet_id);
        if self.durable {
            journal.record(Delta::PutReceived(self.id, packet_id));
        }
    }

    /// When it expires; `None` while it is connected, or if it never expires.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        // v5 section 3.1.2.11.2
        if self.expiry_interval == u32::MAX {
            return None;
        }
        // v5 [MQTT-4.1.0-1], v3.1.1 [MQTT-4.1.0-1] [MQTT-4.1.0-2]: not while it has a connection
        Some(self.disconnected_at?.after_seconds(self.expiry_interval))
    }

    /// When its Will is due or it expires.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        let will = self.will.as_ref().and_then(|will| will.due_at);
        [will, self.expires_at()].into_iter().flatten().min()
    }
}

/// What a Session of this Client costs at least.
pub(super) fn cost(client_id: &str, will: Option<&WillRecord>) -> usize {
    // in both maps, with its purse, its timer, its places in the orders by size, and the first node of its subscriptions
    const FIXED: usize = size::entry(8 + size_of::<Session>())
        + size::entry(24)
        + size::block(32)
        + 2 * size::entry(32)
        + 3 * size::entry(16)
        + size::tree(1, 16 + size_of::<SubscriptionRecord>());
    let will = will.map_or(0, |will| size::message(&will.message));
    size::shared_text(client_id.len()).saturating_add(will).saturating_add(FIXED)
}

/// All Sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    by_id: BTreeMap<SessionId, Session>,
    /// v5 [MQTT-3.1.3-2], v3.1.1 [MQTT-3.1.3-2].
    by_client_id: BTreeMap<Arc<str>, SessionId>,
    next: SessionId,
    queued: AllQueued,
    /// What Sessions cost.
    costs: Ranking<SessionId>,
    /// What their subscriptions cost, each as if no other Session had it.
    subscriptions: Ranking<SessionId>,
}

impl Sessions {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_client_id: BTreeMap::new(),
            next: SessionId::new(1),
            queued: AllQueued::new(config.total_queued_bytes),
            costs: Ranking::new(config.session_bytes),
            subscriptions: Ranking::new(config.total_subscription_bytes),
        }
    }

    /// An unused key.
    pub(super) fn next_id(&mut self) -> SessionId {
        let next = self.next;
        self.next = next.next();
        next
    }

    pub(super) fn insert(&mut self, mut session: Session) {
        let id = session.id;
        session.queue.count_in(&self.queued, id);
        self.next = self.next.max(id.next());
        self.by_client_id.insert(Arc::clone(&session.client_id), id);
        self.by_id.insert(id, session);
        self.recount(id);
    }

    /// Counts again what a Session costs, after a change of what it consists of.
    pub(super) fn recount(&mut self, id: SessionId) {
        let Some(session) = self.by_id.get_mut(&id) else { return };
        let after = session.cost();
        let before = mem::replace(&mut session.counted, after);
        self.costs.change(id, before, after);
    }

    /// The subscriptions of a Session cost so much, in place of `before`.
    pub(super) fn rank_subscriptions(&mut self, id: SessionId, before: usize, after: usize) {
        self.subscriptions.rank(id, before, after);
    }

    pub(super) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let mut session = self.by_id.remove(&id)?;
        // one that was ending when the broker stopped may be there beside a newer one
        if self.find(&session.client_id) == Some(id) {
            self.by_client_id.remove(&session.client_id);
        }
        self.costs.change(id, session.counted, 0);
        self.subscriptions.rank(id, session.filter_bytes, 0);
        // what is left of it is not what others wait for
        session.queue.count_out();
        Some(session)
    }

    pub(super) fn find(&self, client_id: &str) -> Option<SessionId> {
        self.by_client_id.get(client_id).copied()
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.by_id.get_mut(&id)
    }

    /// The first one after this, or the first of all.
    pub(super) fn after(&self, id: Option<SessionId>) -> Option<&Session> {
        let after = id.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id.range((after, Bound::Unbounded)).next().map(|(_, session)| session)
    }

    /// Whether it can take a message at once.
    pub(super) fn presence(&self, id: SessionId) -> Presence {
        match self.get(id) {
            Some(session) if session.connection.is_some() => Presence::Connected,
            Some(_) => Presence::Away,
            None => Presence::Gone,
        }
    }

    pub(super) fn is_connected(&self, id: SessionId) -> bool {
        self.get(id).is_some_and(|session| session.connection.is_some())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.by_id.values()
    }

    /// Messages in all queues.
    pub(super) fn queued_messages(&self) -> usize {
        self.queued.messages()
    }

    /// What the messages in all queues cost, and how much they may.
    pub(super) fn queued(&self) -> Account {
        self.queued.account()
    }

    /// What all Sessions cost, and how much they may.
    pub(super) fn costs(&self) -> Account {
        self.costs.account("limits.session_bytes")
    }

    /// The Session that is charged most of what waits, if it is more than its share.
    pub(super) fn fullest(&self) -> Option<SessionId> {
        self.queued.order().greediest(self.len())
    }

    /// What the Session that is charged most of what waits is charged.
    pub(super) fn most_queued(&self) -> usize {
        self.queued.order().most().map_or(0, |(_, bytes)| bytes)
    }

    /// The Session that itself costs most, if that is more than its share and more than twice as much.
    pub(super) fn costliest(&self, than: usize) -> Option<SessionId> {
        self.costs.most().filter(|(_, cost)| cost / 2 > than)?;
        self.costs.greediest(self.len())
    }

    /// The same by subscriptions.
    pub(super) fn most_subscribed(&self, than: usize) -> Option<SessionId> {
        self.subscriptions.most().filter(|(_, cost)| cost / 2 > than)?;
        self.subscriptions.greediest(self.len())
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }
}
