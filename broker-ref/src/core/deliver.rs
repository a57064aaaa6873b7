//! From an addressed message to bytes: at once at QoS 0, through the Session's queue at QoS 1 and 2 (sections 4.3, 4.4
//! and v5 section 4.9).

use std::{mem, sync::Arc};

use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Properties, Property, Pubrel, QoS, ReasonCode, SubscriptionIdentifier,
    TopicAlias, Version,
};

use super::{
    addressed::Addressed,
    broker::{Broker, Pending},
    config::{Config, QueueFull},
    connection::Connection,
    event::{ConnectionId, Release},
    ids::{Place, SessionId},
    journal::Journal,
    link::Link,
    message::{Message, StoredMessage},
    outgoing::Alias,
    queue::{Queue, QueuedMessage},
    record::EntryState,
    session::Session,
    tasks::Task,
    timestamp::Timestamp,
};

impl Broker {
    /// Sends a message to one Session, or keeps it there.
    pub(super) fn deliver(&mut self, message: &mut Message, addressed: Addressed) {
        match addressed.qos {
            QoS::AtMostOnce => self.deliver_now(&message.body, &addressed),
            QoS::AtLeastOnce | QoS::ExactlyOnce => self.enqueue(message, addressed),
        }
    }

    /// Sends a QoS 0 message now or never (3.1.1§4.3.1-a, 5.0§4.3.1-a). It is not stored for a Client that is not connected
    /// (v3.1.1 section 3.1.2.4), and dropped for one that does not read.
    fn deliver_now(&mut self, message: &Arc<StoredMessage>, addressed: &Addressed) {
        self.effort.charge(1);
        let session = self.sessions.get(addressed.to);
        let Some(to) = session.and_then(|session| session.connection) else { return };
        self.effort.charge_bytes(SEND / 2, message.payload.len().saturating_add(message.properties.len()));
        let (backlog, now) = (self.config.backlog, self.now);
        let Addressed { retain, identifiers, .. } = addressed;
        self.connections.send_message(to, release_of_message(message), |connection| {
            connection.output.len() <= backlog
                && write(connection, message, Delivery::AtMostOnce, *retain, identifiers, now)
        });
    }

    fn enqueue(&mut self, message: &mut Message, addressed: Addressed) {
        // a Session may have ended since the message was on its way to it
        let Some(session) = self.sessions.get_mut(addressed.to) else { return };
        self.effort.charge(ENQUEUE);
        let len = message.body.encoded_len();
        let Config { queued_messages, queued_bytes, .. } = self.config;
        let is_full =
            |queue: &Queue| queue.len() >= queued_messages || queue.bytes().saturating_add(len) > queued_bytes;
        // what has expired goes a few at a time, unless it takes the room of this message
        for each in 0..MANY_EXPIRED {
            if each >= FEW_EXPIRED && !is_full(&session.queue) {
                break;
            }
            let Some((place, expired)) = session.queue.take_expired(self.now) else { break };
            self.effort.charge(EXPIRE);
            self.journal.drop_entry(session.id, place, &expired.message);
        }
        if is_full(&session.queue) {
            if self.config.queue_full == QueueFull::EndSession {
                self.effort.charge(END);
                self.pending.push_back(Pending::EndSession(session.id, ReasonCode::QuotaExceeded));
            }
            return;
        }
        // v5 section 4.1 lets stored state go under defined conditions; the fullest Session is at fault
        if session.queue.bytes_of_all().saturating_add(len) > self.config.total_queued_bytes {
            match self.config.queue_full {
                QueueFull::EndSession => {
                    self.effort.charge(END);
                    self.pending.push_back(Pending::MakeRoom);
                }
                QueueFull::DropNewest => return,
            }
        }
        let message = match session.durable {
            true => {
                self.journal.hold(message);
                message.clone()
            }
            false => message.unstored(),
        };
        let Addressed { to, qos, retain, identifiers, share } = addressed;
        let queued = QueuedMessage { message, qos, retain, identifiers, share, state: EntryState::Queued };
        let place = session.queue.push(queued);
        if let Some(queued) = session.queue.get(place) {
            self.journal.put_entry(session.id, place, queued.entry());
        }
        self.send_queued(to);
    }

    /// After a reconnect, and only then, sends unacknowledged messages again, in their original order, and then those
    /// that were never sent: v5 [MQTT-4.4.0-1] [MQTT-4.6.0-1], v3.1.1 [MQTT-4.4.0-1] [MQTT-4.6.0-1].
    pub(super) fn send_again(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else {
            debug_assert!(false, "what is queued belongs to a Session that has ended");
            return;
        };
        let Some(to) = session.connection else { return };
        session.queue.rewind();
        if let Some(link) = self.connections.link(to) {
            link.resumed_until = session.queue.next_place();
        }
        let release = release_of(session);
        // v5 [MQTT-4.3.3-6] [MQTT-3.3.4-10]: PUBREL and not PUBLISH, and whatever Receive Maximum says
        for packet_id in session.queue.all_released() {
            self.effort.charge(SEND);
            if let Some(link) = self.connections.link(to) {
                link.outstanding.insert(packet_id);
            }
            self.connections.send(to, &Packet::from(Pubrel::success(packet_id)), release);
        }
        self.send_queued(id);
    }

