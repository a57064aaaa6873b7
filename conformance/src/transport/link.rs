//! What probing, the bystander and cleaning up need of a transport: open, send, receive. Over sockets it waits; in memory
//! it is always ready.

use std::{fmt, time::Duration};

/// A way to open connections to one broker.
pub trait Link {
    /// One connection.
    type Connection;

    /// Opens a connection as the URL says.
    fn open(&mut self) -> impl Future<Output = Result<Self::Connection, LinkError>>;

    /// Sends bytes. A connection that has ended takes them without an error: the next receive tells.
    fn send(&mut self, connection: &mut Self::Connection, bytes: Vec<u8>) -> impl Future<Output = ()>;

    /// The next bytes; `Ok(None)` when nothing came for that long.
    fn receive(
        &mut self,
        connection: &mut Self::Connection,
        within: Duration,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, LinkError>>;

    /// Time since some moment in the past; in memory the virtual clock.
    fn now(&self) -> Duration;
}

/// Why a connection could not be opened, or how it ended; each holds a sentence for a person: what happened, and what to
/// do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// There is no connection, or nothing on it that could be MQTT.
    Unreachable(String),
    /// Nothing came at all in the time there was.
    Silent(String),
    /// There was a connection, and MQTT on it went wrong or it ended.
    Misbehaved(String),
}

impl LinkError {
    /// The sentence.
    #[must_use]
    pub fn why(&self) -> &str {
        let (LinkError::Unreachable(why) | LinkError::Silent(why) | LinkError::Misbehaved(why)) = self;
        why
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl std::error::Error for LinkError {}
