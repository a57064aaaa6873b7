//! [`TopicTree`]: all subscriptions, found by Topic Name (section 4.7).
//!
//! A trie with one node for each level of a Topic Filter; `+` and `#` are levels like any other. A Topic Name is
//! matched level by level, with the set of all nodes that match so far, so the work grows with the number of matching
//! nodes and not with the number of subscriptions. Nodes are kept in one list and refer to each other by index, because
//! a filter may have 32 768 levels and nothing here may recurse.

use std::{collections::BTreeMap, sync::Arc};

use mqttspec_codec::TopicFilter;

use super::{ids::SessionId, record::SubscriptionRecord, shared::Group, size};

#[derive(Debug)]
pub(super) struct TopicTree {
    nodes: Vec<Node>,
    free: Vec<usize>,
    /// Subscriptions, and what they cost, in bytes.
    len: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Node {
    parent: usize,
    level: Box<str>,
    children: BTreeMap<Box<str>, usize>,
    subscriptions: BTreeMap<SessionId, SubscriptionRecord>,
    /// Shared subscriptions, by whole filter.
    groups: BTreeMap<Arc<str>, Group>,
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
    /// Adds a subscription, or replaces the one with the same filter.
    pub(super) fn insert(&mut self, session: SessionId, filter: TopicFilter<'_>, record: SubscriptionRecord) {
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
        let old = match share {
            Some(share) => node.groups.entry(share.into()).or_default().insert(session, record),
            None => node.subscriptions.insert(session, record),
        };
        if old.is_none() {
            self.len = self.len.saturating_add(1);
            self.bytes = self.bytes.saturating_add(own_cost(filter));
        }
    }

    /// What one more subscription costs, in bytes.
    pub(super) fn cost_of(&self, filter: TopicFilter<'_>) -> usize {
        let mut at = Some(ROOT);
        let levels = split(filter).1.as_str().split('/').map(|level| {
            at = at.and_then(|at| self.child(at, level));
            if at.is_some() { 0 } else { node_cost(level) }
        });
        levels.fold(own_cost(filter), usize::saturating_add)
    }

    /// How many subscriptions there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// What all subscriptions cost, in bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Removes a subscription, and the nodes that only it needed.
    pub(super) fn remove(&mut self, session: SessionId, filter: TopicFilter<'_>) {
        let (share, plain) = split(filter);
        let Some(mut at) = self.find(plain) else { return };
        if let Some(node) = self.nodes.get_mut(at) {
            let old = match share {
                Some(share) => {
                    let old = node.groups.get_mut(share).and_then(|group| group.remove(session));
                    node.groups.retain(|_, group| !group.is_empty());
                    old
                }
                None => node.subscriptions.remove(&session),
            };
            if old.is_some() {
                self.len = self.len.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(own_cost(filter));
            }
        }
        while at != ROOT
            && let Some(node) = self.nodes.get_mut(at)
            && node.is_empty()
        {
            let Node { parent, level, .. } = std::mem::take(node);
            self.bytes = self.bytes.saturating_sub(node_cost(&level));
            self.free.push(at);
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.children.remove(&level);
            }
            at = parent;
        }
    }

    /// The subscriptions that match, level by level and byte by byte: v5 [MQTT-3.3.2-3] [MQTT-4.7.3-4], v3.1.1
    /// [MQTT-3.3.2-3] [MQTT-4.7.3-4]. `connected` says which members of a shared subscription to prefer.
    pub(super) fn matching(&mut self, topic: &str, connected: impl Fn(SessionId) -> bool) -> Vec<Match> {
        let mut found = Vec::new();
        for index in self.matching_nodes(topic) {
            let Some(node) = self.nodes.get_mut(index) else { continue };
            let plain = node.subscriptions.iter();
            found.extend(plain.map(|(session, record)| Match { session: *session, record: *record, share: None }));
            // v5 section 4.8.2: one of its members
            for (share, group) in &mut node.groups {
                if let Some((session, record)) = group.choose(&connected) {
                    found.push(Match { session, record, share: Some(Arc::clone(share)) });
                }
            }
        }
        found
    }

    /// The member of a shared subscription whose turn it is.
    pub(super) fn choose(&mut self, share: &str, connected: impl Fn(SessionId) -> bool) -> Option<Match> {
        let (_, plain) = split(TopicFilter::new(share).ok()?);
        let node = self.find(plain)?;
        let (share, group) = self.nodes.get_mut(node)?.groups.iter_mut().find(|(filter, _)| ***filter == *share)?;
        let (session, record) = group.choose(connected)?;
        Some(Match { session, record, share: Some(Arc::clone(share)) })
    }

    fn matching_nodes(&self, topic: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut reached = vec![ROOT];
        // v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]: no wildcard in the first level of a filter
        let mut wildcards = !topic.starts_with('$');
        for level in topic.split('/') {
            let mut next = Vec::new();
            for at in reached {
                next.extend(self.child(at, level));
                if wildcards {
                    next.extend(self.child(at, "+"));
                    found.extend(self.child(at, "#"));
                }
            }
            reached = next;
            wildcards = true;
        }
        for at in reached {
            found.push(at);
            // v5 section 4.7.1.2: `#` includes the parent level
            found.extend(self.child(at, "#"));
        }
        found
    }

