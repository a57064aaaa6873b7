//! What is given to a connection, and what comes from it.

use std::time::Duration;

/// How to open a connection.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// The values of `Sec-WebSocket-Protocol`; `None` means `mqtt`.
    pub subprotocols: Option<Vec<String>>,
    /// The path to request instead of that of the target.
    pub path: Option<String>,
}

/// Something to write.
#[derive(Debug)]
pub enum Write {
    /// Bytes, as a WebSocket frame or a write of their own.
    Piece(Vec<u8>),
    /// One WebSocket frame.
    Frame { opcode: u8, fin: bool, payload: Vec<u8> },
    /// Close gracefully.
    Close,
    /// Stop writing.
    Stop,
}

/// Something received.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// At least one byte.
    Bytes(Vec<u8>),
    /// The connection has ended; the text for people says how.
    Ended(String),
    /// The broker has refused the connection by TLS, after the handshake; the text for people says why.
    Refused(String),
    /// The peer violated a rule of WebSocket, or of MQTT over WebSocket.
    Violation(String, Option<&'static str>),
}

impl Incoming {
    /// A WebSocket close with this code, if there is one.
    pub(super) fn closed(code: Option<u16>) -> Self {
        Self::Ended(match code {
            Some(code) => format!("WebSocket close {code}"),
            None => "WebSocket close".to_owned(),
        })
    }

    /// A TCP close without a WebSocket close, which counts as a close (vectors/README.md).
    pub(super) fn closed_without_close() -> Self {
        Self::Ended("closed without a WebSocket close".to_owned())
    }

    /// A text frame.
    pub(super) fn text_frame() -> Self {
        Self::Violation("received a text frame, expected a binary frame".to_owned(), Some("MQTT-6.0.0-1"))
    }

    /// A WebSocket message of more than [`LARGEST_MESSAGE`] bytes.
    pub(super) fn too_large() -> Self {
        Self::Violation(format!("received a WebSocket message of more than {} KiB", LARGEST_MESSAGE / 1024), None)
    }

    /// More than [`MOST_WITHOUT_DATA`] messages without data.
    pub(super) fn without_data() -> Self {
        Self::Violation(format!("received more than {MOST_WITHOUT_DATA} WebSocket messages without data"), None)
    }
}

/// Connecting and the handshake; mosquitto's WebSocket handshake alone takes 200 ms.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a broker may take to notice the end of a connection, before its place is given to another one.
pub(super) const NOTICES: Duration = Duration::from_millis(250);
/// How much is read and queued at once, in bytes.
pub(super) const READ: usize = 16 * 1024;
/// In bytes. No case asks for packets of that size, and a broker has no reason to join that many small ones.
pub(super) const LARGEST_MESSAGE: usize = 512 * 1024;
/// Pings, pongs and empty messages, each of which is legal, on one connection.
pub(super) const MOST_WITHOUT_DATA: usize = 10_000;
/// How many pieces of at most 16 KiB are queued for the reader of a connection. A full queue holds the broker back.
pub const QUEUE: usize = 4;
