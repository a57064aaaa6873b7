//! One connection to a broker over TCP, WebSocket or a Unix domain socket, with or without TLS. One task writes and another reads, so that a
//! broker that writes before it reads never blocks the suite.

use std::{
    io::{ErrorKind, Read},
    net::Shutdown,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    runtime::Handle,
    sync::mpsc,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        protocol::{
            Role, WebSocketConfig,
            frame::{
                Frame, FrameHeader,
                coding::{Control, Data, OpCode},
            },
        },
    },
};

use super::{
    Admission, Incoming, Opening, Scheme, Target, Write,
    exchange::{CONNECT_TIMEOUT, LARGEST_MESSAGE, MOST_WITHOUT_DATA, NOTICES, READ},
    handshake::handshake,
    limits::Lease,
    stream::{Stream, connect},
};
use crate::{
    rt::{JoinHandle, sleep, spawn, timeout, yield_now},
    transport::LinkError,
};

/// An open connection. Dropping it closes the socket.
#[derive(Debug)]
pub struct Socket {
    /// The negotiated subprotocol; `None` over TCP.
    pub subprotocol: Option<String>,
    writes: mpsc::UnboundedSender<Write>,
    /// A second handle to the same socket, because a reset must not wait for the tasks.
    raw: socket2::Socket,
    tasks: [JoinHandle<()>; 2],
    /// The tasks have it too, because they hold the socket.
    lease: Lease,
    is_reset: bool,
}

impl Socket {
    /// Connects, and sends whatever is received to `incoming`.
    pub async fn open(
        target: &Target,
        admission: Admission,
        opening: &Opening,
        incoming: mpsc::Sender<Incoming>,
    ) -> Result<Socket, LinkError> {
        let attempt = timeout(CONNECT_TIMEOUT, Self::connect(target, admission.into_lease(), opening, incoming)).await;
        attempt.unwrap_or_else(|_| {
            Err(LinkError::Silent(format!("{target} did not answer within {} s", CONNECT_TIMEOUT.as_secs()).into()))
        })
    }

    async fn connect(
        target: &Target,
        lease: Lease,
        opening: &Opening,
        incoming: mpsc::Sender<Incoming>,
    ) -> Result<Socket, LinkError> {
        let (mut stream, raw) = connect(target).await?;
        let (writes, queued) = mpsc::unbounded_channel();
        match target.scheme {
            Scheme::Tcp | Scheme::Unix => {
                let (reader, writer) = tokio::io::split(stream);
                let tasks = [
                    spawn(read_tcp(reader, target.clone(), incoming, lease.clone())),
                    spawn(write_tcp(writer, queued, lease.clone())),
                ];
                Ok(Socket { subprotocol: None, writes, raw, tasks, lease, is_reset: false })
            }
            Scheme::WebSocket => {
                let default = [String::from("mqtt")];
                let subprotocols = opening.subprotocols.as_deref().unwrap_or(&default);
                let accepted = handshake(&mut stream, target, opening.path.as_deref(), subprotocols)
                    .await
                    .map_err(|why| LinkError::Unreachable(format!("{target} {why}").into()))?;
                let config = WebSocketConfig::default()
                    .read_buffer_size(READ)
                    .max_message_size(Some(LARGEST_MESSAGE))
                    .max_frame_size(Some(LARGEST_MESSAGE));
                let stream =
                    WebSocketStream::from_partially_read(stream, accepted.rest, Role::Client, Some(config)).await;
                let (sink, stream) = stream.split();
                let tasks = [
                    spawn(read_websocket(stream, incoming, lease.clone())),
                    spawn(write_websocket(sink, queued, lease.clone())),
                ];
                Ok(Socket { subprotocol: accepted.subprotocol, writes, raw, tasks, lease, is_reset: false })
            }
        }
    }

    /// Queues a write. If the connection has ended, this is not an error.
    pub fn write(&self, write: Write) {
        // the writer's task may have ended with the connection
        let _ = self.writes.send(write);
    }

    /// Resets the connection after all queued writes.
    pub async fn reset(mut self) {
        self.write(Write::Stop);
        let [_, writer] = &mut self.tasks;
        // a peer that does not read must not delay the reset
        let _ = timeout(RESET_TIMEOUT, writer).await;
        self.is_reset = true;
        // with a linger of zero, closing sends RST; this fails if the connection has already ended
        let _ = self.raw.set_linger(Some(Duration::ZERO));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        // a broker that counts its connections counts this one until it has noticed the end
        if let (true, false, Ok(raw), Ok(runtime)) =
            (self.lease.is_counted(), self.is_reset, self.raw.try_clone(), Handle::try_current())
        {
            runtime.spawn(leave(raw, self.lease.clone()));
        }
    }
}

