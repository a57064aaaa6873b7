//! [`Names`]: topics and Client Identifiers that no other plan has.

use crate::{
    explore::{plan::CLIENTS, random::Random},
    packet::{Fields, Value},
};

/// The prefix of a plan.
#[derive(Debug, Clone)]
pub struct Names {
    letters: String,
}

impl Names {
    /// The prefix of a plan that nobody else plays at the same time, or has played before.
    #[must_use]
    pub fn new(random: &mut Random) -> Self {
        Self { letters: format!("x{}", random.letters(9)) }
    }

    /// The Client Identifier of a Client.
    pub(super) fn client_id(&self, client: usize) -> String {
        format!("{}{}", self.letters, CLIENTS.get(client).unwrap_or(&"x"))
    }

    /// With the prefix.
    pub(super) fn topic(&self, topic: &str) -> String {
        format!("{}/{topic}", self.letters)
    }

    /// Puts the prefix before the topics and filters of a packet that is sent.
    pub(super) fn put(&self, fields: &Fields) -> Fields {
        let with = |value: &mut Value| {
            if let Value::Bytes(bytes) = value {
                *bytes = self.topic(&String::from_utf8_lossy(bytes)).into_bytes();
            }
        };
        let mut put = fields.clone();
        put.get_mut("topic").into_iter().for_each(with);
        if let Some(Value::Map(will)) = put.get_mut("will") {
            will.get_mut("topic").into_iter().for_each(with);
        }
        if let Some(Value::List(filters)) = put.get_mut("filters") {
            filters.iter_mut().for_each(with);
        }
        if let Some(Value::List(subscriptions)) = put.get_mut("subscriptions") {
            let maps = subscriptions.iter_mut().filter_map(|item| match item {
                Value::Map(map) => map.get_mut("filter"),
                _ => None,
            });
            maps.for_each(with);
        }
        put
    }

    /// Takes the prefix from the topic of a packet that was received. A topic without it stays as it is.
    pub(super) fn take(&self, fields: &mut Fields) {
        let Some(Value::Bytes(topic)) = fields.get_mut("topic") else { return };
        let prefix = format!("{}/", self.letters);
        if let Some(rest) = topic.strip_prefix(prefix.as_bytes()) {
            *topic = rest.to_vec();
        }
    }
}
