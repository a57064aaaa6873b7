//! Topic Filters (section 4.7 of both versions, shared subscriptions: v5 section 4.8.2).

use core::fmt;

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, InvalidValue, TopicName, Utf8String,
    reader::Reader,
    scan::{self, is_wildcard},
    text::not_text,
    topic::as_text,
};

/// A Topic Filter: at least one character; `#` is only allowed as the whole last level, `+` only as a whole level (section
/// 4.7.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(Utf8String<'a>);

impl<'a> TopicFilter<'a> {
    /// The filter, if it is valid. The form of a shared subscription is not checked: see
    /// [`TopicFilter::is_malformed_share`].
    ///
    /// # Errors
    /// Those of [`Utf8String::new`]; [`InvalidValue::Empty`]; [`InvalidValue::Wildcard`] if a wildcard is not allowed at its
    /// place.
    pub fn new(filter: &'a str) -> Result<Self, InvalidValue> {
        let text = Utf8String::new(filter)?;
        if text.is_empty() {
            return Err(InvalidValue::Empty);
        }
        match scan::first_misplaced_wildcard(text.as_bytes()) {
            Some(_) => Err(InvalidValue::Wildcard),
            None => Ok(Self(text)),
        }
    }

    /// Share Name and inner filter of `$share/{ShareName}/{filter}` (v5 section 4.8.2). `None` for every other filter,
    /// also for one that only begins like it: see [`TopicFilter::is_malformed_share`].
    #[must_use]
    pub fn shared(self) -> Option<(&'a str, TopicFilter<'a>)> {
        let (share_name, filter) = self.share()?;
        Some((Utf8String::trusted(share_name).as_str(), TopicFilter(Utf8String::trusted(filter))))
    }

    /// Whether [`TopicFilter::shared`] is `Some`.
    #[inline]
    pub(crate) fn is_shared(self) -> bool {
        self.share().is_some()
    }

    /// Whether the filter begins with `$share/` and is not a shared subscription. v5 forbids that; in v3.1.1 it is an
    /// ordinary filter.
    #[must_use]
    #[inline]
    pub fn is_malformed_share(self) -> bool {
        self.0.as_bytes().starts_with(SHARE) && !self.is_shared()
    }

    /// The two parts as bytes. They end at a slash, and therefore at the end of a character.
    #[inline]
    fn share(self) -> Option<(&'a [u8], &'a [u8])> {
        let rest = self.0.as_bytes().strip_prefix(SHARE)?;
        let (share_name, filter) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'/')?)?;
        let filter = filter.get(1..)?;
        // v5 [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        let legal = !share_name.is_empty() && !scan::has_wildcard(share_name) && !filter.is_empty();
        legal.then_some((share_name, filter))
    }

    /// Whether the filter matches a Topic Name (sections 4.7.1 and 4.7.2), level by level and byte by byte (v5 [MQTT-4.7.3-4],
    /// v3.1.1 [MQTT-4.7.3-4]).
    ///
    /// ```
    /// use mqttspec_codec::{TopicFilter, TopicName};
    /// let filter = TopicFilter::new("sport/#")?;
    /// assert!(filter.matches(TopicName::new("sport")?));
    /// assert!(!TopicFilter::new("#")?.matches(TopicName::new("$SYS/uptime")?));
    /// # Ok::<(), mqttspec_codec::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn matches(self, topic: TopicName<'_>) -> bool {
        let (filter, topic) = (self.0.as_bytes(), topic.as_bytes());
        // v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]
        if topic.starts_with(b"$") && filter.first().is_some_and(|byte| is_wildcard(*byte)) {
            return false;
        }
        let slash = |byte: &u8| *byte == b'/';
        let mut levels = topic.split(slash);
        for expected in filter.split(slash) {
            match (expected, levels.next()) {
                (b"#", _) => return true,
                (_, None) => return false,
                // v5 sections 4.7.1.1 and 4.7.1.3: one level, which may be empty
                (b"+", Some(_)) => {}
                (expected, Some(level)) if expected == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }

    #[inline(always)]
    pub(crate) fn begins_like_a_share(bytes: &[u8]) -> bool {
        bytes.starts_with(SHARE)
    }

    /// Whether the bytes are a filter.
    #[inline(always)]
    pub(crate) fn is_filter(bytes: &[u8]) -> bool {
        !bytes.is_empty() && (scan::is_plain_filter(bytes) || is_rare_filter(bytes))
    }

    /// Reads a filter that was checked before.
    #[inline]
    pub(crate) fn read_checked(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Utf8String::read_checked(reader).map(Self)
    }

    #[inline(always)]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let bytes = BinaryData::read(reader)?.as_bytes();
        match Self::is_filter(bytes) {
            true => Ok(Self(Utf8String::trusted(bytes))),
            false => Err(not_a_filter(bytes, reader.at())),
        }
    }
}

