//! [`Limits`]: what the shell grants its peers.

use super::origin::Origin;
use std::time::Duration;

/// What the shell grants its peers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Sockets at the same time. One more is accepted and closed at once. 16 384 unless set.
    pub connections: usize,
    /// From the accepted socket to the end of the handshakes of TLS and WebSocket. 10 seconds unless set.
    pub handshake: Duration,
    /// How long a peer may take nothing of what is sent to it before it is dropped. 60 seconds unless set.
    pub stalled: Duration,
    /// Origins of web pages that may open a WebSocket; absent: all. Clients that name no origin are no web pages.
    pub allowed_origins: Option<Vec<Origin>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16 * 1024,
            handshake: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            allowed_origins: None,
        }
    }
}
