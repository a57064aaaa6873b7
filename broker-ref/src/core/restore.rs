//! From [`Stored`] to a broker and back: [`Broker::restore`] and [`Broker::snapshot`] undo each other.

use std::sync::Arc;

use mqttspec_codec::TopicFilter;

use super::{
    broker::Broker, fanout::Then, message::Message, queue::QueuedMessage, session::Session, stored::Stored,
    subscriber::Subscriber, timers::TimerKey, timestamp::Timestamp,
};

impl Broker {
    pub(super) fn restore(&mut self, stored: &Stored) {
        for (id, record) in &stored.sessions {
            let grant = self.config.access.grant(record.user_name.as_deref(), &record.client_id);
            let session = Session::from_record(*id, record, grant);
            if let Some(at) = session.due_at() {
                self.timers.arm(TimerKey::Session(*id), at);
            }
            if session.disconnected_at.is_none() {
                self.timers.arm(TimerKey::Start, Timestamp::ZERO);
            }
            self.sessions.insert(session);
        }
        for ((id, filter), record) in &stored.subscriptions {
            if let (Some(session), Ok(parsed)) = (self.sessions.get_mut(*id), TopicFilter::new(filter)) {
                session.filter_bytes = session.filter_bytes.saturating_add(filter.len());
                session.subscriptions.insert(Arc::clone(filter), *record);
                // a subscription that is no longer allowed is kept, and matches nothing
                if session.grant.may_subscribe(parsed) {
                    self.tree.insert(*id, parsed, Subscriber { record: *record, since: 0 }, false);
                }
            }
        }
        let message = |id| Some(Message { body: Arc::clone(stored.messages.get(id)?), id: Some(*id) });
        for ((id, place), entry) in &stored.queue {
            if let (Some(session), Some(mut message)) = (self.sessions.get_mut(*id), message(&entry.message)) {
                self.journal.hold(&mut message);
                let queued = QueuedMessage {
                    message,
                    qos: entry.qos,
                    retain: entry.retain,
                    identifiers: entry.identifiers.clone(),
                    share: entry.share.clone(),
                    state: entry.state,
                };
                session.queue.insert(*place, queued);
            }
        }
        for (id, packet_id) in &stored.received {
            if let Some(session) = self.sessions.get_mut(*id) {
                session.received.insert(*packet_id);
            }
        }
        for (topic, id) in &stored.retained {
            if let Some(mut message) = message(id) {
                self.journal.hold(&mut message);
                if let Some(at) = message.body.expires_at() {
                    self.timers.arm(TimerKey::Retained(Arc::clone(topic)), at);
                }
                self.retained.insert(Arc::clone(topic), message);
            }
        }
        self.journal.drop_orphans();
    }

    pub(super) fn snapshot(&self) -> Stored {
        let mut stored = Stored { messages: self.journal.messages().collect(), ..Stored::default() };
        for fanout in self.fanouts.iter() {
            if let Then::Forget { row: Some((id, record)), .. } = &fanout.then {
                stored.sessions.insert(*id, (**record).clone());
            }
        }
        let ending = self.tasks.ending.values().map(|ending| &ending.session);
        for session in self.sessions.iter().chain(ending).filter(|session| session.recorded) {
            stored.sessions.insert(session.id, session.record());
            if !session.durable {
                continue;
            }
            let subscriptions = session.subscriptions.iter();
            stored
                .subscriptions
                .extend(subscriptions.map(|(filter, record)| ((session.id, Arc::clone(filter)), *record)));
            let entries = session.queue.iter();
            stored.queue.extend(entries.filter_map(|(place, queued)| Some(((session.id, place), queued.entry()?))));
            stored.received.extend(session.received.iter().map(|packet_id| (session.id, *packet_id)));
        }
        let retained = self.retained.iter();
        stored.retained = retained.filter_map(|(topic, message)| Some((Arc::clone(topic), message.id?))).collect();
        stored
    }
}
