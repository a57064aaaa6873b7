//! [`Ledger`]: every message that was ever published, Wills included, by a number that is its payload.

use mqttspec_broker::core::Timestamp;
use mqttspec_codec::QoS;

pub(crate) type Number = usize;

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) publisher: usize,
    pub(crate) topic: usize,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// Clears a retained message. Its payload says no number.
    pub(crate) empty: bool,
    /// Seconds.
    pub(crate) expiry: Option<u32>,
    pub(crate) will: bool,
    /// Each time the broker took it over, as a place among all such times.
    pub(crate) taken: Vec<u64>,
}

impl Message {
    pub(crate) fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.expiry.map(|seconds| now.after_seconds(seconds))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    messages: Vec<Message>,
    clock: u64,
}

impl Ledger {
    pub(crate) fn write(&mut self, message: Message) -> Number {
        self.messages.push(message);
        self.messages.len() - 1
    }

    pub(crate) fn payload(&self, number: Number) -> String {
        if self[number].empty { String::new() } else { number.to_string() }
    }

    /// The message of this payload; `None` for an empty one, and for one that was never published.
    pub(crate) fn find(&self, payload: &[u8]) -> Option<Number> {
        let number = std::str::from_utf8(payload).ok()?.parse().ok()?;
        (number < self.messages.len()).then_some(number)
    }

    /// The broker takes it over now.
    pub(crate) fn take(&mut self, number: Number) -> &Message {
        self.clock += 1;
        self.messages[number].taken.push(self.clock);
        &self.messages[number]
    }
}

impl std::ops::Index<Number> for Ledger {
    type Output = Message;
    fn index(&self, number: Number) -> &Message {
        &self.messages[number]
    }
}
