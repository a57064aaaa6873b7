//! [`Queue`]: the QoS 1 and 2 messages on their way to one Client (section 4.3), in the order they are sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use mqttspec_codec::{PacketIdentifier, QoS, SubscriptionIdentifier};

use super::{
    ids::Place,
    message::{Message, StoredMessage},
    record::{Entry, EntryState},
    timestamp::Timestamp,
};

/// Everything not yet acknowledged. Entries are sent in the order of their places and leave when they are acknowledged,
/// so those that were sent precede those that were not. One order for all topics: v5 [MQTT-4.6.0-5] [MQTT-4.6.0-6],
/// v3.1.1 [MQTT-4.6.0-5] [MQTT-4.6.0-6].
#[derive(Debug)]
pub(super) struct Queue {
    entries: BTreeMap<Place, QueuedMessage>,
    in_use: BTreeMap<PacketIdentifier, Place>,
    bytes: usize,
    all_queued: QueuedBytes,
    next_place: Place,
    /// Entries from here on have not been sent on this connection.
    cursor: Place,
    last_packet_id: PacketIdentifier,
    /// Entries that were never sent, by the time at which they expire.
    expiring: BTreeSet<(Timestamp, Place)>,
}

/// An [`Entry`] together with its message.
#[derive(Debug, Clone)]
pub(super) struct QueuedMessage {
    pub(super) message: Message,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) identifiers: Vec<SubscriptionIdentifier>,
    pub(super) share: Option<Arc<str>>,
    pub(super) state: EntryState,
}

impl QueuedMessage {
    /// The entry to be stored; `None` if it does not survive a restart.
    pub(super) fn entry(&self) -> Option<Entry> {
        Some(Entry {
            message: self.message.id?,
            qos: self.qos,
            retain: self.retain,
            identifiers: self.identifiers.clone(),
            share: self.share.clone(),
            state: self.state,
        })
    }

    fn packet_id(&self) -> Option<PacketIdentifier> {
        match self.state {
            EntryState::Queued => None,
            EntryState::Sent(packet_id) | EntryState::Released(packet_id) => Some(packet_id),
        }
    }

    fn len(&self) -> usize {
        self.message.body.encoded_len()
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            in_use: BTreeMap::new(),
            bytes: 0,
            all_queued: QueuedBytes::default(),
            next_place: Place::new(1),
            cursor: Place::new(1),
            last_packet_id: PacketIdentifier::MIN,
            expiring: BTreeSet::new(),
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.all_queued.take(self.entries.len(), self.bytes);
    }
}

impl Queue {
    /// Counts this queue in `all_queued` from now on.
    pub(super) fn count_in(&mut self, all_queued: &QueuedBytes) {
        self.all_queued.take(self.entries.len(), self.bytes);
        self.all_queued = all_queued.clone();
        self.all_queued.add(self.entries.len(), self.bytes);
    }

    /// Appends a message.
    pub(super) fn push(&mut self, queued: QueuedMessage) -> Place {
        let place = self.next_place;
        self.insert(place, queued);
        place
    }

    /// Inserts a message at its place in the store.
    pub(super) fn insert(&mut self, place: Place, queued: QueuedMessage) {
        self.next_place = self.next_place.max(place.next());
        self.bytes = self.bytes.saturating_add(queued.len());
        self.all_queued.add(1, queued.len());
        if let Some(packet_id) = queued.packet_id() {
            self.in_use.insert(packet_id, place);
        }
        if let (Some(at), EntryState::Queued) = (queued.message.body.expires_at(), queued.state) {
            self.expiring.insert((at, place));
        }
        self.entries.insert(place, queued);
    }

    /// Removes a message.
    pub(super) fn remove(&mut self, place: Place) -> Option<QueuedMessage> {
        let queued = self.entries.remove(&place)?;
        self.bytes = self.bytes.saturating_sub(queued.len());
        self.all_queued.take(1, queued.len());
        if let Some(packet_id) = queued.packet_id() {
            self.in_use.remove(&packet_id);
        }
        if let Some(at) = queued.message.body.expires_at() {
            self.expiring.remove(&(at, place));
        }
        Some(queued)
    }

    /// Removes the first message.
    pub(super) fn pop(&mut self) -> Option<(Place, QueuedMessage)> {
        let place = *self.entries.first_key_value()?.0;
        Some((place, self.remove(place)?))
    }

    /// Starts over for a new connection: everything is to be sent, or sent again.
    pub(super) fn rewind(&mut self) {
        self.cursor = Place::new(0);
    }

    /// The next message that was not sent on this connection and for which no PUBREC has arrived.
    pub(super) fn next_to_send(&mut self) -> Option<Place> {
        let released = |queued: &QueuedMessage| matches!(queued.state, EntryState::Released(_));
        let (place, _) = self.entries.range(self.cursor..).find(|(_, queued)| !released(queued))?;
        self.cursor = *place;
        Some(*place)
    }

    pub(super) fn get(&self, place: Place) -> Option<&QueuedMessage> {
        self.entries.get(&place)
    }

    /// Records that the message was sent with this Packet Identifier.
    pub(super) fn sent(&mut self, place: Place, packet_id: PacketIdentifier) -> Option<&QueuedMessage> {
        self.cursor = place.next();
        let queued = self.entries.get_mut(&place)?;
        queued.state = EntryState::Sent(packet_id);
        if let Some(at) = queued.message.body.expires_at() {
            self.expiring.remove(&(at, place));
        }
        let other = self.in_use.insert(packet_id, place);
        debug_assert!(other.is_none_or(|other| other == place), "a Packet Identifier is in use twice");
        self.last_packet_id = packet_id;
        Some(queued)
    }

