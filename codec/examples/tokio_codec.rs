//! A `Decoder` and `Encoder` for tokio-util: `Framed::new(stream, MqttCodec::new(65_536))` gives a stream of packets.
//!
//! `cargo run -p mqttspec-codec --example tokio_codec`

use std::{fmt, io};

use bytes::{Bytes, BytesMut};
use mqttspec_codec::{
    DecodeError, EncodeError, Packet, Puback, Version, connect_version, decode_frame, encode, encoded_len,
    packet_length,
};
use tokio_util::codec::{Decoder, Encoder};

/// Cuts a connection into packets and checks them.
#[derive(Debug)]
struct MqttCodec {
    maximum_packet_size: u32,
    /// Announced by the CONNECT.
    version: Version,
}

/// One legal packet. It shares the buffer it was received in; cloning it copies nothing.
#[derive(Debug, Clone)]
struct Received {
    frame: Bytes,
    version: Version,
}

impl Received {
    /// The packet. Decodes it once more, without allocation.
    fn packet(&self) -> Packet<'_> {
        decode_frame(&self.frame, self.version).expect("checked by the codec")
    }
}

impl MqttCodec {
    fn new(maximum_packet_size: u32) -> Self {
        Self { maximum_packet_size, version: Version::V5 }
    }
}

impl Decoder for MqttCodec {
    type Item = Received;
    type Error = Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Received>, Error> {
        let Some(len) = packet_length(source, self.maximum_packet_size)? else { return Ok(None) };
        if source.len() < len {
            // not more than the maximum packet size
            source.reserve(len - source.len());
            return Ok(None);
        }
        let frame = source.split_to(len).freeze();
        if let Some(version) = connect_version(&frame)? {
            self.version = version;
        }
        decode_frame(&frame, self.version)?;
        Ok(Some(Received { frame, version: self.version }))
    }
}

impl Encoder<&Packet<'_>> for MqttCodec {
    type Error = Error;

    fn encode(&mut self, packet: &Packet<'_>, target: &mut BytesMut) -> Result<(), Error> {
        let start = target.len();
        target.resize(start + encoded_len(packet, self.version)?, 0);
        encode(packet, self.version, &mut target[start..])?;
        Ok(())
    }
}

#[derive(Debug)]
enum Error {
    Io(io::Error),
    Decode(DecodeError),
    Encode(EncodeError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => error.fmt(f),
            Error::Decode(error) => error.fmt(f),
            Error::Encode(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Error::Decode(error)
    }
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Error::Encode(error)
    }
}

/// Acknowledges what arrives, as tokio would call the codec: whenever bytes have been read.
fn main() -> Result<(), Error> {
    let stream = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01c\x32\x0A\0\x03a/b\0\x07hey\x32\x0A\0\x03a/b\0\x08you";
    let (mut codec, mut input, mut output) = (MqttCodec::new(1024), BytesMut::new(), BytesMut::new());
    for piece in stream.chunks(6) {
        input.extend_from_slice(piece);
        while let Some(received) = codec.decode(&mut input)? {
            println!("{:?}", received.packet());
            if let Packet::Publish(publish) = received.packet()
                && let Some(packet_id) = publish.delivery.packet_id()
            {
                codec.encode(&Puback::success(packet_id).into(), &mut output)?;
            }
        }
    }
    assert!(input.is_empty());
    assert_eq!(&output[..], [0x40, 2, 0, 7, 0x40, 2, 0, 8]);
    Ok(())
}

#[test]
fn the_example_runs() {
    main().expect("no error");
}

#[test]
fn a_large_packet_is_refused_before_it_is_buffered() {
    let mut input = BytesMut::from(&[0x30, 0xFF, 0x7F][..]);
    let error = MqttCodec::new(1024).decode(&mut input).expect_err("16 386 bytes");
    assert_eq!(error.to_string(), "malformed PUBLISH at byte 1: the packet is larger than the maximum packet size");
}
