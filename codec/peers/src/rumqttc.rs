//! rumqttc: the codec of a client, though it reads what clients send too.

use bytes::BytesMut;
use rumqttc::{
    mqttbytes::{self, v4},
    v5::mqttbytes::{self as mqttbytes5, v5},
};

use crate::codec::{Codec, Refused};

#[derive(Debug, Default)]
pub(crate) struct V3 {
    read: BytesMut,
    written: BytesMut,
}

impl Codec for V3 {
    type Packet<'a> = v4::Packet;

    fn read<'a>(&mut self, bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
        self.read.extend_from_slice(bytes);
        loop {
            match v4::Packet::read(&mut self.read, LIMIT as usize) {
                Ok(packet) => each(packet),
                Err(mqttbytes::Error::InsufficientBytes(_)) => return Ok(()),
                Err(_) => return Err(Refused),
            }
        }
    }

    fn encode(&mut self, packet: &mut Option<v4::Packet>) -> Option<usize> {
        self.written.clear();
        packet.as_ref()?.write(&mut self.written, LIMIT as usize).ok()?;
        Some(self.written.len())
    }
}

#[derive(Debug, Default)]
pub(crate) struct V5 {
    read: BytesMut,
    written: BytesMut,
}

impl Codec for V5 {
    type Packet<'a> = v5::Packet;

    fn read<'a>(&mut self, bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
        self.read.extend_from_slice(bytes);
        loop {
            match v5::Packet::read(&mut self.read, None) {
                Ok(packet) => each(packet),
                Err(mqttbytes5::Error::InsufficientBytes(_)) => return Ok(()),
                Err(_) => return Err(Refused),
            }
        }
    }

    fn encode(&mut self, packet: &mut Option<v5::Packet>) -> Option<usize> {
        self.written.clear();
        packet.as_ref()?.write(&mut self.written, None).ok()?;
        Some(self.written.len())
    }
}

/// In v3.1.1 it wants a limit, in bytes.
const LIMIT: u32 = 268_435_460;
