//! The Will (v5 section 3.1.2.5): once due, it is a message like any other.

use super::{access::Grant, broker::Broker, message::Message, record::WillRecord};

impl Broker {
    /// Publishes a Will that was taken from its Session: v5 [MQTT-3.1.2-10], v3.1.1 [MQTT-3.1.2-10].
    ///
    /// It is dropped if its user has lost the permission since CONNECT, or if the topic is one of the broker's own or
    /// otherwise reserved.
    pub(super) fn publish_will(&mut self, will: &WillRecord, grant: &Grant) {
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
        self.route(&mut message);
    }
}
