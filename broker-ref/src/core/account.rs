//! [`Account`]: what a connection was, for logs.

use std::sync::Arc;

use mqttspec_codec::{ReasonCode, Version};

/// What is known of a connection. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Account {
    /// What CONNECT said, whether it was accepted or not.
    pub version: Option<Version>,
    /// From an accepted CONNECT on; the assigned one, where the Client left it to the broker.
    pub client_id: Option<Arc<str>>,
    /// Why the broker refused the Client or ended the connection; absent as long as it did not, and where there is no
    /// Reason Code for it.
    pub reason: Option<ReasonCode>,
    /// Control Packets that came, malformed ones included.
    pub packets_received: u64,
    /// Control Packets for the Client, those included that wait.
    pub packets_sent: u64,
}

impl Account {
    pub(super) const fn count_received(&mut self) {
        self.packets_received = self.packets_received.saturating_add(1);
    }

    pub(super) const fn count_sent(&mut self) {
        self.packets_sent = self.packets_sent.saturating_add(1);
    }
}
