//! [`Meter`]: what a stage has used of the network.

use std::{
    ops::Sub,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Counters that the proxy and the clients share.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    bytes: AtomicU64,
    connections: AtomicU64,
    requests: AtomicU64,
}

/// What was counted up to a moment, or between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// Payload of TCP in both directions, without the headers of TCP and IP.
    pub(crate) bytes: u64,
    /// TCP connections that were opened.
    pub(crate) connections: u64,
    /// HTTP requests, those that open a WebSocket included.
    pub(crate) requests: u64,
}

impl Meter {
    pub(super) fn bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn connection(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    pub(crate) fn count(&self) -> Count {
        Count {
            bytes: self.bytes.load(Relaxed),
            connections: self.connections.load(Relaxed),
            requests: self.requests.load(Relaxed),
        }
    }
}

impl Sub for Count {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            bytes: self.bytes - earlier.bytes,
            connections: self.connections - earlier.connections,
            requests: self.requests - earlier.requests,
        }
    }
}
