//! [`Room`]: numbered messages in memory.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

/// All rooms by name. A room comes into being when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Rooms(Mutex<HashMap<String, Arc<Room>>>);

impl Rooms {
    pub(super) fn room(&self, name: String) -> Arc<Room> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(name).or_default())
    }
}

/// The last messages of a room. They are numbered from 1.
#[derive(Debug)]
pub(super) struct Room {
    messages: Mutex<VecDeque<Arc<str>>>,
    /// The number of the last message; 0 before the first.
    last: watch::Sender<u64>,
}

impl Default for Room {
    fn default() -> Self {
        Self { messages: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl Room {
    /// Adds a message, which is JSON, and wakes all who wait. Returns its number.
    pub(super) fn add(&self, json: String) -> u64 {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == HISTORY {
            messages.pop_front();
        }
        messages.push_back(json.into());
        self.last.send_modify(|last| *last += 1);
        self.last()
    }

    /// The number of the last message, and the messages after `number` as far as they are remembered.
    pub(super) fn after(&self, number: u64) -> (u64, Vec<Arc<str>>) {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.last();
        let new = usize::try_from(last.saturating_sub(number)).unwrap_or(HISTORY).min(messages.len());
        (last, messages.iter().skip(messages.len() - new).cloned().collect())
    }

    /// The number of the last message; 0 before the first.
    pub(super) fn last(&self) -> u64 {
        *self.last.borrow()
    }

    /// Follows the number of the last message.
    pub(super) fn follow(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }
}

/// Messages that a room remembers.
const HISTORY: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_number_come_the_messages_above_it() {
        let room = Room::default();
        assert_eq!(room.after(0), (0, vec![]));
        for text in ["a", "b", "c"] {
            room.add(text.to_owned());
        }
        assert_eq!(room.after(1), (3, vec!["b".into(), "c".into()]));
        assert_eq!(room.after(3), (3, vec![]));
        assert_eq!(room.after(9), (3, vec![]));
    }

    #[test]
    fn old_messages_are_forgotten() {
        let room = Room::default();
        for number in 1..=HISTORY + 2 {
            room.add(number.to_string());
        }
        let (last, kept) = room.after(0);
        assert_eq!((last, kept.len(), &*kept[0]), (HISTORY as u64 + 2, HISTORY, "3"));
    }
}
