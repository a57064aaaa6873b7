//! [`Rights`] of a user, and [`Grant`]: the rights of one Client.

use std::sync::Arc;

use mqttspec_codec::{TopicFilter, TopicName};

use super::covers::{covers, lets_through};

/// What a user may do: Topic Filters, with `%u` and `%c` in place of User Name and Client Identifier.
///
/// The User Name or Client Identifier fills exactly one level. If it is empty, begins with `$` or contains `/`, `+` or `#`, the filter grants
/// nothing; neither does a text that is not a Topic Filter. Note that a Client chooses its Client Identifier: `%c` does
/// not identify a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// The topics to which it may publish.
    pub publish: Vec<String>,
    /// What it may subscribe to. `#` is not `$SYS/#` (section 4.7.2).
    pub subscribe: Vec<String>,
}

/// The rights of one Client.
#[derive(Debug, Clone)]
pub(in crate::core) struct Grant(Option<Arc<Lists>>);

#[derive(Debug)]
struct Lists {
    publish: Vec<Box<str>>,
    subscribe: Vec<Box<str>>,
}

impl Rights {
    /// The rights of this Client.
    pub(super) fn of(&self, user_name: Option<&str>, client_id: &str) -> Grant {
        let filled =
            |patterns: &[String]| patterns.iter().filter_map(|text| fill(text, user_name, client_id)).collect();
        Grant(Some(Arc::new(Lists { publish: filled(&self.publish), subscribe: filled(&self.subscribe) })))
    }
}

impl Grant {
    pub(super) const EVERYTHING: Self = Self(None);

    /// No rights at all, for a user who has been removed.
    pub(super) fn nothing() -> Self {
        Self(Some(Arc::new(Lists { publish: Vec::new(), subscribe: Vec::new() })))
    }

    /// What the lists of this Client cost, in bytes.
    pub(in crate::core) fn cost(&self) -> usize {
        let Some(lists) = &self.0 else { return 0 };
        let filters = lists.publish.iter().chain(&lists.subscribe);
        filters.map(|filter| filter.len().saturating_add(48)).fold(96, usize::saturating_add)
    }

    pub(in crate::core) fn may_publish(&self, topic: &str) -> bool {
        self.0.is_none()
            || TopicName::new(topic)
                .is_ok_and(|topic| self.any(|lists| &lists.publish, |allowed| allowed.matches(topic)))
    }

    /// Whether one of the filters covers the requested one. Two filters that cover it only together do not count.
    pub(in crate::core) fn may_subscribe(&self, asked: TopicFilter<'_>) -> bool {
        self.any(|lists| &lists.subscribe, |allowed| covers(allowed, asked))
    }

    /// Whether a message of this topic may go to this Client.
    pub(in crate::core) fn may_receive(&self, topic: &str) -> bool {
        let allows = |topic| self.any(|lists| &lists.subscribe, |allowed| lets_through(allowed, topic));
        self.0.is_none() || TopicName::new(topic).is_ok_and(allows)
    }

    fn any(&self, list: fn(&Lists) -> &[Box<str>], allows: impl Fn(TopicFilter<'_>) -> bool) -> bool {
        let Some(lists) = &self.0 else { return true };
        list(lists).iter().any(|allowed| TopicFilter::new(allowed).is_ok_and(&allows))
    }
}

/// The Topic Filter for this Client. `None` if the pattern contains a name that the Client does not have, or one that
/// would match more than one level, since Clients choose their names.
fn fill(pattern: &str, user_name: Option<&str>, client_id: &str) -> Option<Box<str>> {
    let mut filter = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        filter.push_str(before);
        let name = match after.chars().next() {
            Some('u') => user_name?,
            Some('c') => client_id,
            _ => {
                filter.push('%');
                rest = after;
                continue;
            }
        };
        if name.is_empty() || name.starts_with('$') || name.contains(['/', '+', '#']) {
            return None;
        }
        filter.push_str(name);
        rest = after.get(1..).unwrap_or_default();
    }
    filter.push_str(rest);
    TopicFilter::new(&filter).is_ok().then(|| filter.into())
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_fill_one_level_and_no_more() {
        let fill = |pattern| fill(pattern, Some("alice"), "c-1");
        assert_eq!(fill("sensors/%u/#").as_deref(), Some("sensors/alice/#"));
        assert_eq!(fill("%u/%c/100%/%%c").as_deref(), Some("alice/c-1/100%/%c-1"));
        for name in ["", "+", "#", "a/b", "a+", "$SYS"] {
            assert_eq!(super::fill("%c/#", None, name), None, "{name}");
        }
        assert_eq!(super::fill("a/%u", None, "c"), None);
        assert_eq!(super::fill("a/b", None, "+").as_deref(), Some("a/b"));
    }
}
