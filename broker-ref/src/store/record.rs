//! The values in the tables: to bytes and back. What was written reads back as it was; anything else is refused.

use std::sync::Arc;

use mqttspec_codec::{PacketIdentifier, QoS, SubscriptionIdentifier, SubscriptionOptions, Version};

use super::fields::{Reader, Writer};
use crate::core::{
    Entry, EntryState, MessageId, SessionRecord, StoredMessage, SubscriptionRecord, Timestamp, WillRecord,
};

/// A value in a table.
pub(super) trait Record: Sized {
    fn write(&self, into: &mut Writer<'_>);
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// The value as bytes, in the emptied `scratch`.
pub(super) fn encode<'s>(record: &impl Record, scratch: &'s mut Vec<u8>) -> &'s [u8] {
    scratch.clear();
    record.write(&mut Writer(scratch));
    scratch
}

/// The value that is these bytes and no more; `None` if they are not one.
pub(super) fn decode<R: Record>(bytes: &[u8]) -> Option<R> {
    let mut reader = Reader(bytes);
    let record = R::read(&mut reader)?;
    reader.end()?;
    Some(record)
}

impl Record for SessionRecord {
    fn write(&self, into: &mut Writer<'_>) {
        into.bytes(self.client_id.as_bytes());
        into.byte(self.version.level());
        into.option(self.user_name.as_deref(), |into, name| into.bytes(name.as_bytes()));
        into.u32(self.expiry_interval);
        into.option(self.disconnected_at, timestamp);
        into.option(self.will.as_ref(), |into, will| will.write(into));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            client_id: from.text()?,
            version: version(from.byte()?)?,
            user_name: from.option(Reader::text)?,
            expiry_interval: from.u32()?,
            disconnected_at: from.option(read_timestamp)?,
            will: from.option(WillRecord::read)?,
        })
    }
}

impl Record for WillRecord {
    fn write(&self, into: &mut Writer<'_>) {
        self.message.write(into);
        into.u32(self.delay);
        into.option(self.message_expiry_interval, Writer::u32);
        into.option(self.due_at, timestamp);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            message: Arc::new(StoredMessage::read(from)?),
            delay: from.u32()?,
            message_expiry_interval: from.option(Reader::u32)?,
            due_at: from.option(read_timestamp)?,
        })
    }
}

impl Record for SubscriptionRecord {
    fn write(&self, into: &mut Writer<'_>) {
        into.byte(self.options.to_byte());
        into.option(self.identifier, |into, identifier| into.u32(identifier.number()));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            options: SubscriptionOptions::from_byte(from.byte()?).ok()?,
            identifier: from.option(|from| SubscriptionIdentifier::new(from.u32()?))?,
        })
    }
}

impl Record for StoredMessage {
    fn write(&self, into: &mut Writer<'_>) {
        into.bytes(self.publisher().as_bytes());
        into.option(self.expires_at(), timestamp);
        into.bytes(&self.to_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (publisher, expires_at, publish) = (from.text()?, from.option(read_timestamp)?, from.bytes()?);
        Self::new(&publisher, expires_at, publish).ok()
    }
}

impl Record for Entry {
    fn write(&self, into: &mut Writer<'_>) {
        into.u64(self.message.number());
        into.byte(self.qos.number());
        into.flag(self.retain);
        into.u32(u32::try_from(self.identifiers.len()).unwrap_or(u32::MAX));
        for identifier in &self.identifiers {
            into.u32(identifier.number());
        }
        into.option(self.share.as_deref(), |into, share| into.bytes(share.as_bytes()));
        let (state, packet_id) = match self.state {
            EntryState::Queued => (QUEUED, 0),
            EntryState::Sent(packet_id) => (SENT, packet_id.number()),
            EntryState::Released(packet_id) => (RELEASED, packet_id.number()),
        };
        into.byte(state);
        into.u16(packet_id);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            message: MessageId::new(from.u64()?),
            // v5 [MQTT-3.1.2-23]: QoS 0 is never kept for a Client
            qos: QoS::from_number(from.byte()?).filter(|qos| *qos != QoS::AtMostOnce)?,
            retain: from.flag()?,
            identifiers: (0..from.u32()?).map(|_| SubscriptionIdentifier::new(from.u32()?)).collect::<Option<_>>()?,
            share: from.option(Reader::text)?,
            state: match (from.byte()?, from.u16()?) {
                (QUEUED, 0) => EntryState::Queued,
                (SENT, packet_id) => EntryState::Sent(PacketIdentifier::new(packet_id)?),
                (RELEASED, packet_id) => EntryState::Released(PacketIdentifier::new(packet_id)?),
                _ => return None,
            },
        })
    }
}

const QUEUED: u8 = 0;
const SENT: u8 = 1;
const RELEASED: u8 = 2;

fn timestamp(into: &mut Writer<'_>, at: Timestamp) {
    into.u64(at.as_millis());
}

fn read_timestamp(from: &mut Reader<'_>) -> Option<Timestamp> {
    from.u64().map(Timestamp::from_millis)
}

fn version(level: u8) -> Option<Version> {
    [Version::V3_1, Version::V3_1_1, Version::V5].into_iter().find(|version| version.level() == level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::records;
    use proptest::prelude::*;

    /// A truncated value, or one with an extra byte, is rejected.
    fn reads_back<R: Record + PartialEq + std::fmt::Debug>(record: &R) {
        let mut scratch = Vec::new();
        let bytes = encode(record, &mut scratch);
        assert_eq!(decode::<R>(bytes).as_ref(), Some(record));
        for len in 0..bytes.len() {
            assert_eq!(decode::<R>(&bytes[..len]), None);
        }
        assert_eq!(decode::<R>(&[bytes, &[0]].concat()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn written_values_read_back(
            session in records::session(),
            subscription in records::subscription(),
            message in records::message(),
            entry in records::entry(1..9),
        ) {
            reads_back(&session);
            reads_back(&subscription);
            reads_back(&*message);
            reads_back(&entry);
        }
    }
}
