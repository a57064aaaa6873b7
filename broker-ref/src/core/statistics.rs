//! [`Statistics`]: the numbers of a broker at one moment, for those who watch it.

use super::broker::Broker;

/// The numbers of a broker. Counts start with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// Clients that are connected.
    pub clients_connected: u64,
    /// Sessions, connected or not.
    pub sessions: u64,
    /// Subscriptions in force.
    pub subscriptions: u64,
    /// Retained messages.
    pub retained_messages: u64,
    /// Bytes of the messages that wait in all Sessions.
    pub queued_bytes: u64,
    /// CONNECTs whose passwords wait to be checked.
    pub logins_waiting: u64,
    /// QoS 1 and 2 messages are refused, because the disk is nearly full.
    pub store_full: bool,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Control Packets received.
    pub packets_received: u64,
    /// Control Packets sent.
    pub packets_sent: u64,
    /// PUBLISH packets received.
    pub messages_received: u64,
    /// PUBLISH packets sent.
    pub messages_sent: u64,
    /// CONNECTs that were refused.
    pub logins_refused: u64,
    /// Messages that were refused or dropped because their Client may not publish them, or a limit was reached.
    pub publishes_refused: u64,
    /// Subscriptions that were refused.
    pub subscriptions_refused: u64,
}

impl Broker {
    /// The numbers of this moment. Costs the same however much there is.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        let counters = &self.connections.counters;
        Statistics {
            clients_connected: counters.connected,
            sessions: count(self.sessions.len()),
            subscriptions: count(self.tree.len()),
            retained_messages: count(self.retained.len()),
            queued_bytes: count(self.sessions.queued_bytes()),
            logins_waiting: count(self.logins.len()),
            store_full: self.store_is_full,
            bytes_received: counters.bytes_received,
            bytes_sent: counters.bytes_sent,
            packets_received: counters.packets_received,
            packets_sent: counters.packets_sent,
            messages_received: counters.messages_received,
            messages_sent: counters.messages_sent,
            logins_refused: self.refusals.logins,
            publishes_refused: self.refusals.publishes,
            subscriptions_refused: self.refusals.subscribes,
        }
    }
}
