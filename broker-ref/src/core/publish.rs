//! PUBLISH from a Client (section 3.3): checks, QoS 1 and 2 towards the sender, retained messages.

use std::sync::Arc;

use mqttspec_codec::{Delivery, PacketIdentifier, Properties, Puback, Publish, Pubrec, QoS, ReasonCode, Version};

use super::{
    broker::Broker,
    counters::add,
    event::{ConnectionId, Release},
    fanout::Then,
    ids::SessionId,
    link::Link,
    message::{Message, StoredMessage, UTF_8},
    protocol_error::ProtocolError,
    timers::TimerKey,
};

impl Broker {
    pub(super) fn handle_publish(&mut self, from: ConnectionId, publish: &Publish<'_>) -> Result<(), ProtocolError> {
        add(&mut self.connections.counters.messages_received, 1);
        self.check_publish(publish)?;
        let alias_maximum = self.config.topic_alias_maximum;
        let Some(link) = self.connections.link(from) else {
            debug_assert!(false, "a packet is handled whose connection is closed");
            return Ok(());
        };
        let (version, session) = (link.version, link.session);
        let topic = resolve_alias(link, publish, alias_maximum)?;
        if let Delivery::ExactlyOnce { packet_id, .. } = publish.delivery
            && !self.receive_once(from, packet_id)?
        {
            // v5 [MQTT-4.3.3-10], v3.1.1 [MQTT-4.3.3-2]
            self.answer(from, Pubrec::success(packet_id), Release::AfterPersist);
            return Ok(());
        }
        let id = session;
        let Some(session) = self.sessions.get(id) else {
            debug_assert!(false, "a connection outlives its Session");
            return Ok(());
        };
        let publisher = Arc::clone(&session.client_id);
        if !session.grant.may_publish(&topic) {
            self.note_publish(from, &topic, ReasonCode::NotAuthorized, None);
            // v5 section 3.4.2.1; at QoS 0 nothing can say it short of closing. v3.1.1 [MQTT-3.3.5-2]: acknowledged and
            // dropped, because a Client whose connection is closed comes again with the same message
            let reason_code = if version == Version::V5 { ReasonCode::NotAuthorized } else { ReasonCode::Success };
            self.acknowledge(from, publish.delivery, reason_code, None);
            return Ok(());
        }
        if self.is_reserved(&topic) {
            // v5 section 3.4.2.1; the rest as above
            let reason_code = if version == Version::V5 { ReasonCode::TopicNameInvalid } else { ReasonCode::Success };
            self.acknowledge(from, publish.delivery, reason_code, Some(RESERVED));
            return Ok(());
        }
        let message = StoredMessage::from_publish(publish, Arc::clone(&topic), publisher, self.now);
        let too_large = ProtocolError::because(ReasonCode::PacketTooLarge, "the message is too large to be stored");
        let message = message.ok_or(too_large)?;
        let then = Then::Acknowledge { on: from, session: id, delivery: publish.delivery };
        let outcome = self
            .check_store(publish.delivery)
            .and_then(|()| self.check_payload(&publish.properties, publish.payload))
            .and_then(|()| self.publish(message, then));
        if let Err(error) = &outcome {
            self.note_publish(from, &topic, error.reason_code, error.reason);
        }
        match (outcome, publish.delivery.qos()) {
            (Ok(()), _) => {}
            // v5 section 4.13.2: the message is refused, the connection stays open
            (Err(error), QoS::AtLeastOnce | QoS::ExactlyOnce) if version == Version::V5 => {
                self.acknowledge(from, publish.delivery, error.reason_code, error.reason);
            }
            // v3.1.1 [MQTT-3.3.5-2] [MQTT-4.8.0-2]: no way to say it but to close
            (Err(error), _) => return Err(error),
        }
        Ok(())
    }

    /// Retains a message if its RETAIN flag is set, and sends it to all subscribers; `then` follows.
    ///
    /// # Errors
    /// A limit is reached. Nothing was sent, and nothing follows.
    fn publish(&mut self, message: StoredMessage, then: Then) -> Result<(), ProtocolError> {
        let mut message = Message::new(message);
        if self.is_sys(&message.body.topic) {
            if let Then::Acknowledge { on, session, delivery } = then {
                self.published(on, session, delivery, false);
            }
            return Ok(());
        }
        self.retain(&mut message)?;
        self.route(message, then);
        Ok(())
    }

