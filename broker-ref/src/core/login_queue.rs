//! [`LoginQueue`]: whose password is checked next, and which need no check.
//!
//! A check takes tens of milliseconds on purpose, so wrong passwords are a cheap way to keep others out. Against this:
//! - **Turns.** Addresses take turns, and so do the User Names at each address. Those with failures back off: three turns
//!   in four are for addresses without any, and more failures make the turns of an address or a name rarer, by one half, a
//!   quarter and so on, but never nothing.
//! - **Room.** When the queue is full, who failed most loses the newest, and among equals who has most in it: the address
//!   first, then the name.
//! - **A gate.** The same name with the same password gets the same answer without another check. What is remembered is
//!   a keyed hash, and only until the users change.
//!
//! None of this depends on whether a name is a user's, so it reveals nothing about that.

use std::collections::{BTreeMap, VecDeque};

use super::{
    event::{ConnectionId, Source},
    mac::mac,
    timestamp::Timestamp,
};

/// A name at an address, or a name with a password: 128 bits of a keyed hash.
type Hash = [u8; 16];

/// What happens with a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// The result of the same login before.
    Known(bool),
    /// It waits for its check; the other connection, if any, has to make room.
    Waits(Option<ConnectionId>),
    /// There is no room.
    Full,
}

/// Logins between CONNECT and the result of their check.
#[derive(Debug)]
pub(super) struct LoginQueue {
    /// Of the hashes.
    key: [u8; 32],
    /// In the order of arrival.
    waiting: Vec<Login>,
    running: Vec<Login>,
    /// Turns so far.
    served: u64,
    sources: Shares<Source>,
    names: Shares<Hash>,
    results: BTreeMap<Hash, bool>,
    /// The keys of `results`, oldest first.
    remembered: VecDeque<Hash>,
}

#[derive(Debug, Clone, Copy)]
struct Login {
    id: ConnectionId,
    source: Source,
    name: Hash,
    /// `None` once the users have changed.
    secret: Option<Hash>,
}

impl LoginQueue {
    /// `key` is secret.
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            waiting: Vec::new(),
            running: Vec::new(),
            served: 0,
            sources: Shares::default(),
            names: Shares::default(),
            results: BTreeMap::new(),
            remembered: VecDeque::new(),
        }
    }

    /// A login arrives. At most `limit` wait; `is_live` says whether a connection still does.
    pub(super) fn enter(
        &mut self,
        now: Timestamp,
        (id, source): (ConnectionId, Source),
        (name, password): (&str, &[u8]),
        limit: usize,
        is_live: impl Fn(ConnectionId) -> bool,
    ) -> Entry {
        let secret = self.hash(name.as_bytes(), password);
        if let Some(passed) = self.results.get(&secret) {
            return Entry::Known(*passed);
        }
        let name = self.hash(format!("{source:?}").as_bytes(), name.as_bytes());
        self.waiting.push(Login { id, source, name, secret: Some(secret) });
        self.sources.arrive(source, now);
        self.names.arrive(name, now);
        if self.waiting.len() <= limit {
            return Entry::Waits(None);
        }
        let loses = self.waiting.iter().position(|login| !is_live(login.id)).or_else(|| self.loser(now));
        match loses.map(|at| self.leave(at)) {
            Some(loser) if loser.id == id => Entry::Full,
            Some(loser) => Entry::Waits(is_live(loser.id).then_some(loser.id)),
            None => Entry::Full,
        }
    }

    /// Whose check is next.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<ConnectionId> {
        self.served = self.served.wrapping_add(1);
        let clean_first = !self.served.is_multiple_of(OTHERS_EACH);
        let turn = |login: &Login| {
            let has_failed = self.sources.weight(login.source, now).0 > 0;
            (has_failed == clean_first, self.sources.turn(login.source), self.names.turn(login.name))
        };
        let (at, _) = self.waiting.iter().enumerate().min_by_key(|(at, login)| (turn(login), *at))?;
        let login = self.leave(at);
        self.sources.serve(login.source, now);
        self.names.serve(login.name, now);
        self.running.push(login);
        Some(login.id)
    }

    /// The result of a check. Does nothing if none was running.
    pub(super) fn finish(&mut self, now: Timestamp, id: ConnectionId, passed: bool) {
        let Some(at) = self.running.iter().position(|login| login.id == id) else { return };
        let Login { source, name, secret, .. } = self.running.swap_remove(at);
        if passed {
            self.names.forgive(name);
        } else {
            self.sources.blame(source, now);
            self.names.blame(name, now);
        }
        let Some(secret) = secret else { return };
        if self.results.insert(secret, passed).is_none() {
            self.remembered.push_back(secret);
        }
        if self.remembered.len() > REMEMBERED
            && let Some(oldest) = self.remembered.pop_front()
        {
            self.results.remove(&oldest);
        }
    }

    /// The login is gone whose turn it was.
    pub(super) fn abandon(&mut self, id: ConnectionId) {
        self.running.retain(|login| login.id != id);
    }

    /// The users have changed: what was true of a password may be no longer.
    pub(super) fn forget(&mut self) {
        self.results.clear();
        self.remembered.clear();
        self.waiting.iter_mut().chain(&mut self.running).for_each(|login| login.secret = None);
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Who makes room: the newest login of the name that failed most, at the address that did.
    fn loser(&self, now: Timestamp) -> Option<usize> {
        let weight = |login: &Login| (self.sources.weight(login.source, now), self.names.weight(login.name, now));
        self.waiting.iter().enumerate().max_by_key(|(at, login)| (weight(login), *at)).map(|(at, _)| at)
    }

    fn leave(&mut self, at: usize) -> Login {
        let login = self.waiting.remove(at);
        self.sources.leave(login.source);
        self.names.leave(login.name);
        login
    }

    fn hash(&self, first: &[u8], second: &[u8]) -> Hash {
        let len = u64::try_from(first.len()).unwrap_or(u64::MAX).to_be_bytes();
        let whole = mac(&self.key, &[&len[..], first, second].concat());
        whole.first_chunk().copied().unwrap_or_default()
    }
}

