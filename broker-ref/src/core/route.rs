//! Which Clients get a message, how often, and at which QoS (v5 section 3.3.4, v3.1.1 section 3.3.5).

use std::sync::Arc;

use mqttspec_codec::{QoS, SubscriptionIdentifier};

use super::{
    broker::Broker, config::Overlap, ids::SessionId, message::Message, queue::QueuedMessage, record::EntryState,
    topic_tree::Match,
};

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
    fn new(found: &Match, qos: QoS, retain: bool) -> Self {
        Self {
            to: found.session,
            // v5 [MQTT-3.8.4-8] [MQTT-4.8.2-3], v3.1.1 [MQTT-3.8.4-6]
            qos: qos.min(found.record.options.qos),
            // v5 [MQTT-3.3.1-12] [MQTT-3.3.1-13], v3.1.1 [MQTT-3.3.1-9]
            retain: retain && found.record.options.retain_as_published,
            identifiers: found.record.identifier.into_iter().collect(),
            share: found.share.clone(),
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

impl Broker {
    /// Sends a message to all subscribers. Returns false if there are none.
    pub(super) fn route(&mut self, message: &mut Message) -> bool {
        let body = Arc::clone(&message.body);
        let sessions = &self.sessions;
        let found = self.tree.matching(&body.topic, |session| sessions.is_connected(session));
        let anybody = !found.is_empty();
        // v5 [MQTT-3.3.2-5]
        if body.is_expired(self.now) {
            return anybody;
        }
        let mut receivers = Vec::with_capacity(found.len());
        for found in found {
            // v5 [MQTT-3.8.3-3]
            if found.record.options.no_local && self.is_client(found.session, body.publisher()) {
                continue;
            }
            receivers.push(Addressed::new(&found, body.qos, body.retain));
        }
        // v5 [MQTT-3.3.4-5] leaves the choice
        if self.config.overlap == Overlap::Once {
            // in order already where one filter matches, which a stable sort finds out in one pass
            receivers.sort_by_key(|addressed| (addressed.share.is_some(), addressed.to));
            receivers.dedup_by(|next, kept| kept.join(next));
        }
        body.fee.share_among(receivers.len());
        // v5 [MQTT-4.5.0-1] section 4.8.1, v3.1.1 [MQTT-4.5.0-1]
        for addressed in receivers {
            self.deliver(message, addressed);
        }
        anybody
    }

    fn is_client(&self, session: SessionId, client_id: &str) -> bool {
        self.sessions.get(session).is_some_and(|session| *session.client_id == *client_id)
    }

    /// Delivers a message of a Session that has ended to another member of its shared subscription (v5 section 4.8.2).
    pub(super) fn redeliver_shared(&mut self, queued: QueuedMessage) {
        let Some(share) = &queued.share else { return };
        // v5 [MQTT-4.8.2-4] [MQTT-4.8.2-5]: not a QoS 2 message that was sent; as long as its Session exists, it waits
        // there
        if queued.qos == QoS::ExactlyOnce && queued.state != EntryState::Queued {
            return;
        }
        // v5 [MQTT-3.3.2-5]
        if queued.message.body.is_expired(self.now) {
            return;
        }
        let sessions = &self.sessions;
        let Some(found) = self.tree.choose(share, |session| sessions.is_connected(session)) else { return };
        let mut message = queued.message;
        let addressed = Addressed { retain: queued.retain, ..Addressed::new(&found, message.body.qos, false) };
        self.deliver(&mut message, addressed);
    }
}
