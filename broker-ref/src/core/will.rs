//! The Will (v5 section 3.1.2.5): once due, it is a message like any other.

use std::sync::Arc;

use mqttspec_codec::Version;

use super::{
    access::Grant,
    broker::Broker,
    delta::Delta,
    fanout::{Fanout, Then},
    message::Message,
    record::{SessionRecord, WillRecord},
};

impl Broker {
    /// Publishes a Will that was taken from its Session: v5 [MQTT-3.1.2-10], v3.1.1 [MQTT-3.1.2-10].
    ///
    /// It is dropped if its user has lost the permission since CONNECT, or if the topic is one of the broker's own or
    /// otherwise reserved.
    pub(super) fn publish_will(&mut self, will: WillRecord, grant: &Grant, user_name: Option<Arc<str>>) {
        let topic = &will.message.topic;
        if !grant.may_publish(topic) || self.is_sys(topic) || self.is_reserved(topic) {
            return;
        }
        let mut message = Message::new(will.message.aging_from(self.now, will.message_expiry_interval));
        // v5 [MQTT-3.1.2-14] [MQTT-3.1.2-15], v3.1.1 [MQTT-3.1.2-16] [MQTT-3.1.2-17]. If a limit is reached it is not
        // retained, since there is nobody to report that to, and the message it replaces is removed: v5 [MQTT-3.3.1-5],
        // v3.1.1 [MQTT-3.3.1-5]
        if self.retain(&mut message).is_err() {
            self.clear_retained(topic);
        }
        self.route(message, Then::Forget { will: Box::new(will), user_name, row: None });
    }

    /// Stores a Will that could not be sent to everybody at once, as that of a Session that has expired: a broker that
    /// starts from there publishes it.
    pub(super) fn keep_will(&mut self, fanout: &mut Fanout) {
        let Then::Forget { will, user_name, row: row @ None } = &mut fanout.then else { return };
        let id = self.sessions.next_id();
        let record = SessionRecord {
            // no Client has such a name: v5 [MQTT-1.5.4-2], v3.1.1 [MQTT-1.5.3-2]
            client_id: format!("\0{}", id.number()).into(),
            version: Version::V5,
            user_name: user_name.clone(),
            expiry_interval: 0,
            disconnected_at: Some(self.now),
            will: Some(WillRecord { due_at: Some(self.now), ..(**will).clone() }),
        };
        self.journal.record(Delta::PutSession(id, record.clone()));
        *row = Some((id, Box::new(record)));
    }
}