/// Fair turns by weight: start-time fair queueing.
#[derive(Debug)]
struct Shares<K> {
    by_key: BTreeMap<K, Share>,
    /// The turn that was served last.
    clock: u64,
}

#[derive(Debug, Clone, Copy)]
struct Share {
    waiting: usize,
    /// When it is its turn: the lowest number is next.
    turn: u64,
    /// Failures, less one for each [`FORGIVE`] since.
    failures: u64,
    seen: Timestamp,
}

impl<K> Default for Shares<K> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), clock: 0 }
    }
}

impl<K: Ord + Copy> Shares<K> {
    fn arrive(&mut self, key: K, now: Timestamp) {
        if self.by_key.len() >= SHARES && !self.by_key.contains_key(&key) {
            let idle = self.by_key.iter().filter(|(_, share)| share.waiting == 0);
            let oldest = idle.min_by_key(|(_, share)| (share.failures, share.seen)).map(|(key, _)| *key);
            oldest.map(|key| self.by_key.remove(&key));
        }
        let clock = self.clock;
        let share = self.by_key.entry(key).or_insert(Share { waiting: 0, turn: clock, failures: 0, seen: now });
        // who did not wait saved up no turns
        if share.waiting == 0 {
            share.turn = share.turn.max(clock);
        }
        share.waiting = share.waiting.saturating_add(1);
    }

    fn leave(&mut self, key: K) {
        if let Some(share) = self.by_key.get_mut(&key) {
            share.waiting = share.waiting.saturating_sub(1);
        }
    }

    fn turn(&self, key: K) -> u64 {
        self.by_key.get(&key).map_or(0, |share| share.turn)
    }

    fn serve(&mut self, key: K, now: Timestamp) {
        let Some(share) = self.by_key.get_mut(&key) else { return };
        self.clock = self.clock.max(share.turn);
        share.turn = share.turn.saturating_add(1 << share.level(now));
    }

    /// How often it failed, and how many it has waiting.
    fn weight(&self, key: K, now: Timestamp) -> (u64, usize) {
        self.by_key.get(&key).map_or((0, 0), |share| (share.failures_at(now), share.waiting))
    }

    fn blame(&mut self, key: K, now: Timestamp) {
        if let Some(share) = self.by_key.get_mut(&key) {
            share.failures = share.failures_at(now).saturating_add(1);
            share.seen = now;
        }
    }

    fn forgive(&mut self, key: K) {
        if let Some(share) = self.by_key.get_mut(&key) {
            share.failures = 0;
        }
    }
}

impl Share {
    fn failures_at(&self, now: Timestamp) -> u64 {
        let passed = now.as_millis().saturating_sub(self.seen.as_millis());
        self.failures.saturating_sub(passed.checked_div(FORGIVE).unwrap_or(0))
    }

    /// By how many halves its share is smaller: none below 4 failures, then one for each doubling.
    fn level(&self, now: Timestamp) -> u32 {
        self.failures_at(now).checked_ilog2().map_or(0, |level| level.saturating_sub(1)).min(LEVELS)
    }
}

/// Results of logins.
const REMEMBERED: usize = 10_000;
/// Addresses, and names, whose turns and failures are known. More than wait at the default limits.
const SHARES: usize = 4096;
/// One turn in so many is for addresses with failures.
const OTHERS_EACH: u64 = 4;
/// In milliseconds.
const FORGIVE: u64 = 60_000;
const LEVELS: u32 = 6;
