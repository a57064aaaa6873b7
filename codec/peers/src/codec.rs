//! What is asked of a codec, and what it looks like once its types are forgotten.

use std::{hint::black_box, time::Duration};

use cpu_time::ThreadTime;

/// A codec for one version, with the bytes that it holds back.
pub trait Codec: Default {
    /// A packet, as it comes out of decoding and goes into encoding.
    type Packet<'a>: Clone;

    /// Whether it takes a stream in pieces that end anywhere.
    const STREAMS: bool = true;

    /// Takes the next bytes of a stream, and gives each packet that is whole by now.
    ///
    /// # Errors
    /// The bytes are refused.
    fn read<'a>(&mut self, bytes: &'a [u8], each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused>;

    /// Encodes one packet, and gives the length; it may take the packet out.
    fn encode(&mut self, packet: &mut Option<Self::Packet<'_>>) -> Option<usize>;
}

/// The bytes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// A codec among others.
#[derive(Debug)]
pub struct Peer {
    /// The crate.
    pub name: &'static str,
    /// Whose packets it says it reads.
    pub reads: Reads,
    /// MQTT 3.1.1.
    pub v3: Option<Calls>,
    /// MQTT 5.0.
    pub v5: Option<Calls>,
}

/// Whose packets a codec is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Packets of both sides.
    All,
    /// Packets that a Server sends: it belongs to a client.
    OfServer,
}

/// The calls of a [`Codec`].
#[derive(Debug)]
pub struct Calls {
    /// How many packets it finds in a stream.
    pub decode: fn(&[u8]) -> Result<u64, Refused>,
    /// The same out of pieces of that many bytes; `None` if it takes only whole packets.
    pub decode_pieces: Option<DecodePieces>,
    /// Encodes so many times the packets that it finds in a stream; `None` if it refuses the stream, or a packet.
    pub encode: fn(&[u8], u32) -> Option<Encoded>,
}

/// What encoding came to.
#[derive(Debug, Clone, Copy)]
pub struct Encoded {
    /// The processor's time that it took.
    pub time: Duration,
    /// How many bytes were written.
    pub written: usize,
}

/// The packets of a stream in pieces of that many bytes.
pub type DecodePieces = fn(&[u8], usize) -> Result<u64, Refused>;

impl Calls {
    /// The calls of that codec.
    #[must_use]
    pub const fn of<C: Codec>() -> Self {
        let decode_pieces: DecodePieces = decode_pieces::<C>;
        Calls {
            decode: decode::<C>,
            decode_pieces: if C::STREAMS { Some(decode_pieces) } else { None },
            encode: encode::<C>,
        }
    }
}

fn decode<C: Codec>(stream: &[u8]) -> Result<u64, Refused> {
    decode_pieces::<C>(stream, stream.len())
}

fn decode_pieces<C: Codec>(stream: &[u8], piece: usize) -> Result<u64, Refused> {
    let (mut codec, mut packets) = (C::default(), 0);
    for bytes in stream.chunks(piece) {
        codec.read(bytes, |packet| {
            black_box(&packet);
            packets += 1;
        })?;
    }
    Ok(packets)
}

fn encode<C: Codec>(stream: &[u8], times: u32) -> Option<Encoded> {
    let mut codec = C::default();
    let mut packets = Vec::new();
    codec.read(stream, |packet| packets.push(Some(packet))).ok()?;
    let mut encoded = Encoded { time: Duration::ZERO, written: 0 };
    for _ in 0..times {
        // for those that take the packet: neither cloning nor dropping the clones is part of encoding
        let mut packets = packets.clone();
        let start = ThreadTime::now();
        for packet in &mut packets {
            encoded.written += black_box(codec.encode(black_box(packet))?);
        }
        encoded.time += start.elapsed();
    }
    Some(encoded)
}
