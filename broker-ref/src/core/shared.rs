//! [`Group`]: the members of one shared subscription (v5 section 4.8.2).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::{
    effort::Effort,
    ids::SessionId,
    record::SubscriptionRecord,
    subscriber::{Presence, Subscriber},
};

/// The Sessions that share one `$share/name/filter`.
///
/// Members that are connected are kept apart from the others, so that finding one does not mean to look at those that
/// are away. [`Group::attend`] says where a member belongs; one that is found in the wrong place is put right.
#[derive(Debug, Default)]
pub(super) struct Group {
    members: BTreeMap<SessionId, Subscriber>,
    present: BTreeSet<SessionId>,
    away: BTreeSet<SessionId>,
    last: Option<SessionId>,
}

impl Group {
    /// Adds a member, or changes one. Returns whether it is new.
    pub(super) fn insert(&mut self, session: SessionId, subscriber: Subscriber, is_connected: bool) -> bool {
        self.members.entry(session).and_modify(|old| old.record = subscriber.record).or_insert(subscriber);
        let is_new = !self.present.contains(&session) && !self.away.contains(&session);
        self.attend(session, is_connected);
        is_new
    }

    /// Removes a member. Returns whether there was one.
    pub(super) fn remove(&mut self, session: SessionId) -> bool {
        self.present.remove(&session);
        self.away.remove(&session);
        self.members.remove(&session).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// A member has connected, or its connection has ended.
    pub(super) fn attend(&mut self, session: SessionId, is_connected: bool) {
        if !self.members.contains_key(&session) {
            return;
        }
        let (to, from) = match is_connected {
            true => (&mut self.present, &mut self.away),
            false => (&mut self.away, &mut self.present),
        };
        from.remove(&session);
        to.insert(session);
    }

    /// The member whose turn it is: round robin among the connected members, or among all if none is connected. Only a
    /// member from before the message with this number.
    pub(super) fn choose(
        &mut self,
        number: u64,
        presence: impl Fn(SessionId) -> Presence,
        effort: &mut Effort,
    ) -> Option<(SessionId, SubscriptionRecord)> {
        let mut last = self.last;
        for _ in 0..self.present.len().min(STALE) {
            let session = next(&self.present, last)?;
            effort.charge(LOOK);
            last = Some(session);
            match presence(session) {
                Presence::Connected => {
                    if let Some(record) = self.take_turn(session, number) {
                        return Some((session, record));
                    }
                }
                Presence::Away => self.attend(session, false),
                Presence::Gone => drop(self.present.remove(&session)),
            }
        }
        let mut last = self.last;
        for _ in 0..self.away.len() {
            let session = next(&self.away, last)?;
            effort.charge(LOOK);
            last = Some(session);
            if presence(session) == Presence::Gone {
                self.away.remove(&session);
            } else if let Some(record) = self.take_turn(session, number) {
                return Some((session, record));
            }
        }
        None
    }

    fn take_turn(&mut self, session: SessionId, number: u64) -> Option<SubscriptionRecord> {
        let subscriber = self.members.get(&session).filter(|subscriber| subscriber.since < number)?;
        self.last = Some(session);
        Some(subscriber.record)
    }
}

/// The one after `last`, and the first one after the last.
fn next(of: &BTreeSet<SessionId>, last: Option<SessionId>) -> Option<SessionId> {
    let after = last.map_or(Bound::Unbounded, Bound::Excluded);
    of.range((after, Bound::Unbounded)).next().or_else(|| of.first()).copied()
}

/// How many members that have left meanwhile are looked at for one message.
const STALE: usize = 64;
/// Of a look, in units of effort.
const LOOK: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: fn() -> SubscriptionRecord = || SubscriptionRecord { options: Default::default(), identifier: None };

    fn group(members: u64) -> Group {
        let mut group = Group::default();
        for number in 1..=members {
            group.insert(SessionId::new(number), Subscriber { record: RECORD(), since: 0 }, true);
        }
        group
    }

    #[test]
    fn members_take_turns_and_connected_ones_come_first() {
        let mut group = group(3);
        let mut turn = |presence: fn(u64) -> Presence| {
            let chosen = group.choose(1, |session| presence(session.number()), &mut Effort::new(100));
            chosen.map(|(session, _)| session.number())
        };
        let all = |_| Presence::Connected;
        let without_2 = |n| if n == 2 { Presence::Away } else { Presence::Connected };
        assert_eq!([turn(all), turn(all), turn(all), turn(all)], [1, 2, 3, 1].map(Some));
        assert_eq!([turn(without_2), turn(without_2)], [3, 1].map(Some));
        assert_eq!([turn(|_| Presence::Away), turn(|_| Presence::Away)], [2, 3].map(Some));
        assert_eq!(
            [turn(|n| if n == 3 { Presence::Gone } else { Presence::Away }), turn(|_| Presence::Gone)],
            [Some(1), None]
        );
    }

    #[test]
    fn member_that_is_there_is_found_without_a_look_at_those_that_are_not() {
        let mut costs = Vec::new();
        for members in [1000, 2000, 4000] {
            let mut group = group(members);
            (1..members).for_each(|number| group.attend(SessionId::new(number), false));
            let mut effort = Effort::new(1_000_000);
            let there =
                |session: SessionId| if session.number() == members { Presence::Connected } else { Presence::Away };
            for _ in 0..10 {
                assert_eq!(group.choose(1, there, &mut effort).map(|(session, _)| session.number()), Some(members));
            }
            costs.push(effort.left());
        }
        assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    }

    #[test]
    fn later_member_does_not_get_an_earlier_message() {
        let mut group = group(1);
        group.insert(SessionId::new(2), Subscriber { record: RECORD(), since: 5 }, true);
        let mut turn = |number| {
            group.choose(number, |_| Presence::Connected, &mut Effort::new(100)).map(|(session, _)| session.number())
        };
        assert_eq!([turn(5), turn(5), turn(6), turn(6)], [1, 1, 2, 1].map(Some));
    }
}
