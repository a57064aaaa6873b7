//! [`Journal`]: the deltas that wait for the shell, and the number of references to each stored message.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{
    delta::Delta,
    ids::{MessageId, Place, SessionId},
    message::{Message, StoredMessage},
    record::Entry,
    stored::Stored,
};

#[derive(Debug)]
pub(super) struct Journal {
    deltas: VecDeque<Delta>,
    messages: BTreeMap<MessageId, Shared>,
    next_message: MessageId,
}

#[derive(Debug)]
struct Shared {
    body: Arc<StoredMessage>,
    references: usize,
}

impl Journal {
    /// A journal of what is stored, without references: [`Journal::hold`] counts them.
    pub(super) fn new(stored: &Stored) -> Self {
        let shared = |(id, body): (&MessageId, &Arc<_>)| (*id, Shared { body: Arc::clone(body), references: 0 });
        Self {
            deltas: VecDeque::new(),
            messages: stored.messages.iter().map(shared).collect(),
            next_message: stored.messages.last_key_value().map_or(MessageId::new(1), |(id, _)| id.next()),
        }
    }

    pub(super) fn record(&mut self, delta: Delta) {
        self.deltas.push_back(delta);
    }

    pub(super) fn poll(&mut self) -> Option<Delta> {
        self.deltas.pop_front()
    }

    /// Adds a reference to a message; the first one stores the message.
    pub(super) fn hold(&mut self, message: &mut Message) -> MessageId {
        let id = *message.id.get_or_insert_with(|| {
            let id = self.next_message;
            self.next_message = id.next();
            id
        });
        let shared = self.messages.entry(id).or_insert_with(|| {
            self.deltas.push_back(Delta::PutMessage(id, Arc::clone(&message.body)));
            Shared { body: Arc::clone(&message.body), references: 0 }
        });
        shared.references = shared.references.saturating_add(1);
        id
    }

    /// Removes a reference to a message; the last one removes the message from the store. Does nothing for a message
    /// that was never stored.
    pub(super) fn release(&mut self, message: &Message) {
        let Some(id) = message.id else { return };
        let Some(shared) = self.messages.get_mut(&id) else {
            debug_assert!(false, "a message was released more often than it was held");
            return;
        };
        shared.references = shared.references.saturating_sub(1);
        if shared.references == 0 {
            self.messages.remove(&id);
            self.record(Delta::DropMessage(id));
        }
    }

    /// Removes unreferenced messages from the store.
    pub(super) fn drop_orphans(&mut self) {
        let Self { deltas, messages, .. } = self;
        messages.retain(|id, shared| {
            if shared.references == 0 {
                deltas.push_back(Delta::DropMessage(*id));
            }
            shared.references > 0
        });
    }

    /// Records an entry, if it survives a restart.
    pub(super) fn put_entry(&mut self, session: SessionId, place: Place, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.record(Delta::PutEntry(session, place, entry));
        }
    }

    /// Records that an entry is gone.
    pub(super) fn drop_entry(&mut self, session: SessionId, place: Place, message: &Message) {
        if message.id.is_some() {
            self.record(Delta::DropEntry(session, place));
            self.release(message);
        }
    }

    /// All stored messages.
    pub(super) fn messages(&self) -> impl Iterator<Item = (MessageId, Arc<StoredMessage>)> {
        self.messages.iter().map(|(id, shared)| (*id, Arc::clone(&shared.body)))
    }
}
