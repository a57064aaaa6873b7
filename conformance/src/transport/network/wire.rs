//! What connections carry, for those who record it: the bytes inside TLS, with WebSocket frames as they are.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;

/// Sees what connections carry. Its methods are called while the suite waits, so they must be quick.
pub trait Wire: Send + Sync {
    /// A connection was opened; its number is new.
    fn opened(&self, connection: u64, client: SocketAddr, broker: SocketAddr);
    /// The suite sent bytes.
    fn sent(&self, connection: u64, bytes: &[u8]);
    /// The broker sent bytes.
    fn received(&self, connection: u64, bytes: &[u8]);
    /// The broker will send nothing more.
    fn ended_by_broker(&self, connection: u64);
    /// The suite is done with the connection.
    fn closed(&self, connection: u64);
}

/// Who sees the connections to a target; nobody by default.
#[derive(Clone, Default)]
pub(super) struct Watchers {
    wire: Option<Arc<dyn Wire>>,
    opened: Arc<AtomicU64>,
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.wire.is_some() { "watched" } else { "not watched" })
    }
}

impl Watchers {
    pub(super) fn new(wire: Arc<dyn Wire>) -> Self {
        Self { wire: Some(wire), opened: Arc::default() }
    }

    /// The stream, seen by them.
    pub(super) fn watch(&self, stream: Stream, addresses: io::Result<(SocketAddr, SocketAddr)>) -> Stream {
        let (Some(wire), Ok((client, broker))) = (&self.wire, addresses) else { return stream };
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        wire.opened(number, client, broker);
        Box::new(Watched { stream, wire: wire.clone(), number })
    }
}

struct Watched {
    stream: Stream,
    wire: Arc<dyn Wire>,
    number: u64,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        match buf.filled().get(before..) {
            Some([]) | None => self.wire.ended_by_broker(self.number),
            Some(bytes) => self.wire.received(self.number, bytes),
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        if let Some(sent) = written.as_ref().ok().and_then(|len| bytes.get(..*len)) {
            self.wire.sent(self.number, sent);
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.wire.closed(self.number);
    }
}
