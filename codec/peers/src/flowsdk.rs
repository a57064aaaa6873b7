//! flowsdk: the parser of a client library, with strict checks.

use flowsdk::mqtt_serde::{control_packet::MqttPacket, parser::stream::MqttParser};

use crate::codec::{Codec, Refused};

/// The number of the version is the Protocol Level.
#[derive(Debug)]
pub(crate) struct Parser<const LEVEL: u8>(MqttParser);

impl<const LEVEL: u8> Default for Parser<LEVEL> {
    fn default() -> Self {
        Parser(MqttParser::new(4096, LEVEL))
    }
}

impl<const LEVEL: u8> Codec for Parser<LEVEL> {
    type Packet<'a> = MqttPacket;

    fn read<'a>(&mut self, bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
        self.0.feed(bytes);
        while let Some(packet) = self.0.next_packet().map_err(|_| Refused)? {
            each(packet);
        }
        Ok(())
    }

    fn encode(&mut self, packet: &mut Option<MqttPacket>) -> Option<usize> {
        packet.as_ref()?.to_bytes().ok().map(|bytes| bytes.len())
    }
}
