//! [`TopicTree`]: all subscriptions, found by Topic Name (section 4.7).
//!
//! A trie with one node for each level of a Topic Filter; `+` and `#` are levels like any other. What matches is found by
//! a [search](super::topic_search). Nodes are kept in one list and refer to each other by index, because a filter may
//! have 32 768 levels and nothing here may recurse.

use std::{collections::BTreeMap, sync::Arc};

use mqttspec_codec::TopicFilter;

use super::{
    effort::Effort,
    ids::SessionId,
    record::SubscriptionRecord,
    shared::Group,
    subscriber::{Presence, Subscriber},
};

#[derive(Debug)]
pub(super) struct TopicTree {
    pub(super) nodes: Vec<Node>,
    free: Vec<usize>,
    /// Subscriptions, and the bytes of their filters.
    len: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    parent: usize,
    /// How many nodes had this index before. A search that goes on recognizes by it that a node is gone.
    pub(super) generation: u32,
    pub(super) level: Box<str>,
    pub(super) children: BTreeMap<Box<str>, usize>,
    pub(super) subscriptions: BTreeMap<SessionId, Subscriber>,
    /// Shared subscriptions, by whole filter.
    pub(super) groups: BTreeMap<Arc<str>, Group>,
}

impl Node {
    fn is_empty(&self) -> bool {
        self.children.is_empty() && self.subscriptions.is_empty() && self.groups.is_empty()
    }
}

/// A matching subscription; for a shared one, the member whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) session: SessionId,
    pub(super) record: SubscriptionRecord,
    /// The whole filter of a shared subscription.
    pub(super) share: Option<Arc<str>>,
}

impl Default for TopicTree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], free: Vec::new(), len: 0, bytes: 0 }
    }
}

impl TopicTree {
    /// Adds a subscription, or replaces the one with the same filter, which stays as old as it is.
    pub(super) fn insert(
        &mut self,
        session: SessionId,
        filter: TopicFilter<'_>,
        subscriber: Subscriber,
        is_connected: bool,
    ) {
        let (share, plain) = split(filter);
        let mut at = ROOT;
        for level in plain.as_str().split('/') {
            at = match self.child(at, level) {
                Some(child) => child,
                None => self.grow(at, level),
            };
        }
        let Some(node) = self.nodes.get_mut(at) else {
            debug_assert!(false, "a node has an index that is not in the list");
            return;
        };
        let is_new = match share {
            Some(share) => match node.groups.get_mut(share) {
                Some(group) => group.insert(session, subscriber, is_connected),
                None => node.groups.entry(share.into()).or_default().insert(session, subscriber, is_connected),
            },
            None => match node.subscriptions.get_mut(&session) {
                Some(old) => {
                    old.record = subscriber.record;
                    false
                }
                None => node.subscriptions.insert(session, subscriber).is_none(),
            },
        };
        if is_new {
            self.len = self.len.saturating_add(1);
            self.bytes = self.bytes.saturating_add(filter.len());
        }
    }

    /// A member of a shared subscription has connected, or its connection has ended.
    pub(super) fn attend(&mut self, session: SessionId, share: &str, is_connected: bool) {
        let Ok(filter) = TopicFilter::new(share) else { return };
        if let Some(node) = self.find(split(filter).1).and_then(|at| self.nodes.get_mut(at))
            && let Some(group) = node.groups.get_mut(share)
        {
            group.attend(session, is_connected);
        }
    }

