//! What probing, the bystander and cleaning up need of a transport: open, send, receive. Over sockets it waits; in memory
//! it is always ready.

use std::{fmt, time::Duration};

/// A way to open connections to one broker.
pub trait Link {
    /// One connection.
    type Line;

    /// Opens a connection as the URL says.
    fn open(&mut self) -> impl Future<Output = Result<Self::Line, LinkError>>;

    /// Sends bytes. A connection that has ended takes them without an error: the next receive tells.
    fn send(&mut self, line: &mut Self::Line, bytes: Vec<u8>) -> impl Future<Output = ()>;

    /// The next bytes; `Ok(None)` when nothing came for that long.
    fn receive(
        &mut self,
        line: &mut Self::Line,
        within: Duration,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, LinkError>>;

    /// Time since some moment in the past; in memory the virtual clock.
    fn now(&self) -> Duration;
}

/// Why a connection could not be opened, or how it ended: a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkError {
    /// What happened, and what to do.
    pub why: String,
    /// There was a connection, and MQTT on it went wrong; otherwise there was none, or only silence.
    pub answered: bool,
    /// Nothing came at all in the time there was.
    pub is_silence: bool,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for LinkError {}