    /// A message was sent to all subscribers; `anybody` says whether there are any.
    pub(super) fn published(&mut self, on: ConnectionId, session: SessionId, delivery: Delivery, anybody: bool) {
        match self.connections.link(on).map(|link| link.version) {
            // v5 sections 3.4.2.1 and 3.5.2.1: only v5 can report that there are no subscribers
            Some(Version::V5) if !anybody => {
                self.acknowledge(on, delivery, ReasonCode::NoMatchingSubscribers, None);
            }
            Some(_) => self.acknowledge(on, delivery, ReasonCode::Success, None),
            // the Client will send it again on its next connection
            None => {
                if let (Delivery::ExactlyOnce { packet_id, .. }, Some(session)) =
                    (delivery, self.sessions.get_mut(session))
                {
                    session.receive(packet_id, &mut self.journal);
                }
            }
        }
    }

    /// Makes the message the retained one of its topic if its RETAIN flag says so.
    ///
    /// # Errors
    /// A limit is reached, and nothing has changed.
    pub(super) fn retain(&mut self, message: &mut Message) -> Result<(), ProtocolError> {
        let body = Arc::clone(&message.body);
        let topic = &body.topic;
        // v5 [MQTT-3.3.1-8], v3.1.1 [MQTT-3.3.1-12]
        if !body.retain {
            return Ok(());
        }
        // v5 [MQTT-3.3.1-6] [MQTT-3.3.1-7], v3.1.1 [MQTT-3.3.1-10] [MQTT-3.3.1-11]; an expired message is discarded too
        if body.payload.is_empty() || body.is_expired(self.now) {
            self.clear_retained(topic);
            return Ok(());
        }
        let is_full = self.retained.is_full(topic, &body, &self.config);
        // v5 section 3.3.1.3, v3.1.1 [MQTT-3.3.1-7]: the old message is removed, the new one may be discarded at any
        // time
        if body.qos == QoS::AtMostOnce && (is_full || self.store_is_full) {
            self.clear_retained(topic);
            return Ok(());
        }
        if is_full {
            return Err(ProtocolError::because(ReasonCode::QuotaExceeded, "no room for another retained message"));
        }
        // v5 [MQTT-3.3.1-5], v3.1.1 [MQTT-3.3.1-5]
        self.retained.set(Arc::clone(topic), message, &mut self.journal);
        if let Some(at) = body.expires_at() {
            self.timers.arm(TimerKey::Retained(Arc::clone(topic)), at);
        }
        Ok(())
    }

    /// Whether Clients must not use the topic to exchange messages: v5 section 4.7.2, v3.1.1 section 4.7.2. On those of
    /// `$SYS` that the broker itself publishes, a message is not refused but discarded.
    pub(super) fn is_reserved(&self, topic: &str) -> bool {
        topic.starts_with('$') && !self.config.dollar_topics && !self.is_sys(topic)
    }

    /// Checks that a Payload is what its Payload Format Indicator says: v5 sections 3.1.3.2.3 and 3.3.2.3.2.
    pub(super) fn check_payload(&self, properties: &Properties<'_>, payload: &[u8]) -> Result<(), ProtocolError> {
        let is_text = properties.payload_format_indicator() == Some(UTF_8);
        if is_text && self.config.payload_format_check && std::str::from_utf8(payload).is_err() {
            return Err(ProtocolError::because(ReasonCode::PayloadFormatInvalid, "the Payload is not UTF-8"));
        }
        Ok(())
    }

