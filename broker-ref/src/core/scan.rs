//! [`Scans`]: the retained messages that new subscriptions are owed (section 3.3.1.3), looked for in steps.
//!
//! A Topic Filter that begins with a wildcard looks at every retained message there is. So that no SUBSCRIBE holds up the
//! others, one event or timer looks at `retained_step` of them, and the rest is looked at later, subscription by
//! subscription, as fast as the Client takes them: at QoS 0 as its connection has room, at QoS 1 and 2 as its queue has.
//! What has been retained since the SUBSCRIBE has come by itself: no Client gets it twice, nor an older one after it. What
//! is owed at a crash is owed no more: a Client that wants to be sure subscribes again.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::{QoS, TopicFilter};

use super::{
    broker::Broker,
    config::Config,
    ids::SessionId,
    record::SubscriptionRecord,
    retained::{Part, Room, Scan},
    route::Addressed,
    timers::Due,
};

/// Subscriptions that are owed retained messages; one that is made anew begins anew, so there are never more than
/// subscriptions.
#[derive(Debug, Default)]
pub(super) struct Scans {
    pending: BTreeMap<Key, Scan>,
    /// Whose turn it was.
    last: Option<Key>,
    /// Retained messages that this event or timer may still look at.
    pub(super) budget: usize,
}

/// A Session, the Topic Filter of one of its subscriptions, and what is looked for.
type Key = (SessionId, Arc<str>, Part);

impl Scans {
    /// Owes the subscription nothing more.
    pub(super) fn remove(&mut self, session: SessionId, filter: &Arc<str>) {
        for part in [Part::All, Part::AboveQos0, Part::Qos0] {
            self.pending.remove(&(session, Arc::clone(filter), part));
        }
    }

    /// The next in turn, taken out.
    fn next(&mut self) -> Option<(Key, Scan)> {
        let after = self.last.take().map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.pending.range((after, Bound::Unbounded)).next().or_else(|| self.pending.first_key_value());
        let key = next.map(|(key, _)| key.clone())?;
        self.last = Some(key.clone());
        self.pending.remove_entry(&key)
    }
}

impl Broker {
    /// Sends the retained messages that match a new subscription: the first of them at once.
    pub(super) fn send_retained(&mut self, to: SessionId, filter: TopicFilter<'_>) {
        let scan = Scan { until: self.retained.count(), after: None };
        let filter: Arc<str> = filter.as_str().into();
        self.scans.remove(to, &filter);
        let parts: &[Part] = match self.subscription_qos(to, &filter) {
            Some(QoS::AtLeastOnce | QoS::ExactlyOnce) => &[Part::AboveQos0, Part::Qos0],
            _ => &[Part::All],
        };
        for part in parts {
            self.scans.pending.insert((to, Arc::clone(&filter), *part), scan.clone());
        }
        self.scan();
    }

    /// Goes on with what subscriptions are owed, as far as the budget goes; the rest has to wait a moment.
    pub(super) fn scan(&mut self) {
        let (mut all_wait, mut goes_on) = (true, false);
        for _ in 0..self.scans.pending.len() {
            if self.scans.budget == 0 {
                goes_on = true;
                break;
            }
            let Some((key, scan)) = self.scans.next() else { break };
            let rest = match self.room(&key) {
                Some(room) => {
                    all_wait = false;
                    self.scan_one(&key, &scan, room).map(|after| Scan { after: Some(after), ..scan })
                }
                // a turn costs something also where nothing can be sent
                None => {
                    self.scans.budget = self.scans.budget.saturating_sub(1);
                    Some(scan)
                }
            };
            if let Some(rest) = rest {
                // a Client that is away makes no room before it comes again
                goes_on |= !all_wait || self.sessions.is_connected(key.0);
                self.scans.pending.insert(key, rest);
            }
        }
        if goes_on && !self.scans.pending.is_empty() {
            let moment = if all_wait && self.scans.budget > 0 { CLIENTS_READ } else { 1 };
            self.timers.arm(Due::Scan, self.now.after_millis(moment));
        }
    }

