//! ntex-mqtt: the codec of a framework for servers and clients. It gives a payload in pieces, as they come.

use ntex_bytes::{BytePages, Bytes, BytesMut};
use ntex_codec::{Decoder, Encoder};
use ntex_mqtt::{v3::codec as v3, v5::codec as v5};

use crate::codec::{Codec, Refused};

macro_rules! codec {
    ($name:ident $module:ident) => {
        #[derive(Default)]
        pub(crate) struct $name {
            codec: $module::Codec,
            read: BytesMut,
            written: BytePages,
            /// The PUBLISH whose payload is not whole.
            begun: Option<$module::Publish>,
        }

        impl Codec for $name {
            type Packet<'a> = $module::Encoded;

            fn read<'a>(&mut self, bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
                self.read.extend_from_slice(bytes);
                while let Some(decoded) = self.codec.decode(&mut self.read).map_err(|_| Refused)? {
                    match decoded {
                        $module::Decoded::Packet(packet, _) => each($module::Encoded::Packet(packet)),
                        $module::Decoded::Publish(publish, payload, _)
                            if payload.len() == publish.payload_size as usize =>
                        {
                            each($module::Encoded::Publish(publish, Some(payload)));
                        }
                        $module::Decoded::Publish(publish, ..) => self.begun = Some(publish),
                        $module::Decoded::PayloadChunk(_, false) => {}
                        $module::Decoded::PayloadChunk(_, true) => {
                            if let Some(publish) = self.begun.take() {
                                each($module::Encoded::Publish(publish, Some(Bytes::new())));
                            }
                        }
                    }
                }
                Ok(())
            }

            fn encode(&mut self, packet: &mut Option<$module::Encoded>) -> Option<usize> {
                self.written.clear();
                self.codec.encodev(packet.take()?, &mut self.written).ok()?;
                Some(self.written.len())
            }
        }
    };
}

codec!(V3 v3);
codec!(V5 v5);
