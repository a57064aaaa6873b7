//! [`Limits`]: the limits of the shell.

use super::origin::Origin;
use std::time::Duration;

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
    /// How packets are put into WebSocket frames. The default is one in each.
    pub packets_per_frame: PacketsPerFrame,
}

/// How many MQTT Control Packets the broker puts into one WebSocket frame. The standards allow any number (v5
/// [MQTT-6.0.0-2], v3.1.1 [MQTT-6.0.0-2]), but not all clients expect that: Paho C 1.3 confuses its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PacketsPerFrame {
    /// Each packet has frames of its own; most need one.
    #[default]
    One,
    /// As many as there are: fewer bytes and less work.
    Many,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16 * 1024,
            handshake: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            allowed_origins: None,
            packets_per_frame: PacketsPerFrame::One,
        }
    }
}
