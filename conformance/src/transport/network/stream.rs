//! A byte stream to a broker: TCP, TLS over TCP, or a Unix domain socket.

use std::{io, net::SocketAddr};

use socket2::{SockRef, Socket};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{Scheme, Target, unix};
use crate::transport::LinkError;

/// A stream with or without TLS.
pub(super) type Stream = Box<dyn Duplex>;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// A connection to a broker.
pub(super) struct Connected {
    pub(super) stream: Stream,
    /// A second handle to the same socket.
    pub(super) raw: Socket,
    /// Those of the client and of the broker.
    pub(super) addresses: io::Result<(SocketAddr, SocketAddr)>,
}

/// Connects. Also returns a second handle to the same socket.
///
/// # Errors
/// Nothing answers, or the certificate is not trusted.
pub(super) async fn connect(target: &Target) -> Result<(Stream, Socket), LinkError> {
    let unreachable = |error: io::Error| {
        LinkError::Unreachable(format!("cannot connect to {target}: {error}; is the broker running?").into())
    };
    let Connected { stream, raw, addresses } = match (target.scheme, target.tls) {
        (Scheme::Unix, _) => unix::connect(target).await.map_err(unreachable)?,
        (_, false) => {
            let (stream, raw, addresses) = over_tcp(target).await.map_err(unreachable)?;
            Connected { stream: Box::new(stream), raw, addresses }
        }
        (_, true) => {
            let (stream, raw, addresses) = over_tcp(target).await.map_err(unreachable)?;
            let secured = target.tls_options.secure(target, stream).await;
            Connected { stream: secured.map_err(|why| LinkError::Unreachable(why.into()))?, raw, addresses }
        }
    };
    Ok((target.watchers.watch(stream, addresses), raw))
}

async fn over_tcp(target: &Target) -> io::Result<(TcpStream, Socket, io::Result<(SocketAddr, SocketAddr)>)> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    stream.set_nodelay(true)?;
    let raw = SockRef::from(&stream).try_clone()?;
    let addresses = stream.local_addr().and_then(|client| Ok((client, stream.peer_addr()?)));
    Ok((stream, raw, addresses))
}
