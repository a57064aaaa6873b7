//! Topic Names and Topic Filters (section 4.7 of both versions, shared subscriptions: v5 section 4.8.2).

use core::{fmt, ops::Deref};

use crate::{
    BinaryData, DecodeError, DecodeErrorKind, InvalidValue, Utf8String,
    reader::Reader,
    scan::{self, is_wildcard},
    text::not_text,
};

/// A Topic Name: at least one character, no wildcards (section 4.7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(Utf8String<'a>);

impl<'a> TopicName<'a> {
    /// The name, if it is one.
    ///
    /// # Errors
    /// What [`Utf8String::new`] refuses; [`InvalidValue::Empty`]; [`InvalidValue::Wildcard`] with `#` or `+`.
    pub fn new(name: &'a str) -> Result<Self, InvalidValue> {
        Self::try_from(Utf8String::new(name)?)
    }

    /// The name, for as long as its bytes live.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'a str {
        self.0.as_str()
    }

    /// An empty name is `None`: legal in v5 PUBLISH beside a Topic Alias, and nowhere else.
    #[inline]
    pub(crate) fn read_optional(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        let bytes = BinaryData::read(reader)?.as_bytes();
        match core::str::from_utf8(bytes) {
            // one look for what is not text and for v5 [MQTT-3.3.2-2] [MQTT-4.7.0-1], v3.1.1 [MQTT-3.3.2-2]
            // [MQTT-4.7.1-1]
            Ok(text) if !scan::has_nul_or_wildcard(bytes) => {
                Ok((!text.is_empty()).then_some(Self(Utf8String::trusted(text))))
            }
            _ => Err(not_a_name(bytes, reader)),
        }
    }

    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let before = *reader;
        // v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]
        Self::read_optional(reader)?.ok_or_else(|| before.error(DecodeErrorKind::EmptyTopicName))
    }
}

/// The first thing that makes these bytes, the last ones read, no Topic Name.
#[cold]
fn not_a_name(bytes: &[u8], reader: &Reader<'_>) -> DecodeError {
    let start = reader.at().saturating_sub(bytes.len());
    let wildcard = bytes.iter().position(|byte| is_wildcard(*byte));
    match wildcard.and_then(|place| Some((place, bytes.get(..place)?))) {
        Some((place, before)) if Utf8String::is_text(before) => {
            DecodeError::new(DecodeErrorKind::WildcardInTopicName, start.saturating_add(place))
        }
        _ => not_text(bytes, reader),
    }
}

impl<'a> TryFrom<Utf8String<'a>> for TopicName<'a> {
    type Error = InvalidValue;
    fn try_from(text: Utf8String<'a>) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Empty);
        }
        if scan::has_wildcard(text.as_bytes()) {
            return Err(InvalidValue::Wildcard);
        }
        Ok(Self(text))
    }
}

/// A Topic Filter: at least one character; `#` stands alone in the last level, `+` alone in its level (section 4.7.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(Utf8String<'a>);

impl<'a> TopicFilter<'a> {
    /// The filter, if it is one. `$share/` without its form is not looked at: see [`TopicFilter::is_malformed_share`].
    ///
    /// # Errors
    /// What [`Utf8String::new`] refuses; [`InvalidValue::Empty`]; [`InvalidValue::Wildcard`] where a wildcard may not
    /// stand.
    pub fn new(filter: &'a str) -> Result<Self, InvalidValue> {
        let text = Utf8String::new(filter)?;
        if text.is_empty() {
            return Err(InvalidValue::Empty);
        }
        match misplaced_wildcard(&text) {
            Some(_) => Err(InvalidValue::Wildcard),
            None => Ok(Self(text)),
        }
    }

    /// The filter, for as long as its bytes live.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'a str {
        self.0.as_str()
    }

    /// Share Name and inner filter of `$share/{ShareName}/{filter}` (v5 section 4.8.2). `None` for every other filter,
    /// and for one that begins like it and has not its form: see [`TopicFilter::is_malformed_share`].
    #[must_use]
    pub fn shared(self) -> Option<(&'a str, TopicFilter<'a>)> {
        let (share_name, filter) = self.as_str().strip_prefix(SHARE)?.split_once('/')?;
        // v5 [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        if share_name.is_empty() || scan::has_wildcard(share_name.as_bytes()) || filter.is_empty() {
            return None;
        }
        Some((share_name, TopicFilter(Utf8String::trusted(filter))))
    }

    /// Whether the filter begins with `$share/` without being a shared subscription: refused in v5, an ordinary filter
    /// in v3.1.1.
    #[must_use]
    #[inline]
    pub fn is_malformed_share(self) -> bool {
        self.as_bytes().first() == Some(&b'$') && self.as_str().starts_with(SHARE) && self.shared().is_none()
    }

    /// Whether a Topic Name matches (sections 4.7.1 and 4.7.2): level by level, bytes as they are.
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
        // v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]
        if topic.as_str().starts_with('$') && self.as_str().starts_with(['#', '+']) {
            return false;
        }
        let mut levels = topic.as_str().split('/');
        for wanted in self.as_str().split('/') {
            match (wanted, levels.next()) {
                ("#", _) => return true,
                (_, None) => return false,
                ("+", Some(_)) => {}
                (wanted, Some(level)) if wanted == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }

    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let before = *reader;
        let text = Utf8String::read(reader)?;
        // v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]
        if text.is_empty() {
            return Err(before.error(DecodeErrorKind::EmptyTopicFilter));
        }
        // v5 [MQTT-4.7.1-1] [MQTT-4.7.1-2], v3.1.1 [MQTT-4.7.1-2] [MQTT-4.7.1-3]
        match misplaced_wildcard(&text) {
            Some(place) => {
                let start = reader.at().saturating_sub(text.len());
                Err(DecodeError::new(DecodeErrorKind::MisplacedWildcard, start.saturating_add(place)))
            }
            None => Ok(Self(text)),
        }
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Deref for $name<'_> {
            type Target = str;
            fn deref(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

as_text!(TopicName, TopicFilter);

const SHARE: &str = "$share/";

/// The offset of the first wildcard that shares its level with something, or of a `#` with a level behind it.
fn misplaced_wildcard(filter: &str) -> Option<usize> {
    let bytes = filter.as_bytes();
    let mut from = 0usize;
    while let Some(place) = scan::first_wildcard(bytes.get(from..)?) {
        let place = from.saturating_add(place);
        from = place.saturating_add(1);
        let begins = place == 0 || bytes.get(place.saturating_sub(1)) == Some(&b'/');
        let legal = match bytes.get(from) {
            None => begins,
            Some(b'/') => begins && bytes.get(place) == Some(&b'+'),
            Some(_) => false,
        };
        if !legal {
            return Some(place);
        }
    }
    None
}

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
    fn shared_filters_have_their_form() {
        let shared = |filter| TopicFilter::new(filter).expect("legal").shared().map(|(name, f)| (name, f.as_str()));
        assert_eq!(shared("$share/g/a/#"), Some(("g", "a/#")));
        assert_eq!(shared("$share/g//"), Some(("g", "/")));
        for malformed in ["$share//a", "$share/g/", "$share/g", "$share/+/a"] {
            assert!(TopicFilter::new(malformed).expect("legal").is_malformed_share(), "{malformed}");
        }
        assert!(!TopicFilter::new("$shared/g").expect("legal").is_malformed_share());
    }
}
