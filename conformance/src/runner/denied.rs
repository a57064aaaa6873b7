//! Topics on which the user of the run has no rights (`--denied-topic`).

use std::{fmt, str::FromStr};

use mqttspec_codec::TopicFilter;

use super::Capabilities;
use crate::{packet::Value, text::Text};

/// A Topic Filter: on what it matches, the user of the run may neither publish nor subscribe. The broker is configured so;
/// the suite cannot find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedTopic {
    /// Its first level is not a wildcard.
    filter: String,
}

/// Why a text cannot be a [`DeniedTopic`], as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedTopicError(Text);

impl FromStr for DeniedTopic {
    type Err = DeniedTopicError;

    fn from_str(text: &str) -> Result<Self, DeniedTopicError> {
        let wrong = |why: &str| {
            let expected = "expected a Topic Filter whose first level has no wildcard, such as denied/#";
            DeniedTopicError(format!("`{text}` {why}; {expected}").into())
        };
        let filter = TopicFilter::new(text).map_err(|_| wrong("is not a Topic Filter"))?;
        if filter.shared().is_some() || filter.is_malformed_share() {
            return Err(wrong("is a shared subscription, and nobody can publish to that"));
        }
        if text.starts_with(['+', '#']) {
            return Err(wrong("covers what cases need"));
        }
        Ok(Self { filter: text.to_owned() })
    }
}

impl DeniedTopic {
    /// Sets the capability `denied_topic`: a topic that the filter matches. `run` stands in its wildcards.
    pub(super) fn learn(&self, capabilities: &mut Capabilities, run: &str) {
        let levels = self.filter.split('/').map(|level| if ["+", "#"].contains(&level) { run } else { level });
        let topic = levels.collect::<Vec<_>>().join("/");
        capabilities.learn("denied_topic", Value::text(&topic), format!("--denied-topic {}", self.filter));
    }

    /// Whether it is about this topic of the run.
    #[cfg(feature = "network")]
    pub(super) fn covers(&self, topic: &[u8]) -> bool {
        let topic = std::str::from_utf8(topic).ok().and_then(|topic| mqttspec_codec::TopicName::new(topic).ok());
        TopicFilter::new(&self.filter).is_ok_and(|filter| topic.is_some_and(|topic| filter.matches(topic)))
    }
}

impl fmt::Display for DeniedTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.filter)
    }
}

impl fmt::Display for DeniedTopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeniedTopicError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(filter: &str) -> String {
        let mut capabilities = Capabilities::default();
        filter.parse::<DeniedTopic>().unwrap().learn(&mut capabilities, "run");
        let topic = capabilities.value("denied_topic").and_then(Value::as_bytes).unwrap();
        String::from_utf8(topic.to_vec()).unwrap()
    }

    #[test]
    fn a_topic_is_one_that_the_filter_matches() {
        assert_eq!(topic("denied/#"), "denied/run");
        assert_eq!(topic("denied/+/x"), "denied/run/x");
        assert_eq!(topic("$denied"), "$denied");
    }

    #[test]
    fn filters_that_leave_no_topic_are_refused() {
        for text in ["", "#", "+/denied", "a#", "$share/g/denied", "$share//x"] {
            let error = text.parse::<DeniedTopic>().expect_err(text).to_string();
            assert!(error.contains(&format!("`{text}`")) && error.ends_with("such as denied/#"), "{error}");
        }
    }
}
