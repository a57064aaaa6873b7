//! [`Outgoing`]: a batch of output on its way to the socket. [`Ending`]: why a connection ends.

use std::fmt;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The core's last bytes have left.
    Last,
    /// The peer closed, or the network did.
    Gone,
    /// The peer has not read anything for too long.
    Stalled,
    /// The server is stopping.
    Stopping,
    /// A text frame.
    NotBinary,
    /// A text that is not UTF-8, perhaps the reason in a Close frame.
    NotUtf8,
    /// A violation of RFC 6455.
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
            Self::Stalled => "the client does not read",
            Self::Stopping => "the broker is stopping",
            Self::NotBinary => "received a text frame",
            Self::NotUtf8 => "received a WebSocket text that is not UTF-8",
            Self::BadFrame => "received a malformed WebSocket frame",
            Self::TooBig => "received a WebSocket message over the limit",
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

/// In bytes: a buffer that grew larger is freed once it is empty.
const KEPT: usize = 16 * 1024;