/// Whether the bytes are a filter that is not only ASCII.
#[cold]
#[inline(never)]
fn is_rare_filter(bytes: &[u8]) -> bool {
    Utf8String::is_text(bytes) && scan::first_misplaced_wildcard(bytes).is_none()
}

/// The first error in these bytes, which end at offset `end` and are not a Topic Filter.
#[cold]
#[inline(never)]
fn not_a_filter(bytes: &[u8], end: usize) -> DecodeError {
    let start = end.saturating_sub(bytes.len());
    if bytes.is_empty() {
        // v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]
        return DecodeError::new(DecodeErrorKind::EmptyTopicFilter, start.saturating_sub(2));
    }
    match scan::first_misplaced_wildcard(bytes) {
        // v5 [MQTT-4.7.1-1] [MQTT-4.7.1-2], v3.1.1 [MQTT-4.7.1-2] [MQTT-4.7.1-3]
        Some(place) if Utf8String::is_text(bytes) => {
            DecodeError::new(DecodeErrorKind::MisplacedWildcard, start.saturating_add(place))
        }
        _ => not_text(bytes, end),
    }
}

as_text!(TopicFilter);

const SHARE: &[u8] = b"$share/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_section_4_7_says() {
        let matching = [
            ("sport/tennis/player1/#", "sport/tennis/player1"),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
            ("sport/+", "sport/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("#", "a"),
            ("$SYS/#", "$SYS/broker"),
            ("//", "//"),
        ];
        let different = [
            ("sport/tennis/+", "sport/tennis/player1/ranking"),
            ("sport/+", "sport"),
            ("+", "/finance"),
            ("+/monitor", "$SYS/monitor"),
            ("#", "$SYS"),
            ("ACCOUNTS", "Accounts"),
            ("a/b", "a/b/"),
        ];
        let matches =
            |filter, topic| TopicFilter::new(filter).expect("legal").matches(TopicName::new(topic).expect("legal"));
        for (filter, topic) in matching {
            assert!(matches(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in different {
            assert!(!matches(filter, topic), "{filter} {topic}");
        }
    }

    #[test]
    fn shared_subscriptions_are_recognized() {
        let shared = |filter| TopicFilter::new(filter).expect("legal").shared().map(|(name, f)| (name, f.as_str()));
        assert_eq!(shared("$share/g/a/#"), Some(("g", "a/#")));
        assert_eq!(shared("$share/g//"), Some(("g", "/")));
        for malformed in ["$share//a", "$share/g/", "$share/g", "$share/+/a"] {
            assert!(TopicFilter::new(malformed).expect("legal").is_malformed_share(), "{malformed}");
        }
        assert!(!TopicFilter::new("$shared/g").expect("legal").is_malformed_share());
    }

    /// The check of many bytes at once agrees with the definition, for all filters of up to nine bytes.
    #[test]
    fn plain_filters_are_those_without_a_misplaced_wildcard() {
        for len in 0..=9usize {
            for number in 0..4usize.pow(len as u32) {
                let byte = |place| b"a/#+"[number / 4usize.pow(place as u32) % 4];
                let filter: std::vec::Vec<u8> = (0..len).map(byte).collect();
                assert_eq!(
                    scan::is_plain_filter(&filter),
                    scan::first_misplaced_wildcard(&filter).is_none(),
                    "{filter:?}"
                );
            }
        }
    }
}
