//! [`Link`]: what a connection knows about its Client from CONNECT on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mqttspec_codec::{Connect, PacketIdentifier, TopicAlias, Version};

use super::{
    access::Exchange,
    config::Config,
    ids::{Place, SessionId},
};

/// What CONNECT and later packets set up. It ends with the connection (v5 section 4.9: quotas do not survive it).
#[derive(Debug)]
pub(super) struct Link {
    pub(super) session: SessionId,
    pub(super) version: Version,
    /// In seconds; 0 means no Keep Alive.
    pub(super) keep_alive: u16,
    /// The Session Expiry Interval that CONNECT asked for.
    pub(super) asked_expiry_interval: u32,
    /// The Client's Maximum Packet Size: larger packets are not sent.
    pub(super) maximum_packet_size: u32,
    /// The Client accepts Reason Strings in acknowledgements.
    pub(super) problem_information: bool,
    /// How many messages to the Client may be unacknowledged: its Receive Maximum or our own limit.
    pub(super) send_maximum: usize,
    /// Messages to the Client, sent on this connection and not yet acknowledged.
    pub(super) outstanding: BTreeSet<PacketIdentifier>,
    /// What is queued before this place waited for the Client to come back.
    pub(super) resumed_until: Place,
    /// Queued messages wait until output has left.
    pub(super) waits_for_output: bool,
    /// QoS 2 messages from the Client, sent on this connection and not yet complete.
    pub(super) receiving: BTreeSet<PacketIdentifier>,
    /// Set by the Client; v5 [MQTT-3.3.2-7]: gone with the connection.
    pub(super) incoming_aliases: BTreeMap<TopicAlias, Arc<str>>,
    /// Set by the broker.
    pub(super) outgoing_aliases: BTreeMap<Arc<str>, TopicAlias>,
    pub(super) outgoing_alias_maximum: u16,
    /// CONNECT had an Authentication Method.
    pub(super) has_method: bool,
    /// Re-authentication in progress.
    pub(super) exchange: Option<Exchange>,
}

impl Link {
    /// From a CONNECT that is accepted.
    pub(super) fn new(config: &Config, connect: &Connect<'_>, session: SessionId, asked_expiry_interval: u32) -> Self {
        let properties = &connect.properties;
        // v5 section 3.1.2.11.3
        let receive_maximum = properties.receive_maximum().map_or(u16::MAX, |maximum| maximum.get());
        // v5 [MQTT-3.2.2-22]; v3.1.1 cannot be told another
        let server_keep_alive = config.server_keep_alive.filter(|_| connect.version == Version::V5);
        Self {
            session,
            version: connect.version,
            keep_alive: server_keep_alive.unwrap_or(connect.keep_alive),
            asked_expiry_interval,
            maximum_packet_size: properties.maximum_packet_size().map_or(u32::MAX, |maximum| maximum.get()),
            // v5 section 3.1.2.11.7
            problem_information: properties.request_problem_information().unwrap_or(true),
            // v5 [MQTT-3.3.4-9] [MQTT-4.9.0-1]
            send_maximum: usize::from(receive_maximum.min(config.in_flight.get())),
            outstanding: BTreeSet::new(),
            resumed_until: Place::new(0),
            waits_for_output: false,
            receiving: BTreeSet::new(),
            incoming_aliases: BTreeMap::new(),
            outgoing_aliases: BTreeMap::new(),
            // v5 [MQTT-3.1.2-26] [MQTT-3.1.2-27]
            outgoing_alias_maximum: properties.topic_alias_maximum().unwrap_or(0).min(config.outgoing_topic_aliases),
            has_method: properties.authentication_method().is_some(),
            exchange: None,
        }
    }
}
