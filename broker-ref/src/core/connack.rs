//! CONNACK: the announcements of the broker (v5 section 3.2.2.3), and refusals.

use std::num::NonZeroU16;

use mqttspec_codec::{Connack, Packet, Properties, Property, QoS, ReasonCode, Utf8String, Version};

use super::{
    auth::proof_properties,
    broker::Broker,
    config::Config,
    event::{ConnectionId, Release},
};

/// The parts of CONNACK that differ from connection to connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnackParams<'a> {
    pub(super) session_present: bool,
    /// In seconds, if it differs from what the Client asked for.
    pub(super) session_expiry_interval: Option<u32>,
    pub(super) assigned_client_id: Option<&'a str>,
    pub(super) response_information: Option<&'a str>,
    /// Authentication Data, if the Client chose an Authentication Method.
    pub(super) proof: Option<&'a str>,
}

impl Broker {
    /// Accepts a CONNECT. Returns false if the CONNACK is too large for the Client.
    pub(super) fn accept(&mut self, to: ConnectionId, version: Version, params: ConnackParams<'_>) -> bool {
        let properties = match version.has_properties() {
            true => announcements(&self.config, params),
            false => Vec::new(),
        };
        let connack = Connack {
            session_present: params.session_present,
            // v5 [MQTT-3.1.4-5], v3.1.1 [MQTT-3.1.4-4]
            reason_code: ReasonCode::Success,
            properties: Properties::from(properties.as_slice()),
        };
        self.connections.send(to, &Packet::from(connack), Release::AfterPersist)
    }

    /// Refuses a CONNECT, with a CONNACK if the version has a code for the reason, and closes the connection. `maximum`
    /// is the Client's Maximum Packet Size.
    pub(super) fn refuse(
        &mut self,
        to: ConnectionId,
        version: Version,
        maximum: u32,
        reason_code: ReasonCode,
        reason: Option<&str>,
    ) {
        if let Some(connection) = self.connections.live(to) {
            connection.stats.reason = Some(reason_code);
        }
        // v5 sections 3.2.2.3.16 and 4.11: 0x9C and 0x9D should say where else
        let elsewhere = matches!(reason_code, ReasonCode::UseAnotherServer | ReasonCode::ServerMoved);
        let reference = self.config.server_reference.clone().filter(|_| elsewhere);
        let reference = reference.as_deref().and_then(|text| Utf8String::new(text).ok()).map(Property::ServerReference);
        let properties: Vec<_> = self.reason_string(reason).into_iter().chain(reference).collect();
        let refuse = |properties| {
            // v5 [MQTT-3.2.2-6], v3.1.1 [MQTT-3.2.2-4]
            Packet::from(Connack { session_present: false, reason_code, properties })
        };
        // v5 [MQTT-3.2.2-19]: without Reason String where it would not fit. v3.1.1 [MQTT-3.2.2-6]: a code that v3.1.1
        // has not cannot be encoded, so nothing is sent
        let connacks = [Properties::from(properties.as_slice()), Properties::from(reference.as_slice())];
        let _ = connacks
            .into_iter()
            .chain([Properties::EMPTY])
            .any(|properties| self.connections.send_as(to, &refuse(properties), version, maximum, Release::Now));
        // v5 [MQTT-3.2.2-7] [MQTT-3.1.4-1] [MQTT-3.1.4-2] [MQTT-4.13.2-1], v3.1.1 [MQTT-3.2.2-5]
        self.connections.close(to);
    }

    /// The Reason String, unless they are turned off (v5 section 4.13).
    pub(super) fn reason_string<'r>(&self, reason: Option<&'r str>) -> Option<Property<'r>> {
        let reason = reason.filter(|_| self.config.reason_strings)?;
        Utf8String::new(reason).ok().map(Property::ReasonString)
    }
}

fn announcements<'a>(config: &Config, params: ConnackParams<'a>) -> Vec<Property<'a>> {
    let assigned = params.assigned_client_id.and_then(|client_id| Utf8String::new(client_id).ok());
    let response_information = params.response_information.and_then(|prefix| Utf8String::new(prefix).ok());
    let unavailable = |available: bool, property: fn(bool) -> Property<'a>| (!available).then(|| property(false));
    let all = [
        params.session_expiry_interval.map(Property::SessionExpiryInterval),
        (config.receive_maximum != NonZeroU16::MAX).then_some(Property::ReceiveMaximum(config.receive_maximum)),
        // v5 [MQTT-3.2.2-9]
        (config.maximum_qos != QoS::ExactlyOnce).then_some(Property::MaximumQos(config.maximum_qos)),
        unavailable(config.retain_available, Property::RetainAvailable),
        (config.maximum_packet_size < Config::NO_MAXIMUM_PACKET_SIZE)
            .then_some(Property::MaximumPacketSize(config.maximum_packet_size)),
        // v5 [MQTT-3.2.2-16]
        assigned.map(Property::AssignedClientIdentifier),
        (config.topic_alias_maximum > 0).then_some(Property::TopicAliasMaximum(config.topic_alias_maximum)),
        unavailable(config.wildcard_subscription_available, Property::WildcardSubscriptionAvailable),
        unavailable(config.subscription_identifier_available, Property::SubscriptionIdentifierAvailable),
        unavailable(config.shared_subscription_available, Property::SharedSubscriptionAvailable),
        config.server_keep_alive.map(Property::ServerKeepAlive),
        response_information.map(Property::ResponseInformation),
    ];
    // v5 [MQTT-4.12.0-5] [MQTT-4.12.0-6]
    let proof = params.proof.map(proof_properties).unwrap_or_default();
    all.into_iter().flatten().chain(proof).collect()
}
