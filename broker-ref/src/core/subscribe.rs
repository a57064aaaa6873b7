//! SUBSCRIBE (section 3.8).

use std::{collections::VecDeque, mem, sync::Arc};

use mqttspec_codec::{
    QoS, ReasonCode, RetainHandling, Seq, Suback, Subscribe, Subscription, SubscriptionIdentifier, TopicFilter, Version,
};

use super::{
    broker::Broker,
    delta::Delta,
    event::{ConnectionId, Release},
    filters::{Filters, MANY, Stage},
    ids::SessionId,
    protocol_error::ProtocolError,
    record::SubscriptionRecord,
    subscriber::Subscriber,
    tasks::Task,
};

/// The outcome of one subscription.
struct Outcome {
    reason_code: ReasonCode,
    /// The same for logs; before v5 a Client is told less.
    why: ReasonCode,
    /// The Reason String.
    reason: Option<&'static str>,
    send_retained: bool,
}

impl Broker {
    pub(super) fn handle_subscribe(&mut self, from: ConnectionId, packet: &Subscribe<'_>) -> Result<(), ProtocolError> {
        let Some(link) = self.connections.link(from) else {
            debug_assert!(false, "a packet is handled whose connection is closed");
            return Ok(());
        };
        let (version, session) = (link.version, link.session);
        let identifier = packet.properties.subscription_identifier();
        // v5 section 3.2.2.3.12
        if identifier.is_some() && !self.config.subscription_identifier_available {
            return Err(ProtocolError::new(ReasonCode::SubscriptionIdentifiersNotSupported));
        }
        // checked first, so that an error changes nothing
        if version == Version::V5 {
            packet.subscriptions.iter().try_for_each(|subscription| self.check_features(&subscription))?;
        }
        let each = packet.subscriptions.iter();
        let rest: VecDeque<_> =
            each.take(MANY).map(|wanted| (Arc::from(wanted.filter.as_str()), wanted.options)).collect();
        let refused = packet.subscriptions.iter().skip(MANY).count();
        let stage = Stage::Subscribe { rest, refused, identifier, reason: None, retained: VecDeque::new() };
        self.begin_filters(
            from,
            Filters { session, version, packet_id: packet.packet_id, reason_codes: Vec::new(), stage },
        );
        Ok(())
    }

    /// Starts to handle the filters of a packet.
    pub(super) fn begin_filters(&mut self, from: ConnectionId, filters: Filters) {
        if let Some(connection) = self.connections.live(from) {
            connection.filters = Some(Box::new(filters));
        }
        self.go_on_with_filters(from);
    }

    /// Goes on with the filters of a packet; what is left is another task.
    pub(super) fn go_on_with_filters(&mut self, from: ConnectionId) {
        let Some(mut filters) = self.connections.live(from).and_then(|connection| connection.filters.take()) else {
            return;
        };
        let is_done = match &mut filters.stage {
            Stage::Subscribe { .. } => self.go_on_subscribing(from, &mut filters) && self.go_on_retaining(&mut filters),
            Stage::Retained(_) => self.go_on_retaining(&mut filters),
            Stage::Unsubscribe(_) => self.go_on_unsubscribing(from, &mut filters),
        };
        if !is_done && let Some(connection) = self.connections.live(from) {
            connection.filters = Some(filters);
            self.tasks.add(Task::Filters(from));
        }
    }

    fn go_on_subscribing(&mut self, from: ConnectionId, filters: &mut Filters) -> bool {
        let Filters { session, version, packet_id, reason_codes, stage } = filters;
        let Stage::Subscribe { rest, refused, identifier, reason, retained } = stage else { return true };
        // v5 [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.9.3-1], v3.1.1 [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1]
        while let Some((key, options)) = rest.pop_front() {
            if self.effort.is_spent() {
                rest.push_front((key, options));
                return false;
            }
            self.effort.charge_bytes(SUBSCRIBE, key.len().saturating_mul(8));
            let Ok(filter) = TopicFilter::new(&key) else { continue };
            let outcome = self.subscribe(*session, *version, &Subscription { filter, options }, *identifier);
            if outcome.reason_code.is_failure() {
                self.note_subscribe(from, &key, outcome.why, outcome.reason);
            }
            reason_codes.push(outcome.reason_code);
            *reason = reason.or(outcome.reason);
            if outcome.send_retained {
                retained.push_back((key, self.retained.count()));
            }
        }
        if *refused > 0 {
            let refusal =
                if *version == Version::V5 { ReasonCode::QuotaExceeded } else { ReasonCode::UnspecifiedError };
            reason_codes.resize(reason_codes.len().saturating_add(*refused), refusal);
            *reason = Some("too many filters in one packet");
        }
        let reason = self.reason_string(*reason);
        let (packet_id, reason_codes) = (*packet_id, Seq::from(reason_codes.as_slice()));
        let suback = |properties| Suback { packet_id, properties, reason_codes }.into();
        // v5 [MQTT-3.8.4-1] [MQTT-3.8.4-2] section 3.8.4, v3.1.1 [MQTT-3.8.4-1] [MQTT-3.8.4-2] section 3.8.4: before
        // any message; then the retained ones
        self.answer_because(from, suback, reason.as_slice(), Release::AfterPersist);
        filters.stage = Stage::Retained(mem::take(retained));
        true
    }

