//! [`Search`]: the subscriptions that match a Topic Name (section 4.7), found in steps.
//!
//! A search visits the nodes of the [tree](super::topic_tree) that match, each of them once, so the work grows with their
//! number and not with that of all subscriptions. There can be many all the same: filters whose levels are the topic's
//! own or `+` all match. So a search stops where the effort of a step is spent, and goes on later, whatever has become
//! of the tree.

use std::{ops::Bound, sync::Arc};

use super::{
    effort::Effort,
    ids::SessionId,
    subscriber::Presence,
    topic_tree::{Match, ROOT, TopicTree},
};

/// A search for the subscriptions that match a Topic Name, as far as it has come.
#[derive(Debug)]
pub(super) struct Search {
    topic: Arc<str>,
    /// Only subscriptions from before the message with this number.
    number: u64,
    visits: Vec<Visit>,
    /// The node that has been reached, until all of its subscriptions are listed.
    listing: Option<Listing>,
}

/// A node that matches the beginning of the Topic Name.
#[derive(Debug, Clone, Copy)]
struct Visit {
    node: usize,
    generation: u32,
    /// Where the level after it starts, in bytes; `None` where the name has ended.
    rest: Option<usize>,
}

#[derive(Debug)]
struct Listing {
    node: usize,
    generation: u32,
    /// The last one listed.
    plain: Option<SessionId>,
    share: Option<Arc<str>>,
}

impl Search {
    pub(super) fn new(topic: Arc<str>, number: u64) -> Self {
        let root = Visit { node: ROOT, generation: 0, rest: Some(0) };
        Self { topic, number, visits: vec![root], listing: None }
    }
}

impl TopicTree {
    /// Finds the subscriptions that match, level by level and byte by byte: v5 [MQTT-3.3.2-3] [MQTT-4.7.3-4], v3.1.1
    /// [MQTT-3.3.2-3] [MQTT-4.7.3-4]. `presence` says which members of a shared subscription to prefer; `found` returns
    /// what it costs beside the usual. Returns false if the effort is spent before the search has ended.
    pub(super) fn search(
        &mut self,
        search: &mut Search,
        effort: &mut Effort,
        presence: impl Fn(SessionId) -> Presence,
        mut found: impl FnMut(Match) -> usize,
    ) -> bool {
        loop {
            if let Some(mut listing) = search.listing.take()
                && !self.list(&mut listing, search.number, effort, &presence, &mut found)
            {
                search.listing = Some(listing);
                return false;
            }
            let Some(visit) = search.visits.pop() else { return true };
            if effort.is_spent() {
                search.visits.push(visit);
                return false;
            }
            self.visit(visit, search, effort);
        }
    }

    fn visit(&self, visit: Visit, search: &mut Search, effort: &mut Effort) {
        let Some(node) = self.nodes.get(visit.node).filter(|node| node.generation == visit.generation) else { return };
        let Search { topic, visits, listing, .. } = search;
        // wildcards sort before nearly all levels, so the first one says that there are none
        let first = node.children.first_key_value().and_then(|(level, _)| level.bytes().next());
        let has_wildcards = first.is_none_or(|first| first <= b'+');
        let mut reach = |level: &str, rest| {
            if let Some(index) = node.children.get(level)
                && let Some(child) = self.nodes.get(*index)
            {
                visits.push(Visit { node: *index, generation: child.generation, rest });
            }
        };
        let Some(at) = visit.rest else {
            effort.charge(VISIT);
            // v5 section 4.7.1.2: `#` includes the parent level
            if has_wildcards && node.level.as_ref() != "#" {
                reach("#", None);
            }
            if !node.subscriptions.is_empty() || !node.groups.is_empty() {
                *listing = Some(Listing { node: visit.node, generation: visit.generation, plain: None, share: None });
            }
            return;
        };
        if node.children.is_empty() {
            return effort.charge(1);
        }
        let rest = topic.as_bytes().get(at..).unwrap_or_default();
        let len = rest.iter().position(|byte| *byte == b'/');
        let end = at.saturating_add(len.unwrap_or(rest.len()));
        let level = topic.get(at..end).unwrap_or_default();
        let after = len.map(|_| end.saturating_add(1));
        effort.charge_bytes(VISIT, level.len());
        // v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]: no wildcard in the first level of a filter
        if has_wildcards && (at > 0 || !topic.starts_with('$')) {
            reach("#", None);
            reach("+", after);
        }
        reach(level, after);
    }

