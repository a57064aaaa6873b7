//! Writes what two ends of TCP connections sent as a pcapng file.

use std::{
    io::{self, Write},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader, TcpOptionElement};

use super::Side;

/// The port by which Wireshark knows MQTT. A connection to another port is dissected only if a user asks for it, so
/// MQTT from a WebSocket, or from a broker on another port, is written with this one.
pub const MQTT_PORT: u16 = 1883;

/// Writes a pcapng file of TCP connections that were seen from inside, as bytes and not as frames. The frames around
/// them are made up: Ethernet, IP and TCP with correct lengths, checksums, sequence numbers and acknowledgements.
///
/// Times are durations since the Unix epoch, written in nanoseconds. Frames stand in the order of the calls, and none is
/// kept in memory.
///
/// ```
/// use mqttspec::pcap::{End, MQTT_PORT, Side, Writer};
/// use std::{net::SocketAddr, time::Duration};
/// # fn main() -> std::io::Result<()> {
/// let mut file = Writer::new(Vec::new())?;
/// let (client, server) = (SocketAddr::from(([127, 0, 0, 1], 50_000)), SocketAddr::from(([127, 0, 0, 1], MQTT_PORT)));
/// let now = Duration::from_secs(1_764_000_000);
/// let connection = file.connection(now, client, server, Some("the case 3.12-pingreq"))?;
/// file.sent(connection, now, &[0xC0, 0])?;
/// file.received(connection, now, &[0xD0, 0])?;
/// file.closed(connection, now, Side::Client, End::Fin)?;
/// assert_eq!(file.into_inner()[..4], [0x0A, 0x0D, 0x0D, 0x0A]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    connections: Vec<Connection>,
}

/// A connection of one [`Writer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionId(usize);

/// How one end closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It has nothing more to send.
    Fin,
    /// It aborts the connection.
    Reset,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// The output cannot be written. So it is for all other methods.
    pub fn new(out: W) -> io::Result<Self> {
        let mut writer = Writer { out, connections: Vec::new() };
        // the section: byte order, version 1.0, unknown length
        let mut section = Vec::from(0x1A2B_3C4D_u32.to_le_bytes());
        section.extend(1_u16.to_le_bytes());
        section.extend(0_u16.to_le_bytes());
        section.extend(u64::MAX.to_le_bytes());
        writer.block(SECTION_HEADER, section)?;
        // the interface: Ethernet, frames of any length, nanoseconds
        let mut interface = Vec::from(1_u32.to_le_bytes());
        interface.extend(0_u32.to_le_bytes());
        option(&mut interface, IF_TSRESOL, &[9]);
        option(&mut interface, END_OF_OPTIONS, &[]);
        writer.block(INTERFACE_DESCRIPTION, interface)?;
        Ok(writer)
    }

    /// A connection that was opened at `at`, with the handshake of TCP. If the addresses are of different families, that
    /// of IPv4 is mapped to IPv6. Wireshark shows `comment` on the first frame.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn connection(
        &mut self,
        at: Duration,
        client: SocketAddr,
        server: SocketAddr,
        comment: Option<&str>,
    ) -> io::Result<ConnectionId> {
        let id = ConnectionId(self.connections.len());
        // other numbers for each connection, so that a port that is used again is not taken for a retransmission
        let first = u32::try_from(id.0).unwrap_or(0).wrapping_mul(0x9E37_79B1);
        self.connections.push(Connection {
            addresses: [client, server],
            next: [first, first ^ 0x5555_5555],
            closed: [false; 2],
        });
        self.frame(id, at, Side::Client, |tcp| (tcp.syn, tcp.ack) = (true, false), b"", comment)?;
        self.frame(id, at, Side::Server, |tcp| tcp.syn = true, b"", None)?;
        self.acknowledgement(id, at, Side::Client)?;
        Ok(id)
    }

    /// Bytes that the client sent. A long call becomes several segments.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn sent(&mut self, connection: ConnectionId, at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.bytes(connection, at, Side::Client, bytes)
    }

    /// Bytes that the server sent. A long call becomes several segments.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn received(&mut self, connection: ConnectionId, at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.bytes(connection, at, Side::Server, bytes)
    }

    /// One end closed the connection. A second call for the same end, or one after a reset, changes nothing.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn closed(&mut self, connection: ConnectionId, at: Duration, side: Side, how: End) -> io::Result<()> {
        let Some(closed) = self.connections.get_mut(connection.0).map(|known| &mut known.closed) else {
            return Err(unknown());
        };
        if closed[side.index()] {
            return Ok(());
        }
        match how {
            End::Fin => {
                closed[side.index()] = true;
                self.frame(connection, at, side, |tcp| tcp.fin = true, b"", None)?;
                self.acknowledgement(connection, at, side.other())
            }
            End::Reset => {
                *closed = [true; 2];
                self.frame(connection, at, side, |tcp| tcp.rst = true, b"", None)
            }
        }
    }

    /// Writes through to the output.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// The output.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn bytes(&mut self, id: ConnectionId, at: Duration, side: Side, bytes: &[u8]) -> io::Result<()> {
        for segment in bytes.chunks(LONGEST_SEGMENT) {
            self.frame(id, at, side, |tcp| tcp.psh = true, segment, None)?;
            self.acknowledgement(id, at, side.other())?;
        }
        Ok(())
    }

    fn acknowledgement(&mut self, id: ConnectionId, at: Duration, side: Side) -> io::Result<()> {
        self.frame(id, at, side, |_| (), b"", None)
    }

    /// One segment from `side`.
    fn frame(
        &mut self,
        id: ConnectionId,
        at: Duration,
        side: Side,
        flags: impl FnOnce(&mut TcpHeader),
        payload: &[u8],
        comment: Option<&str>,
    ) -> io::Result<()> {
        let connection = self.connections.get_mut(id.0).ok_or_else(unknown)?;
        let (frame, original) = connection.frame(side, flags, payload)?;
        // the time as two halves of a 64-bit number, in nanoseconds: until the year 2554
        let time = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        let mut block = Vec::with_capacity(frame.len() + 64);
        for number in [0, (time >> 32) as u32, (time & 0xFFFF_FFFF) as u32, original, original] {
            block.extend(number.to_le_bytes());
        }
        block.extend(frame);
        pad(&mut block);
        if let Some(comment) = comment {
            let end = (0..=LONGEST_COMMENT).rfind(|end| comment.is_char_boundary(*end)).unwrap_or(0);
            option(&mut block, OPT_COMMENT, comment.get(..end).unwrap_or_default().as_bytes());
            option(&mut block, END_OF_OPTIONS, &[]);
        }
        self.block(ENHANCED_PACKET, block)
    }

    /// A block, whose length stands before and after it.
    fn block(&mut self, block_type: u32, body: Vec<u8>) -> io::Result<()> {
        let length = u32::try_from(body.len() + 12).map_err(io::Error::other)?.to_le_bytes();
        self.out.write_all(&[&block_type.to_le_bytes()[..], &length, &body, &length].concat())
    }
}

