//! [`Wire`]: the socket of a connection, with or without WebSocket frames.

use super::{
    outgoing::{Ending, Outgoing},
    stream::Stream,
    websocket::WebSocket,
};
use std::{
    ops::Deref,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_tungstenite::tungstenite::Bytes;

/// One connection's socket, in both directions: an ordered, lossless stream of bytes. v5 [MQTT-4.2.0-1], v3.1.1
/// [MQTT-7.1.1-1].
#[derive(Debug)]
pub(super) enum Wire {
    Tcp(Stream),
    /// Boxed: the task of a TCP connection need not be as large as that of a WebSocket.
    WebSocket(Box<WebSocket>),
}

impl Wire {
    /// Bytes that have arrived. No bytes means an empty WebSocket frame or a Ping; the end of input is `Ending::Gone`.
    pub(super) fn poll_read<'s>(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &'s mut [u8],
    ) -> Poll<Result<Chunk<'s>, Ending>> {
        match self {
            Self::WebSocket(socket) => socket.poll_read(cx).map_ok(Chunk::Frame),
            Self::Tcp(socket) => {
                let mut read = ReadBuf::new(scratch);
                let result = ready!(Pin::new(socket).poll_read(cx, &mut read));
                let len = read.filled().len();
                match (result, scratch.get(..len)) {
                    (Ok(()), Some(bytes)) if len > 0 => Poll::Ready(Ok(Chunk::Scratch(bytes))),
                    _ => Poll::Ready(Err(Ending::Gone)),
                }
            }
        }
    }

    /// Bytes of a WebSocket message whose end has not arrived, with its frames' headers.
    pub(super) fn half_message(&self) -> usize {
        match self {
            Self::Tcp(_) => 0,
            Self::WebSocket(socket) => socket.half_message(),
        }
    }

    /// Ready when everything has been given to the kernel.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, outgoing: &mut Outgoing) -> Poll<Result<(), Ending>> {
        match self {
            Self::WebSocket(socket) => socket.poll_write(cx, outgoing),
            Self::Tcp(socket) => {
                while !outgoing.is_empty() {
                    match ready!(Pin::new(&mut *socket).poll_write(cx, outgoing.rest())) {
                        Ok(len) if len > 0 => outgoing.advance(len),
                        _ => return Poll::Ready(Err(Ending::Gone)),
                    }
                }
                // TLS keeps what the socket did not take.
                Pin::new(socket).poll_flush(cx).map_err(|_| Ending::Gone)
            }
        }
    }

    /// Closes in good order: the Close frame of a WebSocket, the end of our direction, then the end of the peer's.
    ///
    /// The peer decides how long this takes, so give it a time limit.
    pub(super) async fn close(self, why: Ending) {
        if why == Ending::Stalled {
            return; // a Close frame would wait for all the output before it
        }
        let mut socket = match self {
            Self::Tcp(socket) => socket,
            Self::WebSocket(mut socket) => {
                socket.say_goodbye(why).await;
                // Half a message is not kept while the peer is waited for.
                socket.into_stream()
            }
        };
        match why {
            // Stopping must not wait for clients: only our direction ends in good order.
            Ending::Stopping => drop(socket.shutdown().await),
            _ => close_gently(&mut socket).await,
        }
    }
}

/// Ends our direction and discards what still comes until the peer ends its own.
///
/// Closing a socket that has unread bytes sends a reset, and a reset discards what the peer has not yet read, such as
/// the CONNACK or DISCONNECT that gives the reason.
pub(super) async fn close_gently(socket: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    std::future::poll_fn(|cx| {
        if ready!(Pin::new(&mut *socket).poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        let mut discarded = [0; 1024];
        loop {
            let mut read = ReadBuf::new(&mut discarded);
            let result = ready!(Pin::new(&mut *socket).poll_read(cx, &mut read));
            if result.is_err() || read.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    })
    .await;
}

/// Bytes that were read, into the shared scratch buffer or a frame's own.
#[derive(Debug)]
pub(super) enum Chunk<'s> {
    Scratch(&'s [u8]),
    Frame(Bytes),
}

impl Deref for Chunk<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Scratch(bytes) => bytes,
            Self::Frame(bytes) => bytes,
        }
    }
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;
    use crate::shell::certificate::Certificate;
    use std::{io::Read, net, sync::Arc, task::Waker, thread};
    use tokio::{net::TcpListener, runtime::Builder};
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

    #[test]
    fn wire_is_not_done_while_tls_holds_bytes() {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let (mut wire, mut client) = under_tls().await;
            let (mut outgoing, mut written) = (Outgoing::default(), 0);
            let mut nobody = Context::from_waker(Waker::noop());
            while wire.poll_write(&mut nobody, &mut outgoing).is_ready() {
                outgoing.buffer_mut().extend_from_slice(&[7; 1000]);
                written += 1000;
            }
            assert!(outgoing.is_empty(), "TLS takes what the socket has no room for");
            let reader = thread::spawn(move || {
                let mut received = vec![0; written];
                client.read_exact(&mut received).map(|()| received)
            });
            std::future::poll_fn(|cx| wire.poll_write(cx, &mut outgoing)).await.unwrap();
            assert_eq!(reader.join().unwrap().unwrap(), vec![7; written]);
        });
    }

    type Client = StreamOwned<ClientConnection, net::TcpStream>;

    async fn under_tls() -> (Wire, Client) {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own.cert.der().clone()).unwrap();
        let certificate = Certificate::new(vec![own.cert.der().clone()], own.signing_key.into()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = thread::spawn(move || {
            let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
            let mut client = StreamOwned::new(connection, net::TcpStream::connect(address).unwrap());
            client.conn.complete_io(&mut client.sock).unwrap();
            client
        });
        let (socket, _) = listener.accept().await.unwrap();
        let stream = certificate.acceptor().accept(socket).await.unwrap();
        (Wire::Tcp(Stream::Tls(Box::new(stream))), client.join().unwrap())
    }
}
