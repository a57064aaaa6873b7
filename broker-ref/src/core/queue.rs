//! [`Queue`]: the QoS 1 and 2 messages on their way to one Client (section 4.3), in the order they are sent.

use std::{
    collections::BTreeMap,
    ops::Bound,
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
/// so what was sent stands in front of what was not. One order for all topics: v5 [MQTT-4.6.0-5] [MQTT-4.6.0-6], v3.1.1
/// [MQTT-4.6.0-5] [MQTT-4.6.0-6].
#[derive(Debug)]
pub(super) struct Queue {
    entries: BTreeMap<Place, Waiting>,
    in_use: BTreeMap<PacketIdentifier, Place>,
    bytes: usize,
    tally: Tally,
    next_place: Place,
    /// Entries from here on were not sent on this connection.
    cursor: Place,
    last_packet_id: PacketIdentifier,
    /// No entry expires before.
    soonest_expiry: Option<Timestamp>,
}

/// An [`Entry`] with its message at hand.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) message: Message,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) identifiers: Vec<SubscriptionIdentifier>,
    pub(super) share: Option<Arc<str>>,
    pub(super) state: EntryState,
}

impl Waiting {
    /// As it is stored; `None` where it does not survive a restart.
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
            tally: Tally::default(),
            next_place: Place::new(1),
            cursor: Place::new(1),
            last_packet_id: PacketIdentifier::MIN,
            soonest_expiry: None,
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.tally.take(self.bytes);
    }
}

impl Queue {
    /// Counts this queue in `tally` from now on.
    pub(super) fn count_in(&mut self, tally: &Tally) {
        self.tally.take(self.bytes);
        self.tally = tally.clone();
        self.tally.add(self.bytes);
    }

    /// Appends a message.
    pub(super) fn push(&mut self, waiting: Waiting) -> Place {
        let place = self.next_place;
        self.insert(place, waiting);
        place
    }

    /// Puts a message where the store had it.
    pub(super) fn insert(&mut self, place: Place, waiting: Waiting) {
        self.next_place = self.next_place.max(place.next());
        self.bytes = self.bytes.saturating_add(waiting.len());
        self.tally.add(waiting.len());
        if let Some(packet_id) = waiting.packet_id() {
            self.in_use.insert(packet_id, place);
        }
        if let Some(at) = waiting.message.body.expires_at() {
            self.soonest_expiry = Some(self.soonest_expiry.map_or(at, |soonest| soonest.min(at)));
        }
        self.entries.insert(place, waiting);
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, place: Place) -> Option<Waiting> {
        let waiting = self.entries.remove(&place)?;
        self.bytes = self.bytes.saturating_sub(waiting.len());
        self.tally.take(waiting.len());
        if let Some(packet_id) = waiting.packet_id() {
            self.in_use.remove(&packet_id);
        }
        Some(waiting)
    }

    /// A new connection: everything is to be sent, or sent again.
    pub(super) fn rewind(&mut self) {
        self.cursor = Place::new(0);
    }

    /// The next message that was not sent on this connection, and whose PUBREC has not come.
    pub(super) fn next_to_send(&mut self) -> Option<Place> {
        let released = |waiting: &Waiting| matches!(waiting.state, EntryState::Released(_));
        let (place, _) = self.entries.range(self.cursor..).find(|(_, waiting)| !released(waiting))?;
        self.cursor = *place;
        Some(*place)
    }

    pub(super) fn get(&self, place: Place) -> Option<&Waiting> {
        self.entries.get(&place)
    }

    /// The message was sent under this identifier.
    pub(super) fn sent(&mut self, place: Place, packet_id: PacketIdentifier) -> Option<&Waiting> {
        self.cursor = place.next();
        let waiting = self.entries.get_mut(&place)?;
        waiting.state = EntryState::Sent(packet_id);
        let other = self.in_use.insert(packet_id, place);
        debug_assert!(other.is_none_or(|other| other == place), "a Packet Identifier is in use twice");
        self.last_packet_id = packet_id;
        Some(waiting)
    }

    /// PUBREC has come; until then the message is unacknowledged: v5 [MQTT-4.3.3-3].
    pub(super) fn released(&mut self, place: Place, packet_id: PacketIdentifier) -> Option<&Waiting> {
        let waiting = self.entries.get_mut(&place)?;
        waiting.state = EntryState::Released(packet_id);
        Some(waiting)
    }

    /// The message that has this identifier.
    pub(super) fn find(&self, packet_id: PacketIdentifier) -> Option<(Place, &Waiting)> {
        let place = self.in_use.get(&packet_id)?;
        self.entries.get(place).map(|waiting| (*place, waiting))
    }

    /// An identifier that no message of this Session has; they go round, so that a late acknowledgement meets none.
    pub(super) fn free_packet_id(&self) -> Option<PacketIdentifier> {
        // v5 [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1], v3.1.1 [MQTT-2.3.1-4]
        let last = self.last_packet_id.number();
        (1..=u16::MAX)
            .filter_map(|step| PacketIdentifier::new(last.wrapping_add(step)))
            .find(|packet_id| !self.in_use.contains_key(packet_id))
    }

    /// The entries in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, &Waiting)> {
        self.entries.iter().map(|(place, waiting)| (*place, waiting))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Waiting> {
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
        self.tally.bytes()
    }

    /// Takes out what has expired before it was sent. Costs nothing until something can have.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Vec<(Place, Waiting)> {
        if self.soonest_expiry.is_none_or(|soonest| now < soonest) {
            return Vec::new();
        }
        // v5 [MQTT-3.3.2-5]; not once it was sent: v5 [MQTT-4.3.3-7] [MQTT-4.3.3-13]
        let taken = self.take_queued(|message| message.is_expired(now));
        let waiting = self.entries.values().filter(|waiting| waiting.state == EntryState::Queued);
        self.soonest_expiry = waiting.filter_map(|waiting| waiting.message.body.expires_at()).min();
        taken
    }

    /// Takes out what was never sent and is `unwanted`.
    pub(super) fn take_queued(&mut self, unwanted: impl Fn(&StoredMessage) -> bool) -> Vec<(Place, Waiting)> {
        let places: Vec<Place> = self
            .entries
            .range((Bound::Included(self.cursor), Bound::Unbounded))
            .filter(|(_, waiting)| waiting.state == EntryState::Queued && unwanted(&waiting.message.body))
            .map(|(place, _)| *place)
            .collect();
        places.into_iter().filter_map(|place| self.remove(place).map(|waiting| (place, waiting))).collect()
    }
}

/// The bytes of many queues. Each has a clone and keeps it up by itself, to its end, so nobody can forget to. Atomic only
/// because a broker may be handed from one thread to another.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<AtomicUsize>);

impl Tally {
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Relaxed);
    }

    pub(super) fn take(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use mqttspec_codec::{Delivery, Publish, TopicName};

    use super::*;

    #[test]
    fn identifiers_go_round_and_pass_over_those_in_use() {
        let topic = TopicName::new("t").unwrap();
        let publish = Publish::new(topic, Delivery::AtMostOnce, b"");
        let message = StoredMessage::from_publish(&publish, "t".into(), "c".into(), Timestamp::ZERO).unwrap();
        let mut queue = Queue::default();
        let mut send = |finish: bool| {
            let place = queue.push(Waiting {
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
