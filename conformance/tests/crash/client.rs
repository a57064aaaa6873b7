//! A connection of a persistent Session.

use mqttspec_codec::{
    Connect, Packet, Properties, Property, ReasonCode, Splitter, Utf8String, Version, decode_frame, encode_to_vec,
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The connection was cut, because the broker was killed.
#[derive(Debug)]
pub(crate) struct Cut;

/// A client, and what it knows about its Session.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// Whether a CONNACK was received, after which the Session must exist.
    known: bool,
}

pub(crate) struct Connection {
    socket: TcpStream,
    version: Version,
    splitter: Splitter<Vec<u8>>,
    chunk: Vec<u8>,
    /// How much of the chunk the splitter has consumed.
    taken: usize,
}

impl Identity {
    pub(crate) fn new(name: String, version: Version) -> Self {
        Self { name, version, known: false }
    }

    pub(crate) fn connect(&mut self, at: SocketAddr) -> Result<Connection, Cut> {
        let socket = TcpStream::connect(at).map_err(|_| Cut)?;
        socket.set_nodelay(true).map_err(|_| Cut)?;
        // so that a missing packet is a failure and does not hang the test
        socket.set_read_timeout(Some(Duration::from_secs(20))).map_err(|_| Cut)?;
        let mut connection = Connection {
            socket,
            version: self.version,
            splitter: Splitter::new(Vec::new(), u32::MAX),
            chunk: Vec::new(),
            taken: 0,
        };
        let for_ever = [Property::SessionExpiryInterval(u32::MAX)];
        connection.send(Connect {
            clean_start: false,
            properties: if self.version == Version::V5 { Properties::from(&for_ever[..]) } else { Properties::EMPTY },
            ..Connect::new(self.version, Utf8String::new(&self.name).unwrap())
        })?;
        let known = self.known;
        connection.receive(|packet| match packet {
            Packet::Connack(connack) => {
                assert_eq!(connack.reason_code, ReasonCode::Success);
                assert!(connack.session_present || !known, "the Session is gone");
            }
            other => panic!("CONNACK, not {other:?}"),
        })?;
        self.known = true;
        Ok(connection)
    }
}

impl Connection {
    pub(crate) fn send<'p>(&mut self, packet: impl Into<Packet<'p>>) -> Result<(), Cut> {
        let mut bytes = Vec::new();
        encode_to_vec(&packet.into(), self.version, &mut bytes).unwrap();
        self.socket.write_all(&bytes).map_err(|_| Cut)
    }

    /// The next packet.
    pub(crate) fn receive<R>(&mut self, take: impl FnOnce(Packet<'_>) -> R) -> Result<R, Cut> {
        loop {
            let mut rest = &self.chunk[self.taken..];
            let before = rest.len();
            let frame = self.splitter.next(&mut rest).unwrap();
            self.taken += before - rest.len();
            if let Some(frame) = frame {
                return Ok(take(decode_frame(frame, self.version).unwrap()));
            }
            self.chunk.resize(16 * 1024, 0);
            match self.socket.read(&mut self.chunk) {
                Ok(len) if len > 0 => self.chunk.truncate(len),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("no more packets arrive"),
                _ => return Err(Cut),
            }
            self.taken = 0;
        }
    }
}
