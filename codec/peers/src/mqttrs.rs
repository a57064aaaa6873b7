//! mqttrs: 3.1.1 only, borrowed, one whole packet at a time.

use crate::codec::{Codec, Refused};

/// With what encoding writes into.
#[derive(Default)]
pub(crate) struct V3(Vec<u8>);

impl Codec for V3 {
    type Packet<'a> = mqttrs::Packet<'a>;

    const STREAMS: bool = false;

    fn read<'a>(&mut self, mut bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
        // it does not say how many bytes it took: our codec does; what ours cannot cut is shown whole
        while let Some((packet, rest)) = bytes.split_at_checked(length(bytes)).filter(|(packet, _)| !packet.is_empty())
        {
            match mqttrs::decode_slice(packet) {
                Ok(Some(packet)) => each(packet),
                Ok(None) => return Ok(()),
                Err(_) => return Err(Refused),
            }
            bytes = rest;
        }
        Ok(())
    }

    fn encode(&mut self, packet: &mut Option<mqttrs::Packet<'_>>) -> Option<usize> {
        self.0.resize(4096, 0);
        mqttrs::encode_slice(packet.as_ref()?, &mut self.0).ok()
    }
}

fn length(bytes: &[u8]) -> usize {
    mqttspec_codec::packet_length(bytes, u32::MAX).ok().flatten().unwrap_or(bytes.len())
}
