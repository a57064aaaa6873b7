//! The types of the contract on the [module page](super): what the shell tells the core, and what the core answers.

use ::core::net::{IpAddr, Ipv6Addr};

/// Identifies a connection. The shell chooses it and never reuses it.
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
    /// Bytes were read. Packets may be cut anywhere.
    Received(&'a [u8]),
    /// The password of this connection was checked, with this result of
    /// [`PasswordCheck::run`](super::PasswordCheck::run).
    PasswordChecked(bool),
    /// The transport is gone, no matter which side closed it. The core forgets the connection and its output.
    Closed,
}

/// The other end of a connection, as far as the transport knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Peer {
    /// Address and port, or any other name that helps people.
    pub address: String,
    /// The IP address; `None` if the transport has none. What concerns everybody at one address is shared fairly
    /// between addresses.
    pub ip: Option<IpAddr>,
}

impl Peer {
    pub(super) fn source(&self) -> Source {
        Source(self.ip.map(|ip| match ip.to_canonical() {
            // whoever has one such address has a network of 64 bits
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
            ip @ IpAddr::V4(_) => ip,
        }))
    }
}

/// Where connections come from, as far as fairness is concerned. Those without an address are of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Source(Option<IpAddr>);

/// When output may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// At once.
    Now,
    /// When everything that [`Broker::poll_delta`](super::Broker::poll_delta) has returned so far is on disk.
    AfterPersist,
}

/// Whether a connection stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub enum Flow {
    /// It stays open.
    Open,
    /// The shell closes it after this output.
    Last,
}
