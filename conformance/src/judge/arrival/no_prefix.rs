//! `no_prefix`: the case also receives the traffic of other clients, so deliveries on topics that it does not mention
//! are ignored.

use std::collections::BTreeSet;

use mqttspec_codec::PacketType;

use crate::{
    judge::{blocks::walk, expect::names::Names},
    packet::Value,
    vector::{
        parts::actions,
        script::{Action, Expected, Matcher, Name, Step, Term},
    },
};

/// The topics that a case mentions.
#[derive(Debug, Default)]
pub(crate) struct MentionedTopics {
    /// Those written in sends and expectations.
    written: Vec<Term>,
    /// Those of packets that were sent, including hex.
    sent: BTreeSet<String>,
    /// Clients that expect a PUBLISH without a complete topic. All their topics count as mentioned.
    everything: BTreeSet<Name>,
}

impl MentionedTopics {
    pub(crate) fn of(steps: &[Step]) -> Self {
        let mut mentioned = Self::default();
        walk::steps(steps, &mut |expectation| {
            let Expected::Packet(PacketType::Publish, wanted) = &expectation.what else { return };
            match wanted.iter().find(|(name, _)| *name == "topic") {
                Some((_, Matcher::Is(topic))) => mentioned.written.push(topic.clone()),
                _ => {
                    mentioned.everything.insert(Name::clone(&expectation.who));
                }
            }
        });
        actions(steps, &mut |action| {
            let (Action::Send(_, outgoing) | Action::Exchange(_, outgoing)) = action else { return };
            mentioned.written.extend(outgoing.fields.get("topic").cloned());
            match outgoing.fields.get("will") {
                Some(Term::Map(will)) => mentioned.written.extend(will.get("topic").cloned()),
                Some(Term::Value(Value::Map(will))) => {
                    mentioned.written.extend(will.get("topic").cloned().map(Term::Value));
                }
                _ => {}
            }
        });
        mentioned
    }

    pub(crate) fn sent(&mut self, topic: &str) {
        self.sent.insert(topic.to_owned());
    }

    /// Whether a delivery to that client belongs to the case.
    pub(crate) fn contains(&self, who: &str, topic: &str, names: &Names) -> bool {
        self.everything.contains(who)
            || self.sent.contains(topic)
            || self
                .written
                .iter()
                .any(|term| matches!(names.resolve(term), Ok(Value::Bytes(bytes)) if bytes == topic.as_bytes()))
    }
}
