//! [`Queue`]: the QoS 1 and 2 messages on their way to one Client (section 4.3), in the order they are sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
};

use mqttspec_codec::{PacketIdentifier, QoS, SubscriptionIdentifier};

use super::{
    all_queued::AllQueued,
    ids::{Place, SessionId},
    message::{Message, StoredMessage},
    record::{Entry, EntryState},
    size,
    timestamp::Timestamp,
};

/// Everything not yet acknowledged. Entries are sent in the order of their places and leave when they are acknowledged,
/// so those that were sent precede those that were not. One order for all topics: v5 [MQTT-4.6.0-5] [MQTT-4.6.0-6],
/// v3.1.1 [MQTT-4.6.0-5] [MQTT-4.6.0-6].
#[derive(Debug)]
pub(super) struct Queue {
    entries: BTreeMap<Place, QueuedMessage>,
    in_use: BTreeMap<PacketIdentifier, Place>,
    owner: SessionId,
    /// What it costs if nobody shares its messages.
    bytes: usize,
    /// What it costs with its part of the messages that it shares.
    share: usize,
    all_queued: AllQueued,
    /// It is counted no longer.
    is_out: bool,
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

    /// What its place in the queue costs, and its message.
    fn costs(&self) -> (usize, usize) {
        (place_cost(self.identifiers.capacity()), size::message(&self.message.body))
    }

    fn leave(&self) -> usize {
        let (place, body) = self.costs();
        self.message.body.fee.leave(place, body)
    }
}

/// What a message costs in a queue of its own, with so many Subscription Identifiers.
pub(super) fn cost(message: &StoredMessage, identifiers: usize) -> usize {
    place_cost(identifiers).saturating_add(size::message(message))
}

/// What a place in a queue costs.
const fn place_cost(identifiers: usize) -> usize {
    // with the maps by Packet Identifier
    const FIXED: usize = size::entry(size_of::<(Place, QueuedMessage)>()) + size::entry(16) + size::entry(2);
    match identifiers {
        0 => FIXED,
        more => FIXED.saturating_add(size::block(more.saturating_mul(4))),
    }
}

/// What the first message of a queue costs besides: the maps of a queue have room for several.
const FIRST: usize = size::tree(1, size_of::<(Place, QueuedMessage)>()) + size::tree(1, 16) + size::tree(1, 2);

impl Default for Queue {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            in_use: BTreeMap::new(),
            owner: SessionId::new(0),
            bytes: 0,
            share: 0,
            all_queued: AllQueued::new(usize::MAX),
            is_out: false,
            next_place: Place::new(1),
            cursor: Place::new(1),
            last_packet_id: PacketIdentifier::MIN,
            expiring: BTreeSet::new(),
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.count_out();
    }
}

impl Queue {
    /// Counts this queue, which is empty, as that of a Session among all.
    pub(super) fn count_in(&mut self, all_queued: &AllQueued, owner: SessionId) {
        debug_assert!(self.entries.is_empty(), "messages were queued before they count");
        (self.all_queued, self.owner) = (all_queued.clone(), owner);
    }

    /// Counts this queue no longer: its Session has ended.
    pub(super) fn count_out(&mut self) {
        if mem::replace(&mut self.is_out, true) {
            return;
        }
        let costs = self.entries.values().map(QueuedMessage::leave);
        let less = costs.fold(FIRST.saturating_sub(self.first()), usize::saturating_add);
        self.all_queued.take(self.entries.len(), less);
        self.all_queued.rank(self.owner, self.share, 0);
    }

    /// What the first message costs besides, as long as there is none.
    pub(super) fn first(&self) -> usize {
        if self.entries.is_empty() { FIRST } else { 0 }
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
        let (before, first, (cost, body)) = (self.share, self.first(), queued.costs());
        let fee = &queued.message.body.fee;
        self.bytes = self.bytes.saturating_add(cost).saturating_add(body);
        self.share = self.share.saturating_add(cost).saturating_add(fee.part(body)).saturating_add(first);
        let more = fee.enter(cost, body);
        self.all_queued.add(1, more.saturating_add(first));
        self.all_queued.rank(self.owner, before, self.share);
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
        if !self.is_out {
            let (before, first, (cost, body)) = (self.share, self.first(), queued.costs());
            let fee = &queued.message.body.fee;
            self.bytes = self.bytes.saturating_sub(cost).saturating_sub(body);
            self.share = self.share.saturating_sub(cost).saturating_sub(fee.part(body)).saturating_sub(first);
            let less = fee.leave(cost, body);
            self.all_queued.take(1, less.saturating_add(first));
            self.all_queued.rank(self.owner, before, self.share);
        }
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

    /// How much all queues together may still take.
    pub(super) fn free_of_all(&self) -> usize {
        self.all_queued.account().free()
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
