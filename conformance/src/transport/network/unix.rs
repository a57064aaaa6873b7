//! Unix domain sockets.

#[cfg(unix)]
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU16, Ordering},
};

use super::{Target, stream::Connected};

/// Connects to the socket at the path of the target.
///
/// # Errors
/// Nothing listens there.
#[cfg(unix)]
pub(super) async fn connect(target: &Target) -> std::io::Result<Connected> {
    let stream = tokio::net::UnixStream::connect(&target.path).await?;
    let raw = socket2::SockRef::from(&stream).try_clone()?;
    Ok(Connected { stream: Box::new(stream), raw, addresses: Ok(addresses()) })
}

/// # Errors
/// Always.
#[cfg(not(unix))]
pub(super) async fn connect(_: &Target) -> std::io::Result<Connected> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "this system has no Unix domain sockets"))
}

/// Addresses for a capture of packets, which has no others: loopback, with a port of its own for each client.
#[cfg(unix)]
fn addresses() -> (SocketAddr, SocketAddr) {
    static CONNECTIONS: AtomicU16 = AtomicU16::new(0);
    let port = FIRST_PORT + CONNECTIONS.fetch_add(1, Ordering::Relaxed) % FIRST_PORT;
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    (loopback(port), loopback(super::target::MQTT_PORT))
}

/// Clients have the ports from this one on.
#[cfg(unix)]
const FIRST_PORT: u16 = 0x8000;
