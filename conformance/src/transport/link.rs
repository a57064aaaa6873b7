//! The operations that probing, the bystander and cleanup need of a transport: open, send, receive. They wait over
//! sockets, and are always ready in memory.

use std::{fmt, time::Duration};

use crate::text::Text;

/// Opens connections to one broker.
pub trait Link {
    /// One connection.
    type Connection;

    /// Opens a connection.
    fn open(&mut self) -> impl Future<Output = Result<Self::Connection, LinkError>>;

    /// Sends bytes. If the connection has ended, this is not an error; the next `receive` returns it.
    fn send(&mut self, connection: &mut Self::Connection, bytes: Vec<u8>) -> impl Future<Output = ()>;

    /// The next bytes; `Ok(None)` if nothing arrived within that time.
    fn receive(
        &mut self,
        connection: &mut Self::Connection,
        within: Duration,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, LinkError>>;

    /// Says that nothing more will be sent. What the broker still sends can be received.
    fn shut(&mut self, connection: &mut Self::Connection) -> impl Future<Output = ()>;

    /// Ends a connection at once. What was not received is lost.
    fn reset(&mut self, connection: Self::Connection) -> impl Future<Output = ()>;

    /// Whether connections that are opened at the same time are opened one after the other, however fast the broker is.
    fn opens_in_turn(&self) -> bool {
        false
    }

    /// Lets that time pass.
    fn pause(&mut self, time: Duration) -> impl Future<Output = ()>;

    /// The time since an arbitrary moment; in memory, the virtual clock.
    fn now(&self) -> Duration;

    /// How many connections may be opened at the same moment, at least two.
    fn most_at_once(&self) -> usize {
        usize::MAX
    }
}

/// Why a connection could not be opened, or how it ended. Each variant contains a sentence for people that says what
/// happened and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// There is no connection, or it does not speak MQTT.
    Unreachable(Text),
    /// Nothing arrived in time.
    Silent(Text),
    /// The connection ended, or MQTT on it failed.
    Misbehaved(Text),
    /// The broker sends without end.
    Endless(Text),
    /// What answers is not a broker: its first bytes are not MQTT.
    Stranger(Text),
    /// The broker violated a rule.
    Illegal(Illegal),
}

/// How a broker violated a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Illegal {
    /// What was wrong, as a lowercase fragment.
    pub what: Text,
    /// The statement, if there is one.
    pub statement: Option<&'static str>,
    /// The bytes that were received, if they show it; not all of them if there are many.
    pub bytes: Vec<u8>,
}

impl LinkError {
    /// Whether the connection was open and has ended.
    pub(crate) const fn is_end(&self) -> bool {
        matches!(self, LinkError::Misbehaved(_))
    }

    /// The sentence.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            LinkError::Unreachable(why)
            | LinkError::Silent(why)
            | LinkError::Misbehaved(why)
            | LinkError::Endless(why)
            | LinkError::Stranger(why) => why,
            LinkError::Illegal(illegal) => &illegal.what,
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl std::error::Error for LinkError {}
