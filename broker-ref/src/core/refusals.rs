//! [`Refusal`]: what the broker did not let a Client do, for logs. [`Refusals`] bounds how many there are.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use mqttspec_codec::ReasonCode;

use super::{event::Source, timestamp::Timestamp};

/// Something that a Client asked for and did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The other end, as in [`Peer::address`](super::Peer::address).
    pub peer: String,
    /// The User Name: of a CONNECT that was refused, the one that it claims.
    pub user_name: Option<Arc<str>>,
    /// The Client Identifier; of a CONNECT that was refused, the one that it asks for.
    pub client_id: Option<Arc<str>>,
    /// What was refused.
    pub what: Refused,
    /// Why. A Client before v5 may have been told less, or nothing.
    pub reason_code: ReasonCode,
    /// The same in words, where the Reason Code does not say enough.
    pub reason: Option<Arc<str>>,
}

/// What was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A CONNECT.
    Login,
    /// A message to this topic. At QoS 0, and before v5, the Client does not learn of it.
    Publish(Arc<str>),
    /// A subscription with this Topic Filter.
    Subscribe(Arc<str>),
}

/// The next thing to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// One refusal.
    Refusal(Refusal),
    /// So many more refusals in a row, of which nothing else is known.
    LeftOut(u64),
}

/// Refusals that were not logged yet: at most [`EACH`] from one source and [`ALL`] together in [`WINDOW`], and the number
/// of the others.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    waiting: VecDeque<Notice>,
    /// Since when the counts below run.
    since: Option<Timestamp>,
    by_source: BTreeMap<Source, u32>,
    all: u32,
    left_out: u64,
    pub(super) logins: u64,
    pub(super) publishes: u64,
    pub(super) subscribes: u64,
}

impl Refusals {
    /// Whether there is room for a refusal of a peer from there. If not, it is counted.
    pub(super) fn has_room(&mut self, now: Timestamp, source: Source) -> bool {
        self.turn(now);
        self.since.get_or_insert(now);
        let has_room = self.all < ALL && self.by_source.get(&source).is_none_or(|said| *said < EACH);
        if has_room {
            self.all = self.all.saturating_add(1);
            let said = self.by_source.entry(source).or_default();
            *said = said.saturating_add(1);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        has_room
    }

    pub(super) fn push(&mut self, refusal: Refusal) {
        // nobody may be there to take them
        if self.waiting.len() < KEPT {
            self.waiting.push_back(Notice::Refusal(refusal));
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Begins a new window if the last one has passed.
    pub(super) fn turn(&mut self, now: Timestamp) {
        if self.ends().is_some_and(|end| end <= now) {
            self.since = None;
            self.by_source.clear();
            self.all = 0;
            let left_out = std::mem::take(&mut self.left_out);
            if left_out > 0 {
                self.waiting.push_back(Notice::LeftOut(left_out));
            }
        }
    }

    /// When the window ends in which some were left out.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.ends().filter(|_| self.left_out > 0)
    }

    fn ends(&self) -> Option<Timestamp> {
        self.since.map(|since| since.after_millis(WINDOW))
    }

    pub(super) fn poll(&mut self) -> Option<Notice> {
        self.waiting.pop_front()
    }
}

/// In milliseconds.
const WINDOW: u64 = 10_000;
const EACH: u32 = 10;
const ALL: u32 = 100;
const KEPT: usize = 200;
