//! Any values.

use std::{ops::Range, sync::Arc};

use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Publish, QoS, SubscriptionIdentifier, SubscriptionOptions, TopicName, Version,
    encode_to_vec,
};
use proptest::{collection::vec, option, prelude::*};

use crate::core::{
    Entry, EntryState, MessageId, SessionRecord, StoredMessage, SubscriptionRecord, Timestamp, WillRecord,
};

pub(crate) fn message() -> impl Strategy<Value = Arc<StoredMessage>> {
    ("[a-z/é]{1,20}", 0..3u8, any::<bool>(), vec(any::<u8>(), 0..2000), text(), option::of(timestamp())).prop_map(
        |(topic, qos, retain, payload, publisher, expires_at)| {
            let delivery = Delivery::first(QoS::from_number(qos).unwrap(), PacketIdentifier::MIN);
            let publish = Publish { retain, ..Publish::new(TopicName::new(&topic).unwrap(), delivery, &payload) };
            let mut bytes = Vec::new();
            encode_to_vec(&Packet::from(publish), Version::V5, &mut bytes).unwrap();
            Arc::new(StoredMessage::new(&publisher, expires_at, &bytes).unwrap())
        },
    )
}

pub(crate) fn session() -> impl Strategy<Value = SessionRecord> {
    let will = (message(), any::<u32>(), option::of(any::<u32>()), option::of(timestamp()));
    let will = will.prop_map(|(message, delay, message_expiry_interval, due_at)| WillRecord {
        message,
        delay,
        message_expiry_interval,
        due_at,
    });
    (text(), version(), option::of(text()), any::<u32>(), option::of(timestamp()), option::of(will)).prop_map(
        |(client_id, version, user_name, expiry_interval, disconnected_at, will)| SessionRecord {
            client_id,
            version,
            user_name,
            expiry_interval,
            disconnected_at,
            will,
        },
    )
}

pub(crate) fn subscription() -> impl Strategy<Value = SubscriptionRecord> {
    let options = any::<u8>().prop_filter_map("legal", |byte| SubscriptionOptions::from_byte(byte).ok());
    (options, option::of(identifier())).prop_map(|(options, identifier)| SubscriptionRecord { options, identifier })
}

pub(crate) fn entry(messages: Range<u64>) -> impl Strategy<Value = Entry> {
    let share = option::of(text());
    (messages, 1..3u8, any::<bool>(), vec(identifier(), 0..4), share, state()).prop_map(
        |(message, qos, retain, identifiers, share, state)| Entry {
            message: MessageId::new(message),
            qos: QoS::from_number(qos).unwrap(),
            retain,
            identifiers,
            share,
            state,
        },
    )
}

pub(crate) fn state() -> impl Strategy<Value = EntryState> {
    prop_oneof![
        Just(EntryState::Queued),
        packet_id().prop_map(EntryState::Sent),
        packet_id().prop_map(EntryState::Released),
    ]
}

pub(crate) fn packet_id() -> impl Strategy<Value = PacketIdentifier> {
    any::<u16>().prop_filter_map("not zero", PacketIdentifier::new)
}

fn identifier() -> impl Strategy<Value = SubscriptionIdentifier> {
    (1..=268_435_455u32).prop_filter_map("in range", SubscriptionIdentifier::new)
}

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V3_1), Just(Version::V3_1_1), Just(Version::V5)]
}

fn text() -> impl Strategy<Value = Arc<str>> {
    "[a-z é€]{0,20}".prop_map(Arc::from)
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp::from_millis)
}
