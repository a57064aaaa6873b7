//! A byte stream to a broker: TCP, or TLS over TCP.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::Target;
use crate::transport::LinkError;

/// A stream with or without TLS.
pub(super) type Stream = Box<dyn Duplex>;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// Connects. Also returns a second handle to the same socket.
///
/// # Errors
/// Nothing answers, or the certificate is not trusted.
pub(super) async fn connect(target: &Target) -> Result<(Stream, std::net::TcpStream), LinkError> {
    let unreachable = |error: io::Error| {
        LinkError::Unreachable(format!("cannot connect to {target}: {error}; is the broker running?").into())
    };
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let raw = socket2::SockRef::from(&stream).try_clone().map_err(unreachable)?.into();
    let addresses = stream.local_addr().and_then(|client| Ok((client, stream.peer_addr()?)));
    if !target.tls {
        return Ok((target.watchers.watch(Box::new(stream), addresses), raw));
    }
    let stream = target.tls_options.secure(target, stream).await.map_err(|why| LinkError::Unreachable(why.into()))?;
    Ok((target.watchers.watch(stream, addresses), raw))
}
