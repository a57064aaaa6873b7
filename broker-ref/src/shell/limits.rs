//! [`Limits`]: the limits of the shell.

use super::{origin::Origin, proxy::Network};
use std::{net::IpAddr, time::Duration};

/// Limits of the shell.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Sockets at the same time. One more is accepted and closed at once. The default is 16 384.
    pub connections: usize,
    /// Time for the handshakes of TLS and WebSocket. The default is 10 seconds.
    pub handshake: Duration,
    /// How long a peer may read nothing before its connection is dropped. The default is 60 seconds.
    pub stalled: Duration,
    /// Origins of web pages that may open a WebSocket; `None` allows all. Clients that send no origin are not web
    /// pages, and are always allowed.
    pub allowed_origins: Option<Vec<Origin>>,
    /// Proxies that are believed when they say whom they speak for: by X-Forwarded-For of a WebSocket handshake, and by
    /// the PROXY protocol. `None` believes nobody.
    pub trusted_proxies: Option<Vec<Network>>,
    /// Every connection from a trusted proxy begins with a header of the PROXY protocol, version 1 or 2; without it the
    /// connection is refused. The default is false.
    pub proxy_protocol: bool,
}

impl Limits {
    pub(super) fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted_proxies.as_ref().is_some_and(|trusted| trusted.iter().any(|network| network.contains(ip)))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16 * 1024,
            handshake: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            allowed_origins: None,
            trusted_proxies: None,
            proxy_protocol: false,
        }
    }
}
