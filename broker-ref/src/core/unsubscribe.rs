//! UNSUBSCRIBE (section 3.10).

use std::sync::Arc;

use mqttspec_codec::{Properties, ReasonCode, Seq, TopicFilter, Unsuback, Unsubscribe};

use super::{
    broker::Broker,
    delta::Delta,
    event::{ConnectionId, Release},
    filters::{Filters, MANY, Stage},
    ids::SessionId,
    protocol_error::ProtocolError,
};

impl Broker {
    pub(super) fn handle_unsubscribe(
        &mut self,
        from: ConnectionId,
        packet: &Unsubscribe<'_>,
    ) -> Result<(), ProtocolError> {
        let Some(link) = self.connections.link(from) else {
            debug_assert!(false, "a packet is handled whose connection is closed");
            return Ok(());
        };
        let (version, session) = (link.version, link.session);
        if packet.filters.iter().nth(MANY).is_some() {
            return Err(ProtocolError::because(ReasonCode::QuotaExceeded, "too many filters in one packet"));
        }
        let stage = Stage::Unsubscribe(packet.filters.iter().map(|filter| Arc::from(filter.as_str())).collect());
        self.begin_filters(
            from,
            Filters { session, version, packet_id: packet.packet_id, reason_codes: Vec::new(), stage },
        );
        Ok(())
    }

    /// Goes on with the filters of an UNSUBSCRIBE; false if there are more.
    pub(super) fn go_on_unsubscribing(&mut self, from: ConnectionId, filters: &mut Filters) -> bool {
        let Filters { session, version, packet_id, reason_codes, stage } = filters;
        let Stage::Unsubscribe(rest) = stage else { return true };
        // v5 [MQTT-3.10.4-6] [MQTT-3.11.3-1], v3.1.1 [MQTT-3.10.4-6]
        while let Some(key) = rest.pop_front() {
            if self.effort.is_spent() {
                rest.push_front(key);
                return false;
            }
            self.effort.charge_bytes(UNSUBSCRIBE, key.len().saturating_mul(8));
            if let Ok(filter) = TopicFilter::new(&key) {
                reason_codes.push(self.unsubscribe(*session, filter));
            }
        }
        if !version.has_properties() {
            reason_codes.clear();
        }
        let unsuback = Unsuback {
            packet_id: *packet_id,
            properties: Properties::EMPTY,
            reason_codes: Seq::from(reason_codes.as_slice()),
        };
        // v5 [MQTT-3.10.4-4] [MQTT-3.10.4-5], v3.1.1 [MQTT-3.10.4-4] [MQTT-3.10.4-5]
        self.answer(from, unsuback, Release::AfterPersist);
        true
    }

    /// Messages already queued stay: v5 [MQTT-3.10.4-2] [MQTT-3.10.4-3] section 3.10.4, v3.1.1 [MQTT-3.10.4-2]
    /// [MQTT-3.10.4-3] section 3.10.4.
    fn unsubscribe(&mut self, id: SessionId, filter: TopicFilter<'_>) -> ReasonCode {
        let Some(session) = self.sessions.get_mut(id) else { return ReasonCode::NoSubscriptionExisted };
        // v5 [MQTT-3.10.4-1], v3.1.1 [MQTT-3.10.4-1]
        let Some((key, _)) = session.subscriptions.remove_entry(filter.as_str()) else {
            return ReasonCode::NoSubscriptionExisted;
        };
        session.filter_bytes = session.filter_bytes.saturating_sub(filter.len());
        self.retained_backlog.remove(id, &key);
        if session.durable {
            self.journal.record(Delta::DropSubscription(id, key));
        }
        self.tree.remove(id, filter);
        ReasonCode::Success
    }

    /// Removes a subscription of a Session that has ended from the tree.
    pub(super) fn drop_from_tree(&mut self, id: SessionId, filter: &str) {
        if let Ok(filter) = TopicFilter::new(filter) {
            self.tree.remove(id, filter);
        }
    }
}

/// Of the end of a subscription, in units of effort.
const UNSUBSCRIBE: usize = 80;
