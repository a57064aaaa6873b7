//! What leaves on a connection: [`Outgoing`] bytes, and in the end the reason, [`Ending`].

use std::fmt;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The core's last bytes have left.
    Last,
    /// The peer closed, or the network did.
    Gone,
    /// The peer has taken nothing for too long.
    Stalled,
    /// The server stops.
    Stopping,
    /// A text frame.
    NotBinary,
    /// Against RFC 6455.
    BadFrame,
    /// A frame or message over the limit.
    TooBig,
}

/// For logs.
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Last => "by the broker",
            Self::Gone => "by the client",
            Self::Stalled => "the client takes nothing",
            Self::Stopping => "the broker stops",
            Self::NotBinary => "a text frame came",
            Self::BadFrame => "a frame broke the rules of WebSocket",
            Self::TooBig => "a WebSocket message over the limit came",
        })
    }
}

/// One batch from the core, and how much of it has left.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    buffer: Vec<u8>,
    /// At most `buffer.len()`; equal only when both are 0.
    sent: usize,
}

impl Outgoing {
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Bytes that have not yet left.
    pub(super) fn len(&self) -> usize {
        self.rest().len()
    }

    pub(super) fn rest(&self) -> &[u8] {
        debug_assert!(self.sent <= self.buffer.len(), "more was sent than there is");
        self.buffer.get(self.sent..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, len: usize) {
        self.sent += len;
        if self.sent >= self.buffer.len() {
            self.sent = 0;
            self.buffer.clear();
            if self.buffer.capacity() > KEPT {
                self.buffer = Vec::new();
            }
        }
    }

    /// The buffer, for the core to fill when it is empty.
    pub(super) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }
}

/// A buffer that grew beyond this in bytes is given back once it is empty.
const KEPT: usize = 16 * 1024;
