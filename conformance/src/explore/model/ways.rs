//! [`Ways`]: all ways in which a message may have come to a Session.

use std::{collections::BTreeSet, fmt};

use super::{
    Right,
    facts::Facts,
    messages::Published,
    span::Span,
    subscriptions::{Asked, Options},
};
use crate::explore::history::Moment;

/// How a message may come.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// As a live message.
    pub(super) live: Values,
    /// As a retained message.
    pub(super) kept: Values,
    /// How many subscriptions may send it live.
    pub(super) filters: usize,
    /// How many times it may be sent as a retained message.
    pub(super) lookups: usize,
}

/// The values that the fields may have.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) qos: BTreeSet<u64>,
    pub(super) retain: BTreeSet<bool>,
    /// 0 for a subscription without one.
    pub(super) identifiers: BTreeSet<u64>,
}

impl Values {
    fn add(&mut self, published: &Published, options: &Options, retain: bool) {
        self.qos.insert(published.qos.min(options.qos));
        self.retain.insert(retain);
        self.identifiers.insert(options.identifier);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.qos.is_empty()
    }

    /// Whether these identifiers may come: any of those that match, and not none if each subscription has one.
    pub(super) fn allow(&self, identifiers: &[u64]) -> bool {
        identifiers.iter().all(|identifier| self.identifiers.contains(identifier))
            && (self.identifiers.contains(&0) || !identifiers.is_empty())
    }

    pub(super) fn right(&self) -> Right {
        Right {
            qos: self.qos.iter().copied().collect(),
            retain: self.retain.iter().copied().collect(),
            identifiers: self.identifiers.iter().copied().filter(|identifier| *identifier > 0).collect(),
        }
    }
}

impl Ways {
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.kept.is_empty()
    }

    pub(super) fn name(&self) -> &'static str {
        match (self.live.is_empty(), self.kept.is_empty()) {
            (true, true) => "none",
            (false, true) => "live",
            (true, false) => "retained",
            (false, false) => "live or retained",
        }
    }
}

impl fmt::Display for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (what, values) in [("live", &self.live), ("retained", &self.kept)] {
            if !values.is_empty() {
                let separator = if std::mem::take(&mut first) { "" } else { ", or " };
                let list = |items: Vec<String>| items.join(" or ");
                let qos = list(values.qos.iter().map(ToString::to_string).collect());
                let retain = list(values.retain.iter().map(|retain| u8::from(*retain).to_string()).collect());
                write!(f, "{separator}{what} at QoS {qos} with RETAIN {retain}")?;
            }
        }
        if first { f.write_str("nothing") } else { Ok(()) }
    }
}

impl<'h> Facts<'h> {
    /// The ways in which a message may have come to a Session by that moment.
    pub(super) fn ways(&self, session: usize, message: usize, by: Moment) -> Ways {
        let published = &self.published[message];
        let mut ways = Ways::default();
        if published.withdrawn || published.span.from >= by {
            return ways;
        }
        let client = self.sessions[session].client;
        let mut filters = BTreeSet::new();
        for (place, asked) in self.asked.iter().enumerate() {
            let Some(wanted) = asked.wanted.filter(|_| asked.session == session && asked.span.from < by) else {
                continue;
            };
            if !asked.matches(&published.topic) {
                continue;
            }
            let all = || std::iter::once(wanted).chain(self.later(place, by));
            let own = client == published.client && wanted.no_local;
            if !own && self.may_be_in_force(place, &published.span) {
                filters.insert(asked.filter);
                for options in all() {
                    let retain = published.retain && (options.as_published && self.v5());
                    ways.live.add(published, &options, retain);
                }
            }
            if self.may_find(place, message) {
                ways.lookups += 1;
                all().for_each(|options| ways.kept.add(published, &options, true));
            }
        }
        ways.filters = filters.len();
        ways
    }

    /// The options of the same subscription that came later. What waits may come under them.
    fn later(&self, place: usize, by: Moment) -> impl Iterator<Item = Options> {
        let asked = &self.asked[place];
        let later = self.asked.iter().skip(place + 1);
        let same = later.filter(move |later| later.session == asked.session && later.filter == asked.filter);
        same.filter(move |later| later.span.from < by).filter_map(|later| later.wanted)
    }

    /// Whether a SUBSCRIBE may have found this message as the retained one.
    fn may_find(&self, place: usize, message: usize) -> bool {
        let (asked, published) = (&self.asked[place], &self.published[message]);
        let Some(wanted) = asked.wanted.filter(|_| !asked.refused) else { return false };
        let asks = !self.v5() || wanted.handling == 0 || wanted.handling == 1 && !self.surely_existed(place);
        if !asks || !published.retain || published.payload.is_empty() || asked.span.precedes(&published.span) {
            return false;
        }
        let replaced = |other: &Published| {
            other.certain && published.span.precedes(&other.span) && other.span.precedes(&asked.span)
        };
        !self.retained_on(&published.topic).any(|(index, other)| index != message && replaced(other))
    }

    /// The messages that change what is retained on a topic.
    pub(super) fn retained_on<'a>(&'a self, topic: &'a str) -> impl Iterator<Item = (usize, &'a Published)> {
        let all = self.published.iter().enumerate();
        all.filter(move |(_, published)| published.retain && !published.withdrawn && published.topic == topic)
    }

    /// Whether the subscription was there for certain when the broker dealt with this SUBSCRIBE.
    pub(super) fn surely_existed(&self, place: usize) -> bool {
        let before = self.same_before(place);
        let last = before.iter().rposition(|other| {
            other.granted
                && other.wanted.is_some()
                && other.span.to.is_some_and(|to| to.tick < self.asked[place].span.from.tick)
        });
        last.is_some_and(|last| before[last..].iter().all(|other| other.wanted.is_some() && !other.refused))
    }

    /// Whether the subscription was surely not there when the broker dealt with this SUBSCRIBE.
    pub(super) fn surely_new(&self, place: usize) -> bool {
        let asked = &self.asked[place];
        let before = self.same_before(place);
        let end = before
            .iter()
            .rposition(|other| other.wanted.is_none() && other.granted && other.span.precedes(&asked.span));
        let rest = end.map_or(&before[..], |end| &before[end + 1..]);
        rest.iter().all(|other| other.wanted.is_none())
            && before
                .iter()
                .all(|other| other.wanted.is_none() || end.is_some_and(|end| other.span.precedes(&before[end].span)))
    }

    fn same_before(&self, place: usize) -> Vec<&Asked<'h>> {
        let asked = &self.asked[place];
        let before = self.asked.iter().take(place);
        before.filter(|other| other.session == asked.session && other.filter == asked.filter).collect()
    }

    /// The part of a span in which something ends at the latest.
    pub(super) fn surely_open(&self, line: usize, until: &Span) -> bool {
        self.lines[line].end.is_none_or(|end| until.precedes(&end.span))
    }
}
