//! [`Copies`]: a message encoded once for all receivers that get the same bytes, the Packet Identifier patched into
//! each copy.

use std::sync::Arc;

use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Properties, Property, Publish, QoS, SubscriptionIdentifier, TopicAlias,
    Version, encode_to_vec,
};

use super::{message::StoredMessage, timestamp::Timestamp};

/// How a message goes to one Client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) version: Version,
    pub(super) delivery: Delivery,
    pub(super) retain: bool,
    pub(super) alias: Alias,
    /// Empty before v5.
    pub(super) identifiers: &'a [SubscriptionIdentifier],
}

/// Topic Name, Topic Alias or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alias {
    None,
    /// With the Topic Name, which it will stand for.
    New(TopicAlias),
    /// In place of the Topic Name.
    Known(TopicAlias),
}

/// The encodings of the message that was sent last.
#[derive(Debug, Default)]
pub(super) struct Copies {
    of: Option<Arc<StoredMessage>>,
    forms: Vec<(Form, Vec<u8>)>,
    scratch: Vec<u8>,
}

/// What makes the bytes differ, Packet Identifier aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    properties: bool,
    qos: QoS,
    dup: bool,
    retain: bool,
    expiry: Option<u32>,
}

impl Copies {
    /// Appends the message to `into`; false, and nothing appended, if the packet is over `maximum` bytes.
    pub(super) fn append(
        &mut self,
        message: &Arc<StoredMessage>,
        how: Outgoing<'_>,
        now: Timestamp,
        maximum: u32,
        into: &mut Vec<u8>,
    ) -> bool {
        let Some(bytes) = self.encoded(message, how, now) else { return false };
        // v5 [MQTT-3.1.2-24]
        if bytes.len() > maximum as usize {
            return false;
        }
        let start = into.len();
        into.extend_from_slice(bytes);
        if let (Some(packet_id), Some(copy)) = (how.delivery.packet_id(), into.get_mut(start..)) {
            patch(copy, packet_id);
        }
        true
    }

    fn encoded(&mut self, message: &Arc<StoredMessage>, how: Outgoing<'_>, now: Timestamp) -> Option<&[u8]> {
        let expiry = message.expires_at().map(|at| at.seconds_left(now));
        if how.alias != Alias::None || !how.identifiers.is_empty() {
            self.scratch.clear();
            encode(message, how, expiry, &mut self.scratch)?;
            return Some(&self.scratch);
        }
        if !self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, message)) {
            self.of = Some(Arc::clone(message));
            self.forms.clear();
        }
        let form = Form {
            properties: how.version.has_properties(),
            qos: how.delivery.qos(),
            dup: how.delivery.dup(),
            retain: how.retain,
            expiry,
        };
        let index = match self.forms.iter().position(|(known, _)| *known == form) {
            Some(index) => index,
            None => {
                let mut bytes = Vec::new();
                encode(message, how, expiry, &mut bytes)?;
                self.forms.push((form, bytes));
                self.forms.len().saturating_sub(1)
            }
        };
        self.forms.get(index).map(|(_, bytes)| bytes.as_slice())
    }
}

fn encode(message: &StoredMessage, how: Outgoing<'_>, expiry: Option<u32>, into: &mut Vec<u8>) -> Option<()> {
    let (topic, publish) = message.publish()?;
    let mut properties: Vec<Property<'_>> = Vec::new();
    if how.version.has_properties() {
        // v5 [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
        properties.extend(publish.properties.iter());
        // v5 [MQTT-3.3.2-6]
        properties.extend(expiry.map(Property::MessageExpiryInterval));
        // v5 [MQTT-3.3.4-3] [MQTT-3.3.4-4]
        properties.extend(how.identifiers.iter().map(|identifier| Property::SubscriptionIdentifier(*identifier)));
        match how.alias {
            Alias::None => {}
            Alias::New(alias) | Alias::Known(alias) => properties.push(Property::TopicAlias(alias)),
        }
    }
    let publish = Publish {
        // v5 [MQTT-3.3.1-3], v3.1.1 [MQTT-3.3.1-3]: whatever DUP it came with
        delivery: how.delivery,
        retain: how.retain,
        topic: if matches!(how.alias, Alias::Known(_)) { None } else { Some(topic) },
        properties: Properties::from(properties.as_slice()),
        payload: publish.payload,
    };
    encode_to_vec(&Packet::from(publish), how.version, into).ok().map(drop)
}

/// Writes the Packet Identifier into an encoded PUBLISH: behind the fixed header and the Topic Name.
fn patch(publish: &mut [u8], packet_id: PacketIdentifier) {
    let Some(last) = publish.iter().skip(1).position(|byte| byte & 0x80 == 0) else { return };
    let Some((_, body)) = publish.split_at_mut_checked(last.saturating_add(2)) else { return };
    let Some((len, rest)) = body.split_first_chunk_mut() else { return };
    let topic_len = usize::from(u16::from_be_bytes(*len));
    if let Some(place) = rest.get_mut(topic_len..).and_then(|rest| rest.first_chunk_mut()) {
        *place = packet_id.number().to_be_bytes();
    }
}
