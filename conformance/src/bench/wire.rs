//! A blocking socket, over TCP or WebSocket.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use tungstenite::{
    Bytes, Error, Message, WebSocket,
    client::IntoClientRequest,
    http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    protocol::WebSocketConfig,
};

use super::client::Purpose;
use crate::transport::Target;

/// A connected socket.
pub(super) enum Wire {
    Tcp { socket: TcpStream, buffer: Vec<u8> },
    WebSocket(Box<WebSocket<Source>>),
}

impl Wire {
    pub(super) fn open(target: &Target, purpose: Purpose) -> io::Result<Self> {
        let socket = TcpStream::connect((target.host.as_str(), target.port))?;
        socket.set_nodelay(true)?;
        // for the handshake; the workloads set their own timeout
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let size = if purpose == Purpose::Idle { IDLE_BUFFER } else { BUFFER };
        if !target.is_websocket() {
            return Ok(Self::Tcp { socket, buffer: vec![0; size] });
        }
        let mut request = format!("ws://{}{}", target.authority(), target.path)
            .into_client_request()
            .map_err(|error| io::Error::other(error.to_string()))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("mqtt"));
        let config = WebSocketConfig::default().read_buffer_size(size).write_buffer_size(0);
        let source = Source { socket, is_open: true };
        let (socket, _) = tungstenite::client::client_with_config(request, source, Some(config))
            .map_err(|error| io::Error::other(format!("the WebSocket handshake failed: {error}")))?;
        Ok(Self::WebSocket(Box::new(socket)))
    }

    /// Sets how long [`read`](Self::read) waits.
    pub(super) fn set_pause(&self, pause: Duration) -> io::Result<()> {
        match self {
            Self::Tcp { socket, .. } => socket,
            Self::WebSocket(socket) => &socket.get_ref().socket,
        }
        .set_read_timeout(Some(pause))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp { socket, .. } => socket.write_all(bytes),
            Self::WebSocket(socket) => socket.send(Message::Binary(Bytes::copy_from_slice(bytes))).map_err(into_io),
        }
    }

    /// Passes on what one read of the socket gives, however many frames that is: brokers that put each packet into a
    /// frame of its own are not slower for it. Returns `false` if nothing arrived within the pause.
    pub(super) fn read(&mut self, mut take: impl FnMut(&[u8])) -> io::Result<bool> {
        let outcome = match self {
            Self::Tcp { socket, buffer } => match socket.read(buffer) {
                Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => {
                    take(buffer.get(..len).unwrap_or_default());
                    Ok(true)
                }
                Err(error) => Err(error),
            },
            Self::WebSocket(socket) => {
                let first = read_frame(socket, &mut take);
                if let Ok(true) = first {
                    socket.get_mut().is_open = false;
                    let rest = read_while_buffered(socket, &mut take);
                    socket.get_mut().is_open = true;
                    rest?;
                }
                first
            }
        };
        match outcome {
            Err(error) if is_pause(&error) => Ok(false),
            other => other,
        }
    }
}

fn read_frame(socket: &mut WebSocket<Source>, take: &mut impl FnMut(&[u8])) -> io::Result<bool> {
    match socket.read() {
        Ok(Message::Binary(payload)) => {
            take(&payload);
            Ok(true)
        }
        Ok(Message::Ping(_) | Message::Pong(_)) => Ok(true),
        Ok(_) => Err(ErrorKind::UnexpectedEof.into()),
        Err(error) => Err(into_io(error)),
    }
}

/// Takes the frames that were read from the socket together with one before them.
fn read_while_buffered(socket: &mut WebSocket<Source>, take: &mut impl FnMut(&[u8])) -> io::Result<()> {
    loop {
        match read_frame(socket, take) {
            Ok(_) => {}
            Err(error) if is_pause(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// A socket that gives nothing more while it is closed for reading.
pub(super) struct Source {
    socket: TcpStream,
    is_open: bool,
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.is_open { self.socket.read(into) } else { Err(ErrorKind::WouldBlock.into()) }
    }
}

impl Write for Source {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn into_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => ErrorKind::UnexpectedEof.into(),
        other => io::Error::other(other.to_string()),
    }
}

/// The timeout for a handshake, and for a broker that does not read.
const PATIENCE: Duration = Duration::from_secs(10);
/// In bytes.
const BUFFER: usize = 16 * 1024;
/// In bytes.
const IDLE_BUFFER: usize = 256;
