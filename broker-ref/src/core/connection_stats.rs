//! [`ConnectionStats`]: what is known of a connection, for logs.

use std::sync::Arc;

use mqttspec_codec::{ReasonCode, Version};

/// What is known of a connection. The broker makes no decision by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// The version in CONNECT, even if CONNECT was refused.
    pub version: Option<Version>,
    /// The Client Identifier of an accepted CONNECT, which the broker may have assigned.
    pub client_id: Option<Arc<str>>,
    /// Why the broker refused the Client or ended the connection; `None` if it did neither, or if no Reason Code says
    /// why.
    pub reason: Option<ReasonCode>,
    /// Control Packets received, including malformed ones.
    pub packets_received: u64,
    /// Control Packets sent, including those that still wait in the core.
    pub packets_sent: u64,
}

impl ConnectionStats {
    pub(super) const fn count_received(&mut self) {
        self.packets_received = self.packets_received.saturating_add(1);
    }

    pub(super) const fn count_sent(&mut self) {
        self.packets_sent = self.packets_sent.saturating_add(1);
    }
}