    /// How many subscriptions there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The bytes of all filters; a filter counts once for each Session that has it.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Removes a subscription, and the nodes that only it needed.
    pub(super) fn remove(&mut self, session: SessionId, filter: TopicFilter<'_>) {
        let (share, plain) = split(filter);
        let Some(mut at) = self.find(plain) else { return };
        if let Some(node) = self.nodes.get_mut(at) {
            let removed = match share {
                Some(share) => {
                    let group = node.groups.get_mut(share);
                    let removed = group.is_some_and(|group| group.remove(session));
                    if node.groups.get(share).is_some_and(Group::is_empty) {
                        node.groups.remove(share);
                    }
                    removed
                }
                None => node.subscriptions.remove(&session).is_some(),
            };
            if removed {
                self.len = self.len.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(filter.len());
            }
        }
        while at != ROOT
            && let Some(node) = self.nodes.get_mut(at)
            && node.is_empty()
        {
            let Node { parent, level, generation, .. } = std::mem::take(node);
            node.generation = generation.wrapping_add(1);
            self.free.push(at);
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.children.remove(&level);
            }
            at = parent;
        }
    }

    /// The member of a shared subscription whose turn it is.
    pub(super) fn choose(
        &mut self,
        share: &str,
        presence: impl Fn(SessionId) -> Presence,
        effort: &mut Effort,
    ) -> Option<Match> {
        let (_, plain) = split(TopicFilter::new(share).ok()?);
        let node = self.find(plain)?;
        let group = self.nodes.get_mut(node)?.groups.get_mut(share)?;
        let (session, record) = group.choose(u64::MAX, presence, effort)?;
        Some(Match { session, record, share: Some(share.into()) })
    }

    fn find(&self, plain: TopicFilter<'_>) -> Option<usize> {
        plain.as_str().split('/').try_fold(ROOT, |at, level| self.child(at, level))
    }

    fn child(&self, at: usize, level: &str) -> Option<usize> {
        self.nodes.get(at)?.children.get(level).copied()
    }

    fn grow(&mut self, parent: usize, level: &str) -> usize {
        let index = self.free.pop().unwrap_or(self.nodes.len());
        let generation = self.nodes.get(index).map_or(0, |free| free.generation);
        let node = Node { parent, generation, level: level.into(), ..Node::default() };
        match self.nodes.get_mut(index) {
            Some(free) => *free = node,
            None => self.nodes.push(node),
        }
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.insert(level.into(), index);
        }
        index
    }
}

/// The whole filter if it is a shared one, and the filter that is matched.
pub(super) fn split(filter: TopicFilter<'_>) -> (Option<&str>, TopicFilter<'_>) {
    match filter.shared() {
        Some((_, plain)) => (Some(filter.as_str()), plain),
        None => (None, filter),
    }
}

pub(super) const ROOT: usize = 0;

#[cfg(test)]
pub(super) mod tests {
    use super::{super::record::SubscriptionRecord, *};

    pub(crate) const MADE: fn() -> Subscriber =
        || Subscriber { record: SubscriptionRecord { options: Default::default(), identifier: None }, since: 0 };
    pub(crate) const FILTERS: [&str; 12] =
        ["a/b", "a/+", "+/b", "#", "a/#", "a/b/#", "+", "/+", "$SYS/#", "$SYS/+/c", "+/+/c", "$share/g/a/#"];

    pub(crate) fn full() -> TopicTree {
        let mut tree = TopicTree::default();
        for (number, filter) in (0..).zip(FILTERS) {
            tree.insert(SessionId::new(number), TopicFilter::new(filter).unwrap(), MADE(), true);
        }
        tree
    }

    #[test]
    fn removed_subscriptions_leave_no_nodes() {
        let mut tree = full();
        for (number, filter) in (0..).zip(FILTERS) {
            tree.insert(SessionId::new(number), TopicFilter::new(filter).unwrap(), MADE(), true);
        }
        assert_eq!((tree.len(), tree.bytes()), (FILTERS.len(), FILTERS.concat().len()));
        for (number, filter) in (0..).zip(FILTERS) {
            tree.remove(SessionId::new(number), TopicFilter::new(filter).unwrap());
            tree.remove(SessionId::new(number), TopicFilter::new(filter).unwrap());
        }
        assert_eq!((tree.nodes.len(), tree.len(), tree.bytes()), (tree.free.len() + 1, 0, 0));
        let deep = "/".repeat(65_535);
        let deep = TopicFilter::new(&deep).unwrap();
        tree.insert(SessionId::new(1), deep, MADE(), true);
        assert_eq!(tree.nodes.len(), 65_537);
        tree.remove(SessionId::new(1), deep);
        assert_eq!(tree.nodes.len(), tree.free.len() + 1);
    }
}