    /// A Client has come again: what its subscriptions are owed may go on.
    pub(super) fn scan_again(&mut self) {
        if !self.scans.pending.is_empty() {
            self.timers.arm(Due::Scan, self.now.after_millis(1));
        }
    }

    /// One step for one subscription. The last topic, if there may be more behind it.
    fn scan_one(&mut self, (to, filter, part): &Key, scan: &Scan, room: Room) -> Option<Arc<str>> {
        let to = *to;
        let session = self.sessions.get(to)?;
        // as it is now: v5 [MQTT-3.8.4-3], v3.1.1 [MQTT-3.8.4-3]
        let SubscriptionRecord { options, identifier } = *session.subscriptions.get(filter)?;
        let client_id = Arc::clone(&session.client_id);
        let parsed = TopicFilter::new(filter).ok()?;
        let look = self.retained.look(parsed, scan, *part, room, self.now);
        // a look costs something also where there is nothing
        self.scans.budget = self.scans.budget.saturating_sub(look.looked_at.max(1));
        let own = if scan.after.is_none() { self.sys_matching(parsed) } else { Vec::new() };
        let own = own.into_iter().filter(|message| part.has(message.body.qos));
        for mut message in look.found.into_iter().chain(own) {
            // v5 [MQTT-3.8.3-3]
            if options.no_local && *message.body.publisher() == *client_id {
                continue;
            }
            let published = message.body.qos;
            let addressed = Addressed {
                to,
                // v5 [MQTT-3.8.4-8], v3.1.1 [MQTT-3.8.4-6]
                qos: published.min(options.qos).min(self.config.maximum_qos),
                // v5 section 3.3.1.3, v3.1.1 [MQTT-3.3.1-8]
                retain: true,
                identifiers: identifier.into_iter().collect(),
                share: None,
            };
            self.deliver(&mut message, addressed);
        }
        look.rest_after
    }

    /// What the Client takes now: half of what may wait for it, so that there is room for other messages; `None`: nothing.
    fn room(&self, (to, filter, part): &Key) -> Option<Room> {
        let mut room = Room { looks: self.scans.budget, messages: usize::MAX, bytes: usize::MAX };
        let Some(session) = self.sessions.get(*to) else { return Some(room) };
        let may_wait = self.subscription_qos(*to, filter).is_some_and(|qos| qos > QoS::AtMostOnce);
        // what was published at QoS 0 goes out at QoS 0, whatever the subscription says
        if let (Some(connection), true) = (session.connection, *part != Part::AboveQos0 || !may_wait) {
            room.bytes = (self.config.backlog / 2).checked_sub(self.connections.backlog(connection))?;
        }
        if may_wait && *part != Part::Qos0 {
            let Config { queued_messages, queued_bytes, total_queued_bytes, maximum_packet_size, .. } = self.config;
            room.messages = (queued_messages / 2).checked_sub(session.queue.len())?.saturating_add(1);
            // one more fits whatever its size
            let one_more = maximum_packet_size.get() as usize;
            let own =
                (queued_bytes / 2).min(queued_bytes.saturating_sub(one_more)).checked_sub(session.queue.bytes())?;
            let all = total_queued_bytes.saturating_sub(one_more).checked_sub(self.sessions.queued_bytes())?;
            room.bytes = room.bytes.min(own).min(all);
        }
        Some(room)
    }

    fn subscription_qos(&self, session: SessionId, filter: &str) -> Option<QoS> {
        Some(self.sessions.get(session)?.subscriptions.get(filter)?.options.qos)
    }

    /// A new event or timer: with a new budget.
    pub(super) fn refill_scans(&mut self) {
        self.scans.budget = self.config.retained_step.get();
    }
}

/// Milliseconds until Clients that had no room are looked at again.
const CLIENTS_READ: u64 = 20;