    /// Records that PUBREC has arrived; until then the message is unacknowledged: v5 [MQTT-4.3.3-3].
    pub(super) fn released(&mut self, place: Place, packet_id: PacketIdentifier) -> Option<&QueuedMessage> {
        let queued = self.entries.get_mut(&place)?;
        queued.state = EntryState::Released(packet_id);
        Some(queued)
    }

    /// The message that has this identifier.
    pub(super) fn find(&self, packet_id: PacketIdentifier) -> Option<(Place, &QueuedMessage)> {
        let place = self.in_use.get(&packet_id)?;
        self.entries.get(place).map(|queued| (*place, queued))
    }

    /// A Packet Identifier that no message of this Session has. They are used in turn, so that a late acknowledgement
    /// does not match a new message.
    pub(super) fn free_packet_id(&self) -> Option<PacketIdentifier> {
        // v5 [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1], v3.1.1 [MQTT-2.3.1-4]
        let last = self.last_packet_id.number();
        (1..=u16::MAX)
            .filter_map(|step| PacketIdentifier::new(last.wrapping_add(step)))
            .find(|packet_id| !self.in_use.contains_key(packet_id))
    }

    /// The entries in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, &QueuedMessage)> {
        self.entries.iter().map(|(place, queued)| (*place, queued))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut QueuedMessage> {
        self.entries.values_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of all queues that are counted together with this one.
    pub(super) fn bytes_of_all(&self) -> usize {
        self.all_queued.bytes()
    }

    /// Removes a message that expired before it was sent. Not once it was sent: v5 [MQTT-4.3.3-7] [MQTT-4.3.3-13].
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Option<(Place, QueuedMessage)> {
        // v5 [MQTT-3.3.2-5]
        let (_, place) = *self.expiring.first().filter(|(at, _)| *at <= now)?;
        Some((place, self.remove(place)?))
    }

    /// Removes `unwanted` messages that were never sent.
    pub(super) fn take_queued(&mut self, unwanted: impl Fn(&StoredMessage) -> bool) -> Vec<(Place, QueuedMessage)> {
        let places: Vec<Place> = self
            .entries
            .range(self.cursor..)
            .filter(|(_, queued)| queued.state == EntryState::Queued && unwanted(&queued.message.body))
            .map(|(place, _)| *place)
            .collect();
        places.into_iter().filter_map(|place| self.remove(place).map(|queued| (place, queued))).collect()
    }

    /// The messages whose PUBREC has arrived, in order.
    pub(super) fn all_released(&self) -> Vec<PacketIdentifier> {
        let state = |place: &Place| self.entries.get(place).map(|queued| queued.state);
        let mut released: Vec<_> =
            self.in_use.iter().filter(|(id, place)| state(place) == Some(EntryState::Released(**id))).collect();
        released.sort_by_key(|(_, place)| **place);
        released.into_iter().map(|(id, _)| *id).collect()
    }

    /// The place of the next message that is queued.
    pub(super) const fn next_place(&self) -> Place {
        self.next_place
    }
}

/// The messages of many queues, and their bytes. Each queue has a clone and keeps the sum up to date until it is dropped. Atomic only
/// because a broker may be moved from one thread to another.
#[derive(Debug, Clone, Default)]
pub(super) struct QueuedBytes(Arc<[AtomicUsize; 2]>);

impl QueuedBytes {
    pub(super) fn add(&self, messages: usize, bytes: usize) {
        let [all_messages, all_bytes] = &*self.0;
        all_messages.fetch_add(messages, Relaxed);
        all_bytes.fetch_add(bytes, Relaxed);
    }

    pub(super) fn take(&self, messages: usize, bytes: usize) {
        let [all_messages, all_bytes] = &*self.0;
        all_messages.fetch_sub(messages, Relaxed);
        all_bytes.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn messages(&self) -> usize {
        let [messages, _] = &*self.0;
        messages.load(Relaxed)
    }

    pub(super) fn bytes(&self) -> usize {
        let [_, bytes] = &*self.0;
        bytes.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use mqttspec_codec::{Delivery, Publish, TopicName};

    use super::*;

    #[test]
    fn packet_identifiers_rotate_and_skip_those_in_use() {
        let topic = TopicName::new("t").unwrap();
        let publish = Publish::new(topic, Delivery::AtMostOnce, b"");
        let message = StoredMessage::from_publish(&publish, "t".into(), "c".into(), Timestamp::ZERO).unwrap();
        let mut queue = Queue::default();
        let mut send = |finish: bool| {
            let place = queue.push(QueuedMessage {
                message: Message::new(message.clone()),
                qos: QoS::AtLeastOnce,
                retain: false,
                identifiers: Vec::new(),
                share: None,
                state: EntryState::Queued,
            });
            assert_eq!(queue.next_to_send(), Some(place));
            let packet_id = queue.free_packet_id().unwrap();
            queue.sent(place, packet_id);
            if finish {
                queue.remove(place);
            }
            packet_id.number()
        };
        assert_eq!([send(false), send(true), send(false)], [2, 3, 4]);
        assert!((5..=u16::MAX).all(|wanted| send(true) == wanted));
        assert_eq!([send(true), send(true), send(true)], [1, 3, 5]);
    }
}