    fn find(&self, plain: TopicFilter<'_>) -> Option<usize> {
        plain.as_str().split('/').try_fold(ROOT, |at, level| self.child(at, level))
    }

    fn child(&self, at: usize, level: &str) -> Option<usize> {
        self.nodes.get(at)?.children.get(level).copied()
    }

    fn grow(&mut self, parent: usize, level: &str) -> usize {
        let node = Node { parent, level: level.into(), ..Node::default() };
        self.bytes = self.bytes.saturating_add(node_cost(level));
        let index = self.free.pop().unwrap_or(self.nodes.len());
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
fn split(filter: TopicFilter<'_>) -> (Option<&str>, TopicFilter<'_>) {
    match filter.shared() {
        Some((_, plain)) => (Some(filter.as_str()), plain),
        None => (None, filter),
    }
}

/// What a subscription costs at most, in bytes: all its levels are new.
pub(super) fn cost(filter: TopicFilter<'_>) -> usize {
    let levels = split(filter).1.as_str().split('/').map(node_cost);
    levels.fold(own_cost(filter), usize::saturating_add)
}

/// What a subscription costs besides its levels.
fn own_cost(filter: TopicFilter<'_>) -> usize {
    let member = match filter.shared() {
        Some(_) => GROUP.saturating_add(size::shared_text(filter.len())),
        None => MEMBER,
    };
    size::subscription(filter.len()).saturating_add(member)
}

/// What a level costs, with its first child and its name in the node above.
fn node_cost(level: &str) -> usize {
    NODE.saturating_add(size::block(level.len()).saturating_mul(2))
}

/// The list of nodes has room for more than there are.
const NODE: usize = size_of::<Node>() * 3 / 2 + size::entry(24) * 5 / 2;
const MEMBER: usize = size::entry(8 + size_of::<SubscriptionRecord>()) * 5 / 2;
/// With its first member.
const GROUP: usize = size::entry(16 + size_of::<Group>()) * 2 + size::tree(1, 8 + size_of::<SubscriptionRecord>());
const ROOT: usize = 0;

#[cfg(test)]
mod tests {
    use mqttspec_codec::TopicName;

    use super::*;

    const RECORD: fn() -> SubscriptionRecord = || SubscriptionRecord { options: Default::default(), identifier: None };
    const FILTERS: [&str; 12] =
        ["a/b", "a/+", "+/b", "#", "a/#", "a/b/#", "+", "/+", "$SYS/#", "$SYS/+/c", "+/+/c", "$share/g/a/#"];

    fn full() -> TopicTree {
        let mut tree = TopicTree::default();
        for (number, filter) in (0..).zip(FILTERS) {
            tree.insert(SessionId::new(number), TopicFilter::new(filter).unwrap(), RECORD());
        }
        tree
    }

    #[test]
    fn tree_agrees_with_matching_each_filter() {
        for topic in ["a/b", "a", "a/b/c", "/x", "x", "$SYS/b/c", "$SYS", "$other", "a/", "b//c"] {
            let name = TopicName::new(topic).unwrap();
            let matches = |filter: &&str| split(TopicFilter::new(filter).unwrap()).1.matches(name);
            let one_by_one: Vec<_> = FILTERS.into_iter().filter(matches).collect();
            let mut found: Vec<u64> =
                full().matching(topic, |_| true).iter().map(|found| found.session.number()).collect();
            found.sort_unstable();
            let found: Vec<_> = found.into_iter().map(|number| FILTERS[number as usize]).collect();
            assert_eq!(found, one_by_one, "{topic}");
        }
    }

    #[test]
    fn removed_subscriptions_leave_no_nodes() {
        let mut tree = full();
        for (number, filter) in (0..).zip(FILTERS) {
            tree.insert(SessionId::new(number), TopicFilter::new(filter).unwrap(), RECORD());
        }
        assert_eq!((tree.len(), tree.bytes()), (FILTERS.len(), full().bytes()));
        for (number, filter) in (0..).zip(FILTERS) {
            tree.remove(SessionId::new(number), TopicFilter::new(filter).unwrap());
            tree.remove(SessionId::new(number), TopicFilter::new(filter).unwrap());
        }
        assert_eq!((tree.nodes.len(), tree.len(), tree.bytes()), (tree.free.len() + 1, 0, 0));
        let deep = "/".repeat(65_535);
        let deep = TopicFilter::new(&deep).unwrap();
        tree.insert(SessionId::new(1), deep, RECORD());
        assert_eq!(tree.matching(deep.as_str(), |_| true).len(), 1);
        tree.remove(SessionId::new(1), deep);
        assert_eq!(tree.nodes.len(), tree.free.len() + 1);
    }
}