    fn check_publish(&self, publish: &Publish<'_>) -> Result<(), ProtocolError> {
        let refuse = |reason_code| Err(ProtocolError::new(reason_code));
        // v5 [MQTT-3.3.4-6]
        if publish.properties.subscription_identifier().is_some() {
            return refuse(ReasonCode::ProtocolError);
        }
        // v5 [MQTT-3.2.2-11]
        if publish.delivery.qos() > self.config.maximum_qos {
            return refuse(ReasonCode::QosNotSupported);
        }
        // v5 [MQTT-3.2.2-14]
        if publish.retain && !self.config.retain_available {
            return refuse(ReasonCode::RetainNotSupported);
        }
        Ok(())
    }

    /// Refuses what could be acknowledged but not kept.
    fn check_store(&self, delivery: Delivery) -> Result<(), ProtocolError> {
        match delivery {
            Delivery::AtLeastOnce { .. } | Delivery::ExactlyOnce { .. } if self.store_is_full => {
                // v5 section 4.13.1, 0x97
                Err(ProtocolError::because(ReasonCode::QuotaExceeded, "the store is full"))
            }
            _ => Ok(()),
        }
    }

    /// Counts a QoS 2 message that has arrived. Returns false if it is a repetition.
    fn receive_once(&mut self, from: ConnectionId, packet_id: PacketIdentifier) -> Result<bool, ProtocolError> {
        let receive_maximum = usize::from(self.config.receive_maximum.get());
        let Some((link, session, _)) = self.parts(from) else { return Ok(true) };
        link.receiving.insert(packet_id);
        // v5 [MQTT-3.3.4-7]; there is no such limit before v5
        if link.version == Version::V5 && link.receiving.len() > receive_maximum {
            return Err(ProtocolError::new(ReasonCode::ReceiveMaximumExceeded));
        }
        Ok(!session.received.contains(&packet_id))
    }

    /// v5 [MQTT-3.3.4-1], v3.1.1 [MQTT-3.3.4-1].
    fn acknowledge(&mut self, to: ConnectionId, delivery: Delivery, reason_code: ReasonCode, reason: Option<&str>) {
        let reason = self.reason_string(reason);
        match delivery {
            Delivery::AtMostOnce => {}
            // v5 [MQTT-4.3.2-4], v3.1.1 [MQTT-4.3.2-2]; nothing is remembered: v5 [MQTT-4.3.2-5]
            Delivery::AtLeastOnce { packet_id, .. } => {
                let puback = |properties| Puback { packet_id, reason_code, properties }.into();
                self.answer_because(to, puback, reason.as_slice(), Release::AfterPersist);
            }
            // v5 [MQTT-4.3.3-8], v3.1.1 [MQTT-4.3.3-2] section 4.3.3: the message has been delivered already
            Delivery::ExactlyOnce { packet_id, .. } => {
                if let Some((link, session, journal)) = self.parts(to) {
                    if reason_code.is_failure() {
                        // v5 [MQTT-4.3.3-9]
                        link.receiving.remove(&packet_id);
                    } else {
                        session.receive(packet_id, journal);
                    }
                }
                let pubrec = |properties| Pubrec { packet_id, reason_code, properties }.into();
                self.answer_because(to, pubrec, reason.as_slice(), Release::AfterPersist);
            }
        }
    }
}

/// The Reason String for a topic that begins with `$`.
pub(super) const RESERVED: &str = "topics that begin with $ are reserved";

/// The Topic Name, looked up by its alias if it is empty.
fn resolve_alias(link: &mut Link, publish: &Publish<'_>, maximum: u16) -> Result<Arc<str>, ProtocolError> {
    let topic = publish.topic.map(|topic| Arc::<str>::from(topic.as_str()));
    let missing = ProtocolError::new(ReasonCode::ProtocolError);
    let Some(alias) = publish.properties.topic_alias() else { return topic.ok_or(missing) };
    // v5 [MQTT-3.3.2-9] [MQTT-3.2.2-17] section 3.3.4
    if alias.number() > maximum {
        return Err(ProtocolError::new(ReasonCode::TopicAliasInvalid));
    }
    // v5 [MQTT-3.3.2-12] section 3.3.2.3.4
    match topic {
        Some(topic) => {
            link.incoming_aliases.insert(alias, Arc::clone(&topic));
            Ok(topic)
        }
        None => link.incoming_aliases.get(&alias).map(Arc::clone).ok_or(missing),
    }
}