/// Ends a connection, and keeps its place until the broker has ended it too, or has had time to.
async fn leave(mut raw: socket2::Socket, _lease: Lease) {
    // this fails if the connection has already ended
    let _ = raw.shutdown(Shutdown::Write);
    let mut rest = [0; 4096];
    let ended = async {
        loop {
            match raw.read(&mut rest) {
                Ok(1..) => yield_now().await,
                Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(NOTICING).await,
                Ok(0) | Err(_) => return,
            }
        }
    };
    let _ = timeout(NOTICES, ended).await;
}

async fn read_tcp(mut reader: ReadHalf<Stream>, target: Target, incoming: mpsc::Sender<Incoming>, _lease: Lease) {
    let mut buffer = vec![0; READ];
    loop {
        let next = match reader.read(&mut buffer).await {
            Ok(0) => Incoming::Ended("closed".to_owned()),
            // a copy of its size, because a queue of buffers would hold 16 KiB for each byte of a slow broker
            Ok(len) => Incoming::Bytes(buffer.get(..len).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Incoming::Ended("closed without a TLS close_notify".to_owned())
            }
            Err(error) => match target.tls_options.refusal(&error) {
                Some(why) => Incoming::Refused(format!("{target} {why}")),
                None => Incoming::Ended(error.to_string()),
            },
        };
        let ended = !matches!(next, Incoming::Bytes(_));
        if incoming.send(next).await.is_err() || ended {
            return;
        }
    }
}

async fn write_tcp(mut writer: WriteHalf<Stream>, mut queued: mpsc::UnboundedReceiver<Write>, _lease: Lease) {
    while let Some(write) = queued.recv().await {
        let done = match write {
            Write::Piece(bytes) => match writer.write_all(&bytes).await {
                Ok(()) => writer.flush().await,
                error => error,
            },
            // only a WebSocket has frames; such cases are skipped over TCP
            Write::Frame { .. } => Ok(()),
            Write::Close => writer.shutdown().await,
            Write::Stop => return,
        };
        if done.is_err() {
            return;
        }
    }
}

type Reader = futures_util::stream::SplitStream<WebSocketStream<Stream>>;
type Writer = futures_util::stream::SplitSink<WebSocketStream<Stream>, Message>;

async fn read_websocket(mut stream: Reader, incoming: mpsc::Sender<Incoming>, _lease: Lease) {
    let mut without_data = 0;
    loop {
        if without_data > MOST_WITHOUT_DATA {
            // the receiver may be gone
            let _ = incoming.send(Incoming::without_data()).await;
            return;
        }
        let next = match stream.next().await {
            Some(Ok(Message::Binary(bytes))) if bytes.is_empty() => {
                without_data += 1;
                continue;
            }
            Some(Ok(Message::Binary(bytes))) => {
                // in pieces, so that a full queue holds back a broker that sends large messages without end
                for piece in bytes.chunks(READ) {
                    if incoming.send(Incoming::Bytes(piece.to_vec())).await.is_err() {
                        return;
                    }
                }
                continue;
            }
            Some(Ok(Message::Text(_))) => Incoming::text_frame(),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                without_data += 1;
                continue;
            }
            Some(Ok(Message::Close(close))) => Incoming::closed(close.map(|close| close.code.into())),
            None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => Incoming::Ended("closed".to_owned()),
            Some(Err(Error::Io(error))) => Incoming::Ended(error.to_string()),
            Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => Incoming::closed_without_close(),
            Some(Err(Error::Capacity(_))) => Incoming::too_large(),
            Some(Err(error)) => {
                Incoming::Violation(format!("received data that violates the WebSocket protocol: {error}"), None)
            }
        };
        let ended = !matches!(next, Incoming::Bytes(_));
        if incoming.send(next).await.is_err() || ended {
            return;
        }
    }
}

async fn write_websocket(mut sink: Writer, mut queued: mpsc::UnboundedReceiver<Write>, _lease: Lease) {
    while let Some(write) = queued.recv().await {
        let message = match write {
            Write::Piece(bytes) => Message::Binary(bytes.into()),
            Write::Frame { opcode, fin, payload } => {
                let header = FrameHeader { opcode: opcode_of(opcode), is_final: fin, ..FrameHeader::default() };
                Message::Frame(Frame::from_payload(header, payload.into()))
            }
            Write::Close => Message::Close(None),
            Write::Stop => return,
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

fn opcode_of(number: u8) -> OpCode {
    match number {
        0 => OpCode::Data(Data::Continue),
        1 => OpCode::Data(Data::Text),
        2 => OpCode::Data(Data::Binary),
        8 => OpCode::Control(Control::Close),
        9 => OpCode::Control(Control::Ping),
        10 => OpCode::Control(Control::Pong),
        number if number < 8 => OpCode::Data(Data::Reserved(number)),
        number => OpCode::Control(Control::Reserved(number)),
    }
}

const RESET_TIMEOUT: Duration = Duration::from_millis(500);
const NOTICING: Duration = Duration::from_millis(2);
