//! [`Limits`]: the limits of the shell.

use super::origin::Origin;
use std::time::Duration;

/// Limits of the shell.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Sockets at the same time. One more is accepted and closed at once. The default is 1024.
    pub connections: usize,
    /// Time for the handshakes of TLS and WebSocket. The default is 10 seconds.
    pub handshake: Duration,
    /// How long a peer may read nothing before its connection is dropped. The default is 60 seconds.
    pub stalled: Duration,
    /// Origins of web pages that may open a WebSocket; `None` allows all. Clients that send no origin are not web
    /// pages, and are always allowed.
    pub allowed_origins: Option<Vec<Origin>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshake: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            allowed_origins: None,
        }
    }
}
