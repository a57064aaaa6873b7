//! Control Packets in WebSocket binary frames.

use super::{
    limits::PacketsPerFrame,
    outgoing::{Ending, Outgoing},
    stream::Stream as Socket,
};
use futures_util::{Sink, SinkExt, Stream};
use mqttspec_codec::packet_length;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Bytes, Error, Message, Utf8Bytes,
        error::ProtocolError,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// A WebSocket after its handshake.
#[derive(Debug)]
pub(super) struct WebSocket {
    stream: WebSocketStream<Socket>,
    /// A frame was handed over and not yet flushed.
    unflushed: bool,
    packets_per_frame: PacketsPerFrame,
    /// Bytes of a packet whose first bytes have left, with one packet for each frame.
    unfinished: usize,
}

impl WebSocket {
    /// `early` are the bytes that followed the request; `max_message` is in bytes.
    pub(super) async fn new(
        socket: Socket,
        early: Vec<u8>,
        max_message: usize,
        packets_per_frame: PacketsPerFrame,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(2 * WRITE_BUFFER)
            .max_message_size(Some(max_message))
            .max_frame_size(Some(max_message));
        let stream = WebSocketStream::from_partially_read(socket, early, Role::Server, Some(config)).await;
        Self { stream, unflushed: false, packets_per_frame, unfinished: 0 }
    }

    /// The payload of the next message. Empty for Ping and Pong, so that the caller can bound these too.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Ending>> {
        // v5 [MQTT-6.0.0-2], v3.1.1 [MQTT-6.0.0-2]: packets are not aligned with frames; the core reassembles them.
        Poll::Ready(match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
            Some(Ok(Message::Binary(payload))) => Ok(payload),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Bytes::new()), // answered inside `stream`
            // v5 [MQTT-6.0.0-1], v3.1.1 [MQTT-6.0.0-1]
            Some(Ok(Message::Text(_))) => Err(Ending::NotBinary),
            // RFC 6455, section 8.1
            Some(Err(Error::Utf8(_))) => Err(Ending::NotUtf8),
            Some(Ok(Message::Close(_) | Message::Frame(_))) | None => Err(Ending::Gone),
            Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => Err(Ending::Gone),
            Some(Err(Error::Protocol(_))) => Err(Ending::BadFrame),
            Some(Err(Error::Capacity(_))) => Err(Ending::TooBig),
            Some(Err(_)) => Err(Ending::Gone),
        })
    }

    /// Hands over a batch of at most [`BATCH`] bytes at a time, and only when the last one has left, so that waiting
    /// bytes stay where they are counted.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, outgoing: &mut Outgoing) -> Poll<Result<(), Ending>> {
        loop {
            let mut stream = Pin::new(&mut self.stream);
            if outgoing.is_empty() && !self.unflushed {
                return Poll::Ready(Ok(()));
            }
            // Waiting Pongs leave first: a batch together with many of them would exceed the library's limit.
            ready!(stream.as_mut().poll_flush(cx)).map_err(|_| Ending::Gone)?;
            self.unflushed = false;
            if outgoing.is_empty() {
                return Poll::Ready(Ok(()));
            }
            ready!(stream.as_mut().poll_ready(cx)).map_err(|_| Ending::Gone)?;
            let rest = outgoing.rest();
            let mut batch = Bytes::copy_from_slice(rest.get(..BATCH).unwrap_or(rest));
            let whole = batch.len() == rest.len();
            let mut room = BATCH;
            while !batch.is_empty() {
                let len = self.frame_len(&batch);
                let is_cut = len == batch.len() && self.unfinished > 0 && !whole;
                if room < BATCH && (is_cut || len > room) {
                    self.unfinished = 0; // it begins the next batch
                    break;
                }
                room = room.saturating_sub(len + HEADER);
                let frame = Message::Binary(batch.split_to(len));
                outgoing.advance(len);
                Pin::new(&mut self.stream).start_send(frame).map_err(|_| Ending::Gone)?;
                self.unflushed = true;
            }
        }
    }

    /// How many of these bytes, which are some, the next frame holds.
    fn frame_len(&mut self, bytes: &[u8]) -> usize {
        if self.packets_per_frame == PacketsPerFrame::Many {
            return bytes.len();
        }
        if self.unfinished == 0 {
            // The end of a batch may cut a length.
            self.unfinished = packet_length(bytes, u32::MAX).ok().flatten().unwrap_or(usize::MAX);
        }
        let len = self.unfinished.min(bytes.len());
        self.unfinished -= len;
        len
    }

    /// Sends the Close frame that says `why`, or lets the answer to the peer's own leave. RFC 6455, section 7.4.
    pub(super) async fn say_goodbye(&mut self, why: Ending) {
        let code = match why {
            Ending::Last => Some((CloseCode::Normal, "")),
            Ending::Gone | Ending::Stalled => None,
            Ending::Stopping => Some((CloseCode::Away, "the broker stops")),
            Ending::NotBinary => Some((CloseCode::Unsupported, "expected binary frames")),
            Ending::NotUtf8 => Some((CloseCode::Invalid, "")),
            Ending::BadFrame => Some((CloseCode::Protocol, "")),
            Ending::TooBig => Some((CloseCode::Size, "")),
        };
        // Failure means that the peer is gone, so there is nobody to report it to.
        let _ = match code {
            Some((code, reason)) => {
                let close = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
                self.stream.send(Message::Close(Some(close))).await
            }
            None => self.stream.flush().await,
        };
    }

    pub(super) fn stream_mut(&mut self) -> &mut Socket {
        self.stream.get_mut()
    }
}

/// In bytes. It is zeroed at every read and kept by every idle connection: the library's 128 KiB cost both.
const READ_BUFFER: usize = 4 * 1024;
/// The most in one frame, or in several that leave together, in bytes. The library's buffer grows to the largest batch
/// and never shrinks.
const BATCH: usize = 32 * 1024;
/// The longest header of a frame in a batch, in bytes: RFC 6455, section 5.2.
const HEADER: usize = 4;
/// In bytes. A whole batch fits beside a Pong, so that nothing is written before the flush.
const WRITE_BUFFER: usize = 64 * 1024;