    /// Lists the subscriptions of a node; false if the effort is spent before the end.
    fn list(
        &mut self,
        listing: &mut Listing,
        number: u64,
        effort: &mut Effort,
        presence: &impl Fn(SessionId) -> Presence,
        found: &mut impl FnMut(Match) -> usize,
    ) -> bool {
        let Some(node) = self.nodes.get_mut(listing.node).filter(|node| node.generation == listing.generation) else {
            return true;
        };
        if listing.share.is_none() {
            let after = listing.plain.map_or(Bound::Unbounded, Bound::Excluded);
            for (session, subscriber) in node.subscriptions.range((after, Bound::Unbounded)) {
                if effort.is_spent() {
                    return false;
                }
                effort.charge(LIST);
                listing.plain = Some(*session);
                if subscriber.since < number {
                    effort.charge(found(Match { session: *session, record: subscriber.record, share: None }));
                }
            }
        }
        if node.groups.is_empty() {
            return true;
        }
        let last = listing.share.clone();
        let after = last.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        // v5 section 4.8.2: one of its members
        for (share, group) in node.groups.range_mut::<str, _>((after, Bound::Unbounded)) {
            if effort.is_spent() {
                return false;
            }
            listing.share = Some(Arc::clone(share));
            if let Some((session, record)) = group.choose(number, presence, effort) {
                effort.charge(found(Match { session, record, share: Some(Arc::clone(share)) }));
            }
        }
        true
    }
}

/// Of a node, and of one of its subscriptions, in units of effort.
const VISIT: usize = 3;
const LIST: usize = 1;

#[cfg(test)]
mod tests {
    use mqttspec_codec::{TopicFilter, TopicName};

    use super::{
        super::{
            subscriber::Subscriber,
            topic_tree::{
                split,
                tests::{FILTERS, MADE, full},
            },
        },
        *,
    };

    /// The Sessions found, by steps of so much effort, each followed by what `happens`.
    fn find(tree: &mut TopicTree, topic: &str, effort: usize, mut happens: impl FnMut(&mut TopicTree)) -> Vec<u64> {
        let mut search = Search::new(topic.into(), 1);
        let mut found = Vec::new();
        while !tree.search(
            &mut search,
            &mut Effort::new(effort),
            |_| Presence::Connected,
            |each| {
                found.push(each.session.number());
                0
            },
        ) {
            happens(tree);
        }
        found.sort_unstable();
        found
    }

    #[test]
    fn tree_agrees_with_matching_each_filter_in_steps_of_any_effort() {
        for topic in ["a/b", "a", "a/b/c", "/x", "x", "$SYS/b/c", "$SYS", "$other", "a/", "b//c"] {
            let name = TopicName::new(topic).unwrap();
            let matches = |filter: &&str| split(TopicFilter::new(filter).unwrap()).1.matches(name);
            let one_by_one: Vec<_> = FILTERS.into_iter().filter(matches).collect();
            for effort in [1, 2, 7, 1000] {
                let found = find(&mut full(), topic, effort, |_| {});
                let found: Vec<_> = found.into_iter().map(|number| FILTERS[number as usize]).collect();
                assert_eq!(found, one_by_one, "{topic}");
            }
        }
    }

    #[test]
    fn search_goes_on_in_a_tree_that_has_changed() {
        for steps in 0..12 {
            let (mut tree, mut calls) = (full(), 0);
            let found = find(&mut tree, "a/b", 1, |tree| {
                calls += 1;
                if calls == steps {
                    for (number, filter) in (0..).zip(FILTERS).filter(|(number, _)| number % 2 == 0) {
                        let filter = TopicFilter::new(filter).unwrap();
                        tree.remove(SessionId::new(number), filter);
                        let later = Subscriber { since: 1, ..MADE() };
                        tree.insert(SessionId::new(100 + number), filter, later, true);
                    }
                }
            });
            // those that stayed, and nobody who came later
            assert!([1, 3, 5, 11].iter().all(|number| found.contains(number)), "{found:?}");
            assert!(found.iter().all(|number| *number < 100), "{found:?}");
        }
    }

    #[test]
    fn work_of_a_search_grows_with_what_matches_alone() {
        let mut costs = Vec::new();
        for others in [1000, 2000, 4000] {
            let mut tree = full();
            for number in 0..others {
                let filter = format!("other/{number}/+");
                tree.insert(SessionId::new(1), TopicFilter::new(&filter).unwrap(), MADE(), true);
            }
            let mut effort = Effort::new(1_000_000);
            assert!(tree.search(&mut Search::new("a/b".into(), 1), &mut effort, |_| Presence::Connected, |_| 0));
            costs.push(effort.left());
        }
        assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    }
}
