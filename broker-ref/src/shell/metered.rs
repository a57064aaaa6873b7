//! [`Metered`]: a socket that counts what is read from it.

use super::stream::Stream;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A socket, and how many bytes were read from it since the count was last set back.
#[derive(Debug)]
pub(super) struct Metered {
    stream: Stream,
    read: usize,
}

impl Metered {
    pub(super) fn new(stream: Stream, read: usize) -> Self {
        Self { stream, read }
    }

    pub(super) fn read(&self) -> usize {
        self.read
    }

    pub(super) fn set_back(&mut self) {
        self.read = 0;
    }

    /// So many of these bytes are done with.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.read = self.read.saturating_sub(bytes);
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }
}

impl AsyncRead for Metered {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, read } = self.get_mut();
        let before = into.filled().len();
        let polled = Pin::new(stream).poll_read(cx, into);
        *read = read.saturating_add(into.filled().len().saturating_sub(before));
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
