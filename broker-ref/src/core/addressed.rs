//! [`Addressed`]: how a message goes to one Session; [`Receivers`]: all Sessions that get it.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use mqttspec_codec::{QoS, SubscriptionIdentifier};

use super::{ids::SessionId, topic_tree::Match};

/// How a message goes to one Session.
#[derive(Debug, Clone)]
pub(super) struct Addressed {
    pub(super) to: SessionId,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) identifiers: Vec<SubscriptionIdentifier>,
    /// The whole filter of the shared subscription that matched.
    pub(super) share: Option<Arc<str>>,
}

impl Addressed {
    /// For one subscription.
    pub(super) fn new(found: Match, qos: QoS, retain: bool) -> Self {
        Self {
            to: found.session,
            // v5 [MQTT-3.8.4-8] [MQTT-4.8.2-3], v3.1.1 [MQTT-3.8.4-6]
            qos: qos.min(found.record.options.qos),
            // v5 [MQTT-3.3.1-12] [MQTT-3.3.1-13], v3.1.1 [MQTT-3.3.1-9]
            retain: retain && found.record.options.retain_as_published,
            identifiers: found.record.identifier.into_iter().collect(),
            share: found.share,
        }
    }

    /// Merges in another subscription of the same Client. Returns false and changes nothing if it is independent.
    fn join(&mut self, other: &mut Self) -> bool {
        // v5 section 4.8.2: shared and other subscriptions are independent
        if self.to != other.to || self.share.is_some() || other.share.is_some() {
            return false;
        }
        // v5 [MQTT-3.3.4-2], v3.1.1 [MQTT-3.3.5-1]
        self.qos = self.qos.max(other.qos);
        self.retain |= other.retain;
        // v5 [MQTT-3.3.4-4]
        self.identifiers.append(&mut other.identifiers);
        true
    }
}

/// All that a message goes to. First everybody is added, then they are taken out in the order of their Sessions.
#[derive(Debug)]
pub(super) struct Receivers {
    /// A Client with several matching subscriptions gets one message.
    once: bool,
    /// Once they are complete, the next one is the last.
    few: Vec<Addressed>,
    /// Takes over where there are more than [`FEW`]: to sort them all at the end would take too long.
    many: BTreeMap<(bool, SessionId, usize), Addressed>,
    apart: usize,
}

impl Receivers {
    pub(super) const fn new(once: bool) -> Self {
        Self { once, few: Vec::new(), many: BTreeMap::new(), apart: 0 }
    }

    /// Returns what it costs beside the usual, in units of effort.
    pub(super) fn add(&mut self, addressed: Addressed) -> usize {
        self.few.push(addressed);
        if self.few.len() < FEW {
            return 0;
        }
        self.pour();
        FEW.saturating_mul(POUR)
    }

    /// Everybody was added.
    pub(super) fn complete(&mut self) {
        if !self.many.is_empty() {
            return self.pour();
        }
        if self.once {
            // in order already where one filter matches, which a stable sort finds out in one pass
            self.few.sort_by_key(|addressed| (addressed.share.is_some(), addressed.to));
            self.few.dedup_by(|next, kept| kept.join(next));
        }
        self.few.reverse();
    }

    fn pour(&mut self) {
        for mut addressed in self.few.drain(..) {
            let shared = addressed.share.is_some();
            self.apart = self.apart.saturating_add(1);
            let apart = if self.once && !shared { 0 } else { self.apart };
            match self.many.entry((shared, addressed.to, apart)) {
                Entry::Vacant(entry) => drop(entry.insert(addressed)),
                Entry::Occupied(mut entry) => drop(entry.get_mut().join(&mut addressed)),
            }
        }
    }

    pub(super) fn next(&mut self) -> Option<Addressed> {
        self.few.pop().or_else(|| self.many.pop_first().map(|(_, addressed)| addressed))
    }

    /// Returns one that was taken out: it is the next again.
    pub(super) fn put_back(&mut self, addressed: Addressed) {
        self.few.push(addressed);
    }
}

/// As many are sorted at once.
const FEW: usize = 8192;
/// To add one of them to the many, in units of effort.
const POUR: usize = 6;

#[cfg(test)]
mod tests {
    use super::{super::record::SubscriptionRecord, *};

    #[test]
    fn many_receivers_are_joined_and_ordered_like_few() {
        for (once, sessions) in [(true, 10), (true, 9000), (false, 10), (false, 9000)] {
            let mut receivers = Receivers::new(once);
            for number in (0..sessions * 3).rev() {
                let record = SubscriptionRecord {
                    options: Default::default(),
                    identifier: SubscriptionIdentifier::new(number + 1),
                };
                let session = SessionId::new(u64::from(number % sessions));
                receivers.add(Addressed::new(Match { session, record, share: None }, QoS::AtMostOnce, false));
            }
            receivers.complete();
            let taken: Vec<_> = std::iter::from_fn(|| receivers.next()).collect();
            let identifiers = taken.iter().map(|addressed| addressed.identifiers.len()).sum::<usize>();
            assert_eq!(
                (taken.len(), identifiers),
                ((if once { sessions } else { 3 * sessions }) as usize, 3 * sessions as usize)
            );
            assert!(!once || taken.is_sorted_by_key(|addressed| addressed.to));
        }
    }
}
