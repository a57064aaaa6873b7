//! [`Due`]: from a message that the broker took over to the Sessions it is owed to (v5 section 3.3.4).

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_broker::core::Timestamp;
use mqttspec_codec::{QoS, TopicFilter, TopicName};

use crate::{
    ledger::{Ledger, Number},
    op::{FILTERS, TOPICS},
    truth::{Epoch, Kept, Subscription, Truth},
};

/// How a message may come to a Session, and whether it must.
#[derive(Debug, Clone, Default)]
pub(crate) struct Due {
    /// Copies at most, a copy that is sent again not counted.
    pub(crate) copies: usize,
    /// Deliveries that the Client has finished: they never come again.
    pub(crate) finished: usize,
    pub(crate) qos: BTreeSet<QoS>,
    /// RETAIN as it may be.
    pub(crate) retain: BTreeSet<bool>,
    pub(crate) identifiers: BTreeSet<u32>,
    /// The latest expiry of its copies; `None`: never.
    pub(crate) expires_at: Option<Timestamp>,
    /// It has to come, unless it expires.
    pub(crate) must: bool,
    /// The shared subscriptions through which it may come.
    pub(crate) shares: BTreeSet<usize>,
}

/// A message to a shared subscription: one of the members gets it.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) message: Number,
    pub(crate) members: BTreeSet<Epoch>,
}

impl Due {
    fn add(&mut self, qos: QoS, retain: bool, identifier: u32, expires_at: Option<Timestamp>) {
        self.expires_at = match (self.copies, self.expires_at, expires_at) {
            (0, _, at) => at,
            (_, Some(old), Some(new)) => Some(old.max(new)),
            _ => None,
        };
        self.copies += 1;
        self.qos.insert(qos);
        self.retain.insert(retain);
        self.identifiers.insert(identifier);
    }
}

impl Truth {
    /// The broker takes a message over.
    pub(crate) fn publish(&mut self, ledger: &mut Ledger, now: Timestamp, number: Number) {
        let message = ledger.take(number);
        let expires_at = message.expires_at(now);
        if message.retain {
            let kept = Kept { message: number, expires_at };
            let stays = !message.empty && message.expiry != Some(0);
            self.retained.insert(message.topic, vec![stays.then_some(kept)]);
        }
        let mut members: BTreeMap<usize, BTreeSet<Epoch>> = BTreeMap::new();
        for epoch in self.living().collect::<Vec<_>>() {
            let session = &mut self.sessions[epoch];
            let mut plain: Vec<(QoS, bool, u32)> = Vec::new();
            for (&filter, subscription) in &session.subscriptions {
                let (shared, plain_filter) = split(filter);
                let own = session.client == message.publisher && subscription.options.no_local;
                if own || !plain_filter.matches(topic(message.topic)) {
                    continue;
                }
                let qos = message.qos.min(subscription.options.qos);
                let retain = message.retain && subscription.options.retain_as_published;
                if shared {
                    let due = session.due.entry(number).or_default();
                    due.add(qos, retain, subscription.identifier, expires_at);
                    due.shares.insert(filter);
                    members.entry(filter).or_default().insert(epoch);
                } else {
                    plain.push((qos, retain, subscription.identifier));
                }
            }
            let Some(best) = plain.iter().map(|(qos, ..)| *qos).max() else { continue };
            let due = session.due.entry(number).or_default();
            if self.once {
                let retain = plain.iter().any(|(_, retain, _)| *retain);
                due.add(best, retain, plain[0].2, expires_at);
                due.identifiers.extend(plain.iter().map(|(.., identifier)| *identifier));
            } else {
                plain.iter().for_each(|(qos, retain, identifier)| due.add(*qos, *retain, *identifier, expires_at));
            }
            due.must |= best > QoS::AtMostOnce && !message.empty && message.expiry != Some(0);
        }
        let at_least_once =
            |filter: usize, epoch: &Epoch| self.sessions[*epoch].subscriptions[&filter].options.qos > QoS::AtMostOnce;
        for (filter, members) in members {
            let certain = message.qos > QoS::AtMostOnce && !message.empty && message.expiry.is_none();
            if certain && members.iter().all(|epoch| at_least_once(filter, epoch)) {
                self.shares.push(Share { message: number, members });
            }
        }
    }

    /// A SUBSCRIBE is accepted: what is retained is sent, where the options ask for it.
    pub(crate) fn subscribe(
        &mut self,
        ledger: &Ledger,
        now: Timestamp,
        epoch: Epoch,
        filter: usize,
        wanted: Subscription,
    ) {
        let session = &mut self.sessions[epoch];
        let is_new = session.subscriptions.insert(filter, wanted).is_none();
        let (shared, plain) = split(filter);
        if !is_new && !shared {
            // retained messages that the old one is still owed come by the new one: v5 [MQTT-3.8.4-3] [MQTT-3.8.4-8]
            let matching = self.retained.iter().filter(|(index, _)| plain.matches(topic(**index)));
            for kept in matching.flat_map(|(_, kept)| kept.iter().flatten()) {
                if let Some(due) = session.due.get_mut(&kept.message)
                    && due.retain.contains(&true)
                {
                    due.qos.insert(ledger[kept.message].qos.min(wanted.options.qos));
                    due.identifiers.insert(wanted.identifier);
                }
            }
        }
        if shared || wanted.options.retain_handling.number() > u8::from(is_new) {
            return;
        }
        for (_, kept) in self.retained.iter().filter(|(index, _)| plain.matches(topic(**index))) {
            let certain = kept.len() == 1;
            for kept in kept.iter().flatten().filter(|kept| kept.expires_at.is_none_or(|at| at > now)) {
                let message = &ledger[kept.message];
                // v5 [MQTT-3.8.3-3] names no exception for retained messages
                if wanted.options.no_local && message.publisher == session.client {
                    continue;
                }
                let qos = message.qos.min(wanted.options.qos);
                let due = session.due.entry(kept.message).or_default();
                due.add(qos, true, wanted.identifier, kept.expires_at);
                due.must |= certain && qos > QoS::AtMostOnce;
            }
        }
    }

    /// What a shared subscription gave to a Session that has ended may go to another member.
    pub(crate) fn hand_on(&mut self, ledger: &Ledger, message: Number, due: &Due) {
        for epoch in self.living().collect::<Vec<_>>() {
            let session = &mut self.sessions[epoch];
            for share in &due.shares {
                if let Some(subscription) = session.subscriptions.get(share) {
                    let qos = ledger[message].qos.min(subscription.options.qos);
                    let other = session.due.entry(message).or_default();
                    for retain in &due.retain {
                        other.add(qos, *retain, subscription.identifier, due.expires_at);
                    }
                    other.add(qos, false, subscription.identifier, due.expires_at);
                    other.shares.insert(*share);
                }
            }
        }
        self.shares.retain(|share| share.message != message);
    }
}

/// Whether it is a shared subscription, and the filter that is matched.
fn split(filter: usize) -> (bool, TopicFilter<'static>) {
    let filter = TopicFilter::new(FILTERS[filter]).unwrap();
    filter.shared().map_or((false, filter), |(_, plain)| (true, plain))
}

fn topic(topic: usize) -> TopicName<'static> {
    TopicName::new(TOPICS[topic]).unwrap()
}