    fn go_on_retaining(&mut self, filters: &mut Filters) -> bool {
        let Stage::Retained(retained) = &mut filters.stage else { return true };
        if retained.is_empty() {
            return true;
        }
        while let Some((filter, until)) = retained.pop_front() {
            if self.effort.is_spent() {
                retained.push_front((filter, until));
                return false;
            }
            self.effort.charge_bytes(SEARCH, filter.len());
            self.search_retained(filters.session, &filter, until);
        }
        self.send_backlog();
        true
    }

    /// Checks for features that CONNACK told v5 Clients not to use.
    fn check_features(&self, subscription: &Subscription<'_>) -> Result<(), ProtocolError> {
        // v5 section 3.2.2.3.13
        if subscription.filter.shared().is_some() && !self.config.shared_subscription_available {
            return Err(ProtocolError::new(ReasonCode::SharedSubscriptionsNotSupported));
        }
        // v5 section 3.2.2.3.11
        if subscription.filter.as_str().contains(['+', '#']) && !self.config.wildcard_subscription_available {
            return Err(ProtocolError::new(ReasonCode::WildcardSubscriptionsNotSupported));
        }
        Ok(())
    }

    fn subscribe(
        &mut self,
        id: SessionId,
        version: Version,
        subscription: &Subscription<'_>,
        identifier: Option<SubscriptionIdentifier>,
    ) -> Outcome {
        let Subscription { filter, mut options } = *subscription;
        let fail = |code| Outcome {
            // v3.1.1 [MQTT-3.9.3-2]
            reason_code: if version == Version::V5 { code } else { ReasonCode::UnspecifiedError },
            why: code,
            reason: None,
            send_retained: false,
        };
        // v3.1.1 [MQTT-3.8.3-2]; a v5 Client was refused before
        if let Err(error) = self.check_features(subscription) {
            return fail(error.reason_code);
        }
        let Some(session) = self.sessions.get_mut(id) else { return fail(ReasonCode::UnspecifiedError) };
        // v5 section 3.9.3
        if !session.grant.may_subscribe(filter) {
            return fail(ReasonCode::NotAuthorized);
        }
        let is_new = !session.subscriptions.contains_key(filter.as_str());
        let filter_bytes = session.filter_bytes.saturating_add(filter.len());
        if is_new
            && (self.tree.len() >= self.config.total_subscriptions
                || self.tree.bytes().saturating_add(filter.len()) > self.config.total_subscription_bytes
                || session.subscriptions.len() >= self.config.subscriptions
                || filter_bytes > self.config.subscription_bytes)
        {
            return Outcome { reason: Some("no room for another subscription"), ..fail(ReasonCode::QuotaExceeded) };
        }
        if is_new && session.durable && self.store_is_full {
            return Outcome { reason: Some("the store is full"), ..fail(ReasonCode::QuotaExceeded) };
        }
        if is_new {
            session.filter_bytes = filter_bytes;
        }
        // v5 [MQTT-3.2.2-10] [MQTT-3.8.4-7], v3.1.1 [MQTT-3.8.4-5]
        options.qos = options.qos.min(self.config.maximum_qos);
        // v5 [MQTT-3.8.4-3] section 3.8.2.1.2, v3.1.1 [MQTT-3.8.4-3]
        let record = SubscriptionRecord { options, identifier };
        let key: Arc<str> = filter.as_str().into();
        session.subscriptions.insert(Arc::clone(&key), record);
        if session.durable {
            self.journal.record(Delta::PutSubscription(id, key, record));
        }
        let is_connected = session.connection.is_some();
        self.tree.insert(id, filter, Subscriber { record, since: self.published }, is_connected);
        let reason_code = match options.qos {
            QoS::AtMostOnce => ReasonCode::GRANTED_QOS_0,
            QoS::AtLeastOnce => ReasonCode::GrantedQos1,
            QoS::ExactlyOnce => ReasonCode::GrantedQos2,
        };
        Outcome {
            reason: None,
            reason_code,
            why: reason_code,
            send_retained: match options.retain_handling {
                // v5 section 4.8.2
                _ if filter.shared().is_some() => false,
                // v5 [MQTT-3.3.1-9] [MQTT-3.8.4-4], v3.1.1 [MQTT-3.3.1-6] [MQTT-3.8.4-3]
                RetainHandling::Send => true,
                // v5 [MQTT-3.3.1-10]
                RetainHandling::SendIfNew => is_new,
                // v5 [MQTT-3.3.1-11]
                RetainHandling::DoNotSend => false,
            },
        }
    }
}

/// Of a subscription, and of the start of its search for retained messages, in units of effort.
const SUBSCRIBE: usize = 90;
const SEARCH: usize = 140;
