//! [`covers`]: whether one Topic Filter matches everything that another one matches.

use mqttspec_codec::{TopicFilter, TopicName};

/// Whether `allowed` matches every Topic Name that `asked` matches.
///
/// A shared subscription asks for what its inner filter matches. A shared filter allows that one Share Name.
pub(super) fn covers(allowed: TopicFilter<'_>, asked: TopicFilter<'_>) -> bool {
    match (allowed.shared(), asked.shared()) {
        (None, None) => covers_plain(allowed.as_str(), asked.as_str()),
        (None, Some((_, asked))) => covers_plain(allowed.as_str(), asked.as_str()),
        (Some(_), None) => false,
        (Some((our_name, allowed)), Some((name, asked))) => {
            our_name == name && covers_plain(allowed.as_str(), asked.as_str())
        }
    }
}

/// Whether the filter `allowed` permits messages on `topic`.
pub(super) fn lets_through(allowed: TopicFilter<'_>, topic: TopicName<'_>) -> bool {
    allowed.shared().map_or(allowed, |(_, inner)| inner).matches(topic)
}

fn covers_plain(allowed: &str, asked: &str) -> bool {
    // v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]
    if asked.starts_with('$') && allowed.starts_with(['+', '#']) {
        return false;
    }
    // no Topic Name is empty, so these two do not ask for their parent level: v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]
    let asked = match asked {
        "#" => "+/#",
        "/#" => "/+/#",
        other => other,
    };
    let mut levels = asked.split('/');
    for level in allowed.split('/') {
        match (level, levels.next()) {
            // v5 section 4.7.1.2: the parent level too
            ("#", _) => return true,
            (_, None | Some("#")) => return false,
            ("+", Some(_)) => {}
            (level, Some(asked)) if level == asked => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(text: &str) -> TopicFilter<'_> {
        TopicFilter::new(text).unwrap()
    }

    /// All topics of up to four levels of these; `z` is in no filter.
    fn topics() -> Vec<String> {
        const LEVELS: [&str; 5] = ["", "a", "b", "z", "$s"];
        let mut topics: Vec<String> = LEVELS.map(str::to_owned).into();
        let mut from = 0;
        for _ in 1..4 {
            let longer: Vec<String> =
                topics[from..].iter().flat_map(|topic| LEVELS.map(|level| format!("{topic}/{level}"))).collect();
            from = topics.len();
            topics.extend(longer);
        }
        topics.retain(|topic| !topic.is_empty());
        topics
    }

    fn filters() -> impl Strategy<Value = String> {
        let level = prop::sample::select(vec!["", "a", "b", "+", "$s"]);
        (prop::collection::vec(level, 0..=3), any::<bool>())
            .prop_map(|(mut levels, multi)| {
                levels.extend(multi.then_some("#"));
                levels.join("/")
            })
            .prop_filter("a filter has a character", |filter| !filter.is_empty())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn covers_is_inclusion_of_the_topics(allowed in filters(), asked in filters()) {
            let (allowed, asked) = (filter(&allowed), filter(&asked));
            let included = topics().iter().map(|topic| TopicName::new(topic).unwrap())
                .all(|topic| !asked.matches(topic) || allowed.matches(topic));
            prop_assert_eq!(covers(allowed, asked), included);
        }

        #[test]
        fn covering_filter_lets_the_same_topics_through(allowed in filters(), asked in filters(), share in any::<bool>()) {
            let asked = if share { format!("$share/g/{asked}") } else { asked };
            let (allowed, asked) = (filter(&allowed), filter(&asked));
            for topic in topics() {
                let topic = TopicName::new(&topic).unwrap();
                let comes = lets_through(asked, topic);
                prop_assert!(!(covers(allowed, asked) && comes) || lets_through(allowed, topic));
            }
        }
    }

    #[test]
    fn shared_subscriptions() {
        let cases = [
            ("a/#", "$share/g/a/b", true),
            ("#", "$share/g/#", true),
            ("#", "$share/g/$SYS/#", false),
            ("a/#", "$share/a/b", false),
            ("$share/g/a/#", "$share/g/a/+", true),
            ("$share/g/a/#", "$share/other/a/+", false),
            ("$share/g/a/#", "a/+", false),
            ("$share/#", "$share/g/a", false),
        ];
        for (allowed, asked, covered) in cases {
            assert_eq!(covers(filter(allowed), filter(asked)), covered, "{allowed} {asked}");
        }
    }
}
