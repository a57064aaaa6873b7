//! [`Account`]: how much there is of one kind, and at most. [`Ranking`]: the same, with who holds most. [`Fee`]: who pays for
//! a message that many queues share.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// What the broker keeps of one kind, in bytes as they are allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The setting that limits it.
    pub setting: &'static str,
    /// How much there is now.
    pub used: usize,
    /// How much there may be.
    pub limit: usize,
}

impl Account {
    /// How much more there may be.
    #[must_use]
    pub const fn free(&self) -> usize {
        self.limit.saturating_sub(self.used)
    }
}

/// The bytes of all who hold something of one kind, and an order by which the one with the most is found.
#[derive(Debug)]
pub(super) struct Ranking<Id> {
    used: usize,
    limit: usize,
    /// Holdings are compared in units of so many bits, so that small changes cost nothing. Who holds less than one is not
    /// in the order.
    unit_bits: u32,
    by_holding: BTreeSet<(usize, Id)>,
}

impl<Id: Copy + Ord> Ranking<Id> {
    pub(super) fn new(limit: usize) -> Self {
        Self { used: 0, limit, unit_bits: unit_bits(limit), by_holding: BTreeSet::new() }
    }

    pub(super) const fn free(&self) -> usize {
        self.limit.saturating_sub(self.used)
    }

    pub(super) const fn is_over(&self) -> bool {
        self.used > self.limit
    }

    /// A holder has `after` bytes in place of `before`.
    pub(super) fn change(&mut self, id: Id, before: usize, after: usize) {
        self.used = self.used.saturating_sub(before).saturating_add(after);
        self.rank(id, before, after);
    }

    /// The same, for one who is charged other bytes than are counted.
    pub(super) fn rank(&mut self, id: Id, before: usize, after: usize) {
        let (before, after) = (before >> self.unit_bits, after >> self.unit_bits);
        if before == after {
            return;
        }
        self.by_holding.remove(&(before, id));
        if after > 0 {
            self.by_holding.insert((after, id));
        }
    }

    /// Who holds most, and at least how much.
    pub(super) fn most(&self) -> Option<(Id, usize)> {
        self.by_holding.last().map(|(units, id)| (*id, units << self.unit_bits))
    }

    /// Who holds most, if it is more than a fair share among so many holders.
    pub(super) fn greediest(&self, holders: usize) -> Option<Id> {
        let share = self.limit.checked_div(holders).unwrap_or(0);
        self.most().filter(|(_, holding)| holding.saturating_add(1 << self.unit_bits) > share).map(|(id, _)| id)
    }

    pub(super) const fn account(&self, setting: &'static str) -> Account {
        Account { setting, used: self.used, limit: self.limit }
    }
}

/// The bits of the unit in which holdings of something are compared.
pub(super) fn unit_bits(limit: usize) -> u32 {
    (limit / UNITS).max(1).ilog2()
}

/// More than the Sessions or connections that there usually are, so that who holds a fair share is in the order.
const UNITS: usize = 16 * 1024;

/// What the messages of one publisher cost that wait in queues, whoever's these are: in bytes.
pub(super) type Purse = Arc<AtomicUsize>;

/// Who pays for a message as long as it is in any queue. It costs once, however many queues it is in.
#[derive(Debug, Default)]
pub(super) struct Fee {
    purse: OnceLock<Purse>,
    /// The queues that it is in.
    queues: AtomicUsize,
    /// How many it was published for; 0 is not known.
    receivers: AtomicUsize,
}

impl Fee {
    pub(super) fn charge_to(&self, purse: &Purse) {
        let _ = self.purse.set(Arc::clone(purse));
    }

    /// How many Clients the message is for. Fixed as long as it is in a queue.
    pub(super) fn share_among(&self, receivers: usize) {
        if !self.is_queued() {
            self.receivers.store(receivers, Relaxed);
        }
    }

    pub(super) fn is_queued(&self) -> bool {
        self.queues.load(Relaxed) > 0
    }

    /// What all messages of its publisher take; 0 if nobody pays for it.
    pub(super) fn purse(&self) -> usize {
        self.purse.get().map_or(0, |purse| purse.load(Relaxed))
    }

    /// What one receiver is charged of a body that costs so much.
    pub(super) fn part(&self, body: usize) -> usize {
        body.checked_div(self.receivers.load(Relaxed)).unwrap_or(body)
    }

    /// The message enters a queue, where its entry costs so much. Gives what the broker keeps more.
    pub(super) fn enter(&self, entry: usize, body: usize) -> usize {
        let first = self.queues.fetch_add(1, Relaxed) == 0;
        let more = if first { entry.saturating_add(body) } else { entry };
        if let Some(purse) = self.purse.get() {
            purse.fetch_add(more, Relaxed);
        }
        more
    }

    /// The message leaves a queue. Gives what the broker keeps less.
    pub(super) fn leave(&self, entry: usize, body: usize) -> usize {
        let last = self.queues.fetch_sub(1, Relaxed) == 1;
        let less = if last { entry.saturating_add(body) } else { entry };
        if let Some(purse) = self.purse.get() {
            purse.fetch_sub(less, Relaxed);
        }
        less
    }
}

/// A copy of a message is in no queue.
impl Clone for Fee {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Who pays does not matter to what a message is.
impl PartialEq for Fee {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Fee {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_most_is_found_and_who_is_under_the_share_is_not() {
        let mut ranking = Ranking::new(1000);
        ranking.change(1, 0, 300);
        ranking.change(2, 0, 700);
        assert_eq!((ranking.used, ranking.free(), ranking.is_over()), (1000, 0, false));
        assert_eq!(ranking.most(), Some((2, 700)));
        ranking.change(2, 700, 100);
        assert_eq!(ranking.most(), Some((1, 300)));
        assert_eq!((ranking.greediest(4), ranking.greediest(3)), (Some(1), None));
        ranking.change(1, 300, 0);
        ranking.change(2, 100, 0);
        assert_eq!((ranking.used, ranking.most()), (0, None));
    }

    #[test]
    fn shared_message_costs_once_and_its_publisher_pays() {
        let (fee, purse) = (Fee::default(), Purse::default());
        fee.charge_to(&purse);
        fee.share_among(4);
        assert_eq!([fee.enter(10, 100), fee.enter(10, 100), fee.enter(10, 100)], [110, 10, 10]);
        assert_eq!((purse.load(Relaxed), fee.part(100)), (130, 25));
        assert_eq!([fee.leave(10, 100), fee.leave(10, 100), fee.leave(10, 100)], [10, 10, 110]);
        assert_eq!(purse.load(Relaxed), 0);
    }
}
