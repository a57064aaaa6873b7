//! [`RetainedBacklog`]: the retained messages that new subscriptions still have to get (section 3.3.1.3), searched in
//! steps.
//!
//! A filter that starts with a wildcard has to be matched against every retained message. To keep one SUBSCRIBE from
//! delaying other clients, a search stops where the effort of a step is spent. The rest is examined on later
//! events, as fast as the subscriber drains its output (QoS 0) or its queue (QoS 1 and 2). Messages retained after the
//! SUBSCRIBE are delivered live and skipped by the search, so none is delivered twice or out of order. The backlog is
//! not persisted: after a crash the client must subscribe again.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use mqttspec_codec::{QoS, TopicFilter};

use super::{
    addressed::Addressed,
    broker::Broker,
    config::Config,
    ids::SessionId,
    record::SubscriptionRecord,
    retained::{Budget, PendingRetained, QosClass},
    timers::TimerKey,
};

/// The subscriptions whose search has not ended. Subscribing again starts the search again, so there are never more
/// searches than subscriptions.
#[derive(Debug, Default)]
pub(super) struct RetainedBacklog {
    pending: BTreeMap<Key, PendingRetained>,
    /// The subscription that had the last turn.
    last: Option<Key>,
    /// The effort of a step was spent, so the searches go on in the next one.
    pub(super) goes_on: bool,
}

/// A Session, the Topic Filter of one of its subscriptions, and which messages are searched for.
type Key = (SessionId, Arc<str>, QosClass);

impl RetainedBacklog {
    /// Ends the search of a subscription.
    pub(super) fn remove(&mut self, session: SessionId, filter: &Arc<str>) {
        if self.pending.is_empty() {
            return;
        }
        for class in [QosClass::All, QosClass::AboveQos0, QosClass::Qos0] {
            self.pending.remove(&(session, Arc::clone(filter), class));
        }
    }

    /// Removes and returns the next search in turn.
    fn next(&mut self) -> Option<(Key, PendingRetained)> {
        let after = self.last.take().map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.pending.range((after, Bound::Unbounded)).next().or_else(|| self.pending.first_key_value());
        let key = next.map(|(key, _)| key.clone())?;
        self.last = Some(key.clone());
        self.pending.remove_entry(&key)
    }
}

impl Broker {
    /// Starts the search for the retained messages of a new subscription, which are among the first `until` that were
    /// retained.
    pub(super) fn search_retained(&mut self, to: SessionId, filter: &Arc<str>, until: u64) {
        let search = PendingRetained { until, after: None };
        self.retained_backlog.remove(to, filter);
        let classes: &[QosClass] = match self.subscription_qos(to, filter) {
            Some(QoS::AtLeastOnce | QoS::ExactlyOnce) => &[QosClass::AboveQos0, QosClass::Qos0],
            _ => &[QosClass::All],
        };
        for class in classes {
            self.retained_backlog.pending.insert((to, Arc::clone(filter), *class), search.clone());
        }
    }

    /// Continues the searches until no more retained messages may be examined in this event; a timer continues the
    /// rest.
    pub(super) fn send_backlog(&mut self) {
        let (mut all_wait, mut goes_on, mut turns) = (true, false, false);
        for _ in 0..self.retained_backlog.pending.len() {
            if self.effort.is_spent() {
                goes_on = true;
                break;
            }
            let Some((key, search)) = self.retained_backlog.next() else { break };
            turns = true;
            // a turn has a cost even if nothing can be sent
            self.effort.charge(TURN);
            let rest = match self.budget(&key) {
                Some(budget) => {
                    all_wait = false;
                    self.send_pending(&key, &search, budget)
                        .map(|after| PendingRetained { after: Some(after), ..search })
                }
                None => Some(search),
            };
            if let Some(rest) = rest {
                // a Client that is not connected takes nothing until it reconnects
                goes_on |= !all_wait || self.sessions.is_connected(key.0);
                self.retained_backlog.pending.insert(key, rest);
            }
        }
        if goes_on && !self.retained_backlog.pending.is_empty() {
            match (all_wait && turns, self.effort.is_spent()) {
                (false, true) => self.retained_backlog.goes_on = true,
                (true, false) => self.timers.arm(TimerKey::RetainedBacklog, self.now.after_millis(CLIENTS_READ)),
                _ => self.timers.arm(TimerKey::RetainedBacklog, self.now.after_millis(1)),
            }
        }
    }

    /// A Client has reconnected, so the searches of its subscriptions can continue.
    pub(super) fn wake_backlog(&mut self) {
        if !self.retained_backlog.pending.is_empty() {
            self.timers.arm(TimerKey::RetainedBacklog, self.now.after_millis(1));
        }
    }

    /// One step for one subscription. Returns the last topic examined, unless the search has ended.
    fn send_pending(
        &mut self,
        (to, filter, class): &Key,
        search: &PendingRetained,
        budget: Budget,
    ) -> Option<Arc<str>> {
        let to = *to;
        let session = self.sessions.get(to)?;
        // the options as they are now: v5 [MQTT-3.8.4-3], v3.1.1 [MQTT-3.8.4-3]
        let SubscriptionRecord { options, identifier } = *session.subscriptions.get(filter)?;
        let client_id = Arc::clone(&session.client_id);
        let parsed = TopicFilter::new(filter).ok()?;
        let found = self.retained.search(parsed, search, *class, budget, &mut self.effort, self.now);
        let own = if search.after.is_none() { self.sys_matching(parsed) } else { Vec::new() };
        let own = own.into_iter().filter(|message| class.has(message.body.qos));
        for mut message in found.messages.into_iter().chain(own) {
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
        found.rest_after
    }

    /// How much the Client can take now. Only half of its limits is used, to leave room for other messages; `None`
    /// means that half is used up.
    fn budget(&self, (to, filter, class): &Key) -> Option<Budget> {
        let mut budget = Budget { messages: usize::MAX, bytes: usize::MAX };
        let Some(session) = self.sessions.get(*to) else { return Some(budget) };
        let may_wait = self.subscription_qos(*to, filter).is_some_and(|qos| qos > QoS::AtMostOnce);
        // a message published at QoS 0 is sent at QoS 0, whatever QoS was granted
        if let (Some(connection), true) = (session.connection, *class != QosClass::AboveQos0 || !may_wait) {
            budget.bytes = (self.config.backlog / 2).checked_sub(self.connections.backlog(connection))?;
        }
        if may_wait && *class != QosClass::Qos0 {
            let Config { queued_messages, queued_bytes, total_queued_bytes, maximum_packet_size, .. } = self.config;
            budget.messages = (queued_messages / 2).checked_sub(session.queue.len())?.saturating_add(1);
            // leave room for one more message of any size
            let one_more = maximum_packet_size.get() as usize;
            let own =
                (queued_bytes / 2).min(queued_bytes.saturating_sub(one_more)).checked_sub(session.queue.bytes())?;
            let all = total_queued_bytes.saturating_sub(one_more).checked_sub(self.sessions.queued_bytes())?;
            budget.bytes = budget.bytes.min(own).min(all);
        }
        Some(budget)
    }

    fn subscription_qos(&self, session: SessionId, filter: &str) -> Option<QoS> {
        Some(self.sessions.get(session)?.subscriptions.get(filter)?.options.qos)
    }
}

/// Milliseconds until Clients that could take nothing are tried again.
const CLIENTS_READ: u64 = 20;
/// Of a turn of a search, in units of effort.
const TURN: usize = 80;