    /// Sends as many queued messages as the Client and our limits allow.
    pub(super) fn send_queued(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else {
            debug_assert!(false, "what is queued belongs to a Session that has ended");
            return;
        };
        let Some(to) = session.connection else { return };
        let (backlog, now) = (self.config.backlog, self.now);
        while let Some(place) = session.queue.next_to_send()
            && let Some(queued) = session.queue.get(place)
            && self.connections.live(to).is_some_and(|connection| has_room(connection, place, backlog))
        {
            if self.effort.is_spent() {
                if !mem::replace(&mut session.sends_later, true) {
                    self.tasks.add(Task::Send(id));
                }
                return;
            }
            self.effort.charge_bytes(SEND, queued.message.body.encoded_len());
            let (sent_before, delivery) = match (queued.state, session.queue.free_packet_id()) {
                // v5 [MQTT-3.3.1-1], v3.1.1 [MQTT-3.3.1-1]
                (EntryState::Sent(packet_id), _) => (true, delivery(queued.qos, packet_id, true)),
                // v5 [MQTT-4.3.2-2] [MQTT-4.3.3-2], v3.1.1 [MQTT-4.3.2-1] [MQTT-4.3.3-1]
                (_, Some(packet_id)) => (false, delivery(queued.qos, packet_id, false)),
                (_, None) => return,
            };
            // v5 [MQTT-3.3.2-5] [MQTT-4.3.3-7]
            let expired = !sent_before && queued.message.body.is_expired(now);
            // a message already sent is completed by the rules of its QoS, even if the permission was revoked since
            let forbidden = !sent_before && !session.grant.may_receive(&queued.message.body.topic);
            let release = release_of(session).max(release_of_message(&queued.message.body));
            let QueuedMessage { message, retain, identifiers, .. } = queued;
            let sent = !(expired || forbidden)
                && self.connections.send_message(to, release, |connection| {
                    let written = write(connection, &message.body, delivery, *retain, identifiers, now);
                    if let (Some(packet_id), Some(link), true) = (delivery.packet_id(), &mut connection.link, written) {
                        link.outstanding.insert(packet_id);
                    }
                    written
                });
            let (Some(packet_id), true) = (delivery.packet_id(), sent) else {
                // v5 [MQTT-3.1.2-25] section 3.1.2.11.4: too large for this Client, so it counts as sent and done
                remove(session, place, &mut self.journal);
                continue;
            };
            if let Some(queued) = session.queue.sent(place, packet_id)
                && !sent_before
            {
                self.journal.put_entry(id, place, queued.entry());
            }
        }
    }

    /// Output has left for which queued messages waited.
    pub(super) fn send_after_output(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id)
            && !mem::replace(&mut session.sends_later, true)
        {
            self.tasks.add(Task::Send(id));
        }
    }

    /// Goes on to send the queued messages of a Session, if it still exists.
    pub(super) fn send_later(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.sends_later = false;
            self.send_queued(id);
        }
    }

    /// The Client has acknowledged a message: v5 [MQTT-4.3.2-3], v3.1.1 [MQTT-4.3.2-1].
    pub(super) fn finish(&mut self, from: ConnectionId, packet_id: PacketIdentifier) {
        let Some((link, session, journal)) = self.parts(from) else { return };
        // v5 section 4.9
        link.outstanding.remove(&packet_id);
        let id = session.id;
        if let Some((place, _)) = session.queue.find(packet_id) {
            remove(session, place, journal);
        }
        self.send_queued(id);
    }

    /// What most packets need: the link of the connection, its Session, and the journal.
    pub(super) fn parts(&mut self, of: ConnectionId) -> Option<(&mut Link, &mut Session, &mut Journal)> {
        let link = self.connections.link(of)?;
        let session = self.sessions.get_mut(link.session);
        debug_assert!(session.is_some(), "a connection outlives its Session");
        Some((link, session?, &mut self.journal))
    }

    /// Sends an answer that the Client waits for. If it exceeds the Client's Maximum Packet Size, the connection is
    /// closed.
    pub(super) fn answer<'a>(&mut self, to: ConnectionId, packet: impl Into<Packet<'a>>, release: Release) {
        if !self.connections.send(to, &packet.into(), release) {
            self.pending.push_back(Pending::HangUp(to));
        }
    }

    /// The same with a Reason String, if the Client wants it and it fits. v5 [MQTT-3.1.2-29] [MQTT-3.4.2-2]
    /// [MQTT-3.5.2-2] [MQTT-3.9.2-1].
    pub(super) fn answer_because<'a>(
        &mut self,
        to: ConnectionId,
        packet: impl Fn(Properties<'a>) -> Packet<'a>,
        reason: &'a [Property<'a>],
        release: Release,
    ) {
        let wanted = self.connections.link(to).is_some_and(|link| link.problem_information && !reason.is_empty());
        let explained = wanted && self.connections.send(to, &packet(Properties::from(reason)), release);
        if !explained {
            self.answer(to, packet(Properties::EMPTY), release);
        }
    }
}

