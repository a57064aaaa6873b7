//! [`Group`]: the members of one shared subscription (v5 section 4.8.2).

use std::{collections::BTreeMap, ops::Bound};

use super::{ids::SessionId, record::SubscriptionRecord};

/// The Sessions that share one `$share/name/filter`.
#[derive(Debug, Default)]
pub(super) struct Group {
    members: BTreeMap<SessionId, SubscriptionRecord>,
    last: Option<SessionId>,
}

impl Group {
    /// Adds a member, or changes one.
    pub(super) fn insert(&mut self, session: SessionId, record: SubscriptionRecord) -> Option<SubscriptionRecord> {
        self.members.insert(session, record)
    }

    pub(super) fn remove(&mut self, session: SessionId) -> Option<SubscriptionRecord> {
        self.members.remove(&session)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member whose turn it is: round robin among the connected members, or among all if none is connected.
    pub(super) fn choose(&mut self, connected: impl Fn(SessionId) -> bool) -> Option<(SessionId, SubscriptionRecord)> {
        let after = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let up_to = self.last.map_or(Bound::Unbounded, Bound::Included);
        let mut turns =
            self.members.range((after, Bound::Unbounded)).chain(self.members.range((Bound::Unbounded, up_to)));
        let first = turns.clone().next();
        let (session, record) = turns.find(|(session, _)| connected(**session)).or(first)?;
        self.last = Some(*session);
        Some((*session, *record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_take_turns_and_connected_ones_come_first() {
        let mut group = Group::default();
        let record = SubscriptionRecord { options: Default::default(), identifier: None };
        for number in 1..=3 {
            group.insert(SessionId::new(number), record);
        }
        let mut turn = |connected: fn(u64) -> bool| {
            group.choose(|session| connected(session.number())).map(|(session, _)| session.number())
        };
        assert_eq!([turn(|_| true), turn(|_| true), turn(|_| true), turn(|_| true)], [1, 2, 3, 1].map(Some));
        assert_eq!([turn(|n| n != 2), turn(|n| n != 2)], [3, 1].map(Some));
        assert_eq!([turn(|_| false), turn(|_| false)], [2, 3].map(Some));
    }
}