/// What the next segments say, by side.
#[derive(Debug)]
struct Connection {
    addresses: [SocketAddr; 2],
    /// The next sequence numbers.
    next: [u32; 2],
    closed: [bool; 2],
}

impl Connection {
    /// A frame and its length.
    fn frame(&mut self, side: Side, flags: impl FnOnce(&mut TcpHeader), payload: &[u8]) -> io::Result<(Vec<u8>, u32)> {
        let (own, peer) = (side.index(), side.other().index());
        let (source, destination) = (self.addresses[own], self.addresses[peer]);
        let mut tcp = TcpHeader::new(source.port(), destination.port(), self.next[own], WINDOW);
        tcp.ack = true;
        flags(&mut tcp);
        if tcp.ack {
            tcp.acknowledgment_number = self.next[peer];
        }
        if tcp.syn {
            let options = [TcpOptionElement::MaximumSegmentSize(WINDOW), TcpOptionElement::WindowScale(WINDOW_SCALE)];
            tcp.set_options(&options).map_err(io::Error::other)?;
        }
        let used = payload.len() + usize::from(tcp.syn) + usize::from(tcp.fin);
        self.next[own] = self.next[own].wrapping_add(u32::try_from(used).map_err(io::Error::other)?);
        let packet = ip(source.ip(), destination.ip(), side).tcp_header(tcp);
        let mut frame = Vec::with_capacity(packet.size(payload.len()));
        packet.write(&mut frame, payload).map_err(io::Error::other)?;
        let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
        Ok((frame, length))
    }
}

fn ip(source: IpAddr, destination: IpAddr, side: Side) -> PacketBuilderStep<etherparse::IpHeaders> {
    // locally administered addresses
    let mac = |side: Side| [2, 0, 0, 0, 0, if side == Side::Client { 1 } else { 2 }];
    let ethernet = PacketBuilder::ethernet2(mac(side), mac(side.other()));
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => ethernet.ipv4(source.octets(), destination.octets(), HOPS),
        _ => ethernet.ipv6(v6(source).octets(), v6(destination).octets(), HOPS),
    }
}

fn v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// An option of a block.
fn option(block: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    block.extend(code.to_le_bytes());
    block.extend(length.to_le_bytes());
    block.extend(value.iter().take(usize::from(length)));
    pad(block);
}

fn pad(block: &mut Vec<u8>) {
    block.resize(block.len().next_multiple_of(4), 0);
}

fn unknown() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the connection is of another writer")
}

// block types and option codes of pcapng
const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const END_OF_OPTIONS: u16 = 0;
const OPT_COMMENT: u16 = 1;
const IF_TSRESOL: u16 = 9;

/// In bytes. With its headers a segment still fits an IPv4 packet, whose length has 16 bits.
const LONGEST_SEGMENT: usize = 65_000;
const LONGEST_COMMENT: usize = 4096;
/// In units of 2^[`WINDOW_SCALE`] bytes.
const WINDOW: u16 = 65_000;
const WINDOW_SCALE: u8 = 7;
const HOPS: u8 = 64;
