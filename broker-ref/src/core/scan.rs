//! [`Scans`]: the retained messages that new subscriptions are owed (section 3.3.1.3), looked for in steps.
//!
//! A Topic Filter that begins with a wildcard looks at every retained message there is. So that no SUBSCRIBE holds up the
//! others, one event or timer looks at `retained_step` of them, and the rest is looked at later, subscription by
//! subscription. What is found is the message that is retained then: never an older one than the Client has seen already.
//! What is owed at a crash is owed no more: a Client that wants to be sure subscribes again.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::{Subscription, SubscriptionIdentifier, SubscriptionOptions, TopicFilter};

use super::{broker::Broker, delta::SessionId, route::Addressed, timers::Due};

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
struct Scan {
    options: SubscriptionOptions,
    identifier: Option<SubscriptionIdentifier>,
    /// The topic that was looked at last; `None` at first.
    after: Option<Arc<str>>,
}

impl Scans {
    fn insert(&mut self, key: Key, scan: Scan) {
        self.pending.insert(key, scan);
    }

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
    pub(super) fn send_retained(
        &mut self,
        to: SessionId,
        subscription: &Subscription<'_>,
        identifier: Option<SubscriptionIdentifier>,
    ) {
        let key = (to, subscription.filter.as_str().into());
        self.scans.insert(key, Scan { options: subscription.options, identifier, after: None });
        self.scan();
    }

    /// Goes on with what subscriptions are owed, as far as the budget goes; the rest has to wait a moment.
    pub(super) fn scan(&mut self) {
        while self.scans.budget > 0
            && let Some(((to, filter), mut scan)) = self.scans.next()
        {
            let Ok(parsed) = TopicFilter::new(&filter) else { continue };
            let look = self.retained.look(parsed, scan.after.as_deref(), self.scans.budget, self.now);
            // a look costs something also where there is nothing
            self.scans.budget = self.scans.budget.saturating_sub(look.looked_at.max(1));
            let Some(session) = self.sessions.get(to) else { continue };
            let client_id = Arc::clone(&session.client_id);
            let own = if scan.after.is_none() { self.sys_matching(parsed) } else { Vec::new() };
            for mut message in look.found.into_iter().chain(own) {
                // v5 [MQTT-3.8.3-3]
                if scan.options.no_local && *message.body.publisher() == *client_id {
                    continue;
                }
                let published = message.body.qos();
                let addressed = Addressed {
                    to,
                    // v5 [MQTT-3.8.4-8], v3.1.1 [MQTT-3.8.4-6]
                    qos: published.min(scan.options.qos).min(self.config.maximum_qos),
                    // v5 section 3.3.1.3, v3.1.1 [MQTT-3.3.1-8]
                    retain: true,
                    identifiers: scan.identifier.into_iter().collect(),
                    share: None,
                };
                self.deliver(&mut message, addressed);
            }
            if look.rest_after.is_some() {
                scan.after = look.rest_after;
                self.scans.insert((to, filter), scan);
            }
        }
        if !self.scans.pending.is_empty() {
            self.timers.arm(Due::Scan, self.now.after_millis(1));
        }
    }

    /// A new event or timer: with a new budget.
    pub(super) fn refill_scans(&mut self) {
        self.scans.budget = self.config.retained_step.get();
    }
}
