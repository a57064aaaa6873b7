//! [`Scans`]: the retained messages that new subscriptions are owed (section 3.3.1.3), looked for in steps.
//!
//! A Topic Filter that begins with a wildcard looks at every retained message there is. So that no SUBSCRIBE holds up the
//! others, one event or timer looks at `retained_step` of them, and the rest is looked at later, subscription by
//! subscription, as fast as the Client takes them. What has been retained since the SUBSCRIBE has come by itself: no Client gets it twice, nor an older one after it.
//! What is owed at a crash is owed no more: a Client that wants to be sure subscribes again.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::{QoS, TopicFilter};

use super::{broker::Broker, delta::SessionId, route::Addressed, stored::SubscriptionRecord, timers::Due};

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

/// A Session and the Topic Filter of one of its subscriptions.
type Key = (SessionId, Arc<str>);

#[derive(Debug, Clone)]
pub(super) struct Scan {
    /// The messages that had been retained at the SUBSCRIBE; later ones come as they are published.
    pub(super) until: u64,
    /// The topic that was looked at last; `None` at first.
    pub(super) after: Option<Arc<str>>,
}

impl Scans {
    /// Owes the subscription nothing more.
    pub(super) fn remove(&mut self, session: SessionId, filter: &Arc<str>) {
        self.pending.remove(&(session, Arc::clone(filter)));
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
        self.scans.pending.insert((to, filter.as_str().into()), scan);
        self.scan();
    }

    /// Goes on with what subscriptions are owed, as far as the budget goes; the rest has to wait a moment.
    pub(super) fn scan(&mut self) {
        let mut all_wait = true;
        for _ in 0..self.scans.pending.len() {
            if self.scans.budget == 0 {
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
                self.scans.pending.insert(key, rest);
            }
        }
        if !self.scans.pending.is_empty() {
            let moment = if all_wait && self.scans.budget > 0 { CLIENTS_READ } else { 1 };
            self.timers.arm(Due::Scan, self.now.after_millis(moment));
        }
    }

    /// One step for one subscription. The last topic, if there may be more behind it.
    fn scan_one(&mut self, (to, filter): &Key, scan: &Scan, room: usize) -> Option<Arc<str>> {
        let to = *to;
        let session = self.sessions.get(to)?;
        // as it is now: v5 [MQTT-3.8.4-3], v3.1.1 [MQTT-3.8.4-3]
        let SubscriptionRecord { options, identifier } = *session.subscriptions.get(filter)?;
        let client_id = Arc::clone(&session.client_id);
        let parsed = TopicFilter::new(filter).ok()?;
        let look = self.retained.look(parsed, scan, self.scans.budget, room, self.now);
        // a look costs something also where there is nothing
        self.scans.budget = self.scans.budget.saturating_sub(look.looked_at.max(1));
        let own = if scan.after.is_none() { self.sys_matching(parsed) } else { Vec::new() };
        for mut message in look.found.into_iter().chain(own) {
            // v5 [MQTT-3.8.3-3]
            if options.no_local && *message.body.publisher() == *client_id {
                continue;
            }
            let published = message.body.qos();
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

    /// Bytes that the Client takes now at QoS 0, half of its backlog, so that there is room for other messages; `None`:
    /// none. QoS 1 and 2 wait in the Session.
    fn room(&self, (to, filter): &Key) -> Option<usize> {
        let session = self.sessions.get(*to);
        let subscription = session.and_then(|session| session.subscriptions.get(filter));
        let at_once = subscription.is_some_and(|record| record.options.qos == QoS::AtMostOnce);
        let connection = session.and_then(|session| session.connection).filter(|_| at_once);
        let Some(connection) = connection else { return Some(usize::MAX) };
        let waits = self.connections.backlog(connection);
        (self.config.backlog / 2).checked_sub(waits).map(|room| room.saturating_add(1))
    }

    /// A new event or timer: with a new budget.
    pub(super) fn refill_scans(&mut self) {
        self.scans.budget = self.config.retained_step.get();
    }
}

/// Milliseconds until Clients that had no room are looked at again.
const CLIENTS_READ: u64 = 20;
