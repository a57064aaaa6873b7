//! rmqtt-codec: the codec of the broker RMQTT.

use bytes::BytesMut;
use rmqtt_codec::{v3, v5};
use tokio_util::codec::{Decoder, Encoder};

use crate::codec::{Codec, Refused};

/// Its two codecs are of the same form.
#[derive(Debug, Default)]
pub(crate) struct Of<C> {
    codec: C,
    read: BytesMut,
    written: BytesMut,
}

pub(crate) type V3 = Of<v3::Codec>;
pub(crate) type V5 = Of<v5::Codec>;

impl<C, P: Clone> Codec for Of<C>
where
    C: Default + Decoder<Item = (P, u32)> + Encoder<P>,
{
    type Packet<'a> = P;

    fn read<'a>(&mut self, bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
        self.read.extend_from_slice(bytes);
        while let Some((packet, _)) = self.codec.decode(&mut self.read).map_err(|_| Refused)? {
            each(packet);
        }
        Ok(())
    }

    fn encode(&mut self, packet: &mut Option<P>) -> Option<usize> {
        self.written.clear();
        self.codec.encode(packet.take()?, &mut self.written).ok()?;
        Some(self.written.len())
    }
}
