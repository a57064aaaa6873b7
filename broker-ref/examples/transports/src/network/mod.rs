//! The network between the clients and a server, and the process of the server.

mod hold;
mod link;
mod meter;
mod process;
mod proxy;

pub(crate) use meter::{Count, Meter};
pub(crate) use process::Process;
pub(crate) use proxy::Proxy;

use std::time::Duration;

/// What the network does to a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Network {
    /// From one side to the other.
    pub(crate) delay: Duration,
    /// The share of segments that are lost, 0 to 1. TCP sends them again, so what is modelled is the time that this takes:
    /// the segment, and all that follows it, comes later by the delay there and back, and at least 200 ms.
    pub(crate) loss: f64,
    /// Whether a response is held back until it is complete, or until 64 KiB of its body have come.
    pub(crate) buffers: bool,
    /// Connections that were silent in both directions for so long are closed. `None` closes none.
    pub(crate) cuts_after: Option<Duration>,
}
