//! The contract of the [module page](super) in types: what the shell tells the core, and what it learns from it.

/// Names a connection. The shell chooses it and never uses it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What happened on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The transport is up, WebSocket and TLS handshakes included.
    Opened(Peer),
    /// A whole read chunk, cut anywhere.
    Received(&'a [u8]),
    /// What [`PasswordCheck::run`](super::PasswordCheck::run) gave for the check of this connection.
    PasswordChecked(bool),
    /// The transport is gone, whoever closed it. The core forgets the connection and what waited for it.
    Closed,
}

/// Who is at the other end, as far as the transport knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Peer {
    /// For people: address and port, or any other name.
    pub address: String,
}

/// When bytes may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// At once.
    Now,
    /// When everything that [`Broker::poll_delta`](super::Broker::poll_delta) gave so far is on disk.
    AfterPersist,
}

/// Whether a connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Flow {
    /// It goes on.
    Open,
    /// The shell closes it after these bytes.
    Last,
}