/// Output that depends on the state of a durable Session waits until that state is on disk.
pub(super) fn release_of(session: &Session) -> Release {
    if session.durable { Release::AfterPersist } else { Release::Now }
}

/// v5 [MQTT-4.3.3-10], v3.1.1 [MQTT-4.3.3-2]: a message published at QoS 2 is delivered, at any QoS, only
/// after its arrival is on disk. Otherwise a broker that crashed would take the repeated PUBLISH for a new message.
fn release_of_message(message: &StoredMessage) -> Release {
    if message.qos == QoS::ExactlyOnce { Release::AfterPersist } else { Release::Now }
}

/// Whether one more QoS 1 or 2 message may go: v5 [MQTT-3.3.4-9] [MQTT-4.9.0-2]; no other packet waits for it: v5
/// [MQTT-4.9.0-3]. One message may always be in flight, whatever the backlog, because its acknowledgement is what makes
/// the queue continue. What waited for the Client to come back goes in smaller portions: it may leave again without
/// having read anything.
fn has_room(connection: &mut Connection, place: Place, backlog: usize) -> bool {
    let Connection { output, link: Some(link), .. } = connection else { return false };
    let backlog = if place < link.resumed_until { backlog.min(PORTION) } else { backlog };
    let unfinished = link.outstanding.len();
    let fits = unfinished == 0 || output.len() <= backlog;
    link.waits_for_output |= !fits;
    unfinished < link.send_maximum && fits
}

const fn delivery(qos: QoS, packet_id: PacketIdentifier, dup: bool) -> Delivery {
    match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
    }
}

fn remove(session: &mut Session, place: Place, journal: &mut Journal) {
    if let Some(queued) = session.queue.remove(place) {
        journal.drop_entry(session.id, place, &queued.message);
    }
}

/// Appends a PUBLISH to the connection's output; false if the Client cannot take one of that size.
fn write(
    connection: &mut Connection,
    message: &StoredMessage,
    delivery: Delivery,
    retain: bool,
    identifiers: &[SubscriptionIdentifier],
    now: Timestamp,
) -> bool {
    let Connection { output, link: Some(link), .. } = connection else {
        debug_assert!(false, "a message is sent on a connection without CONNACK");
        return false;
    };
    let maximum = link.maximum_packet_size as usize;
    let mut outgoing = message.outgoing(link.version, delivery, retain);
    outgoing.expiry = message.expires_at.map(|at| at.seconds_left(now));
    // v5 section 4.1: subscription identifiers may be left from a v5 connection of the same Session
    if link.version == Version::V5 {
        outgoing.identifiers = identifiers;
    }
    // a Client that gets a message again may have lost the alias with the connection
    if link.outgoing_alias_maximum > 0 && !delivery.dup() {
        outgoing.alias = next_alias(link, &message.topic);
        if outgoing.append(maximum, output) {
            if let Alias::New(alias) = outgoing.alias {
                link.outgoing_aliases.insert(Arc::clone(&message.topic), alias);
            }
            return true;
        }
        // an alias can make a packet longer
        outgoing.alias = Alias::None;
    }
    outgoing.append(maximum, output)
}

/// The alias of the topic; the first topics of a connection get one each, until the Client's maximum is reached.
fn next_alias(link: &Link, topic: &str) -> Alias {
    if let Some(alias) = link.outgoing_aliases.get(topic) {
        return Alias::Known(*alias);
    }
    // v5 [MQTT-3.3.2-8] [MQTT-3.3.2-11]
    let next = u16::try_from(link.outgoing_aliases.len().saturating_add(1)).ok();
    match next.filter(|next| *next <= link.outgoing_alias_maximum).and_then(TopicAlias::new) {
        Some(alias) => Alias::New(alias),
        None => Alias::None,
    }
}

/// Expired messages that make way for a new one: if there is room, and if not.
const FEW_EXPIRED: usize = 4;
const MANY_EXPIRED: usize = 16_384;
/// Bytes of output that are made at once of what waited for a Client to come back.
const PORTION: usize = 64 * 1024;
/// In units of effort: to make a packet, to queue a message, to drop one that has expired, to end a Session.
const SEND: usize = 20;
const ENQUEUE: usize = 14;
const EXPIRE: usize = 5;
const END: usize = 60;
