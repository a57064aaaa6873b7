//! mqtt-proto: a codec for streams that are polled.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use mqtt_proto::{GenericPollPacket, GenericPollPacketState, PollHeader, v3, v5};

use crate::codec::{Codec, Refused};

/// Its two codecs are of the same form.
pub(crate) struct Of<H>(GenericPollPacketState<H>);

pub(crate) type V3 = Of<v3::Header>;
pub(crate) type V5 = Of<v5::Header>;

impl<H> Default for Of<H> {
    fn default() -> Self {
        Of(GenericPollPacketState::default())
    }
}

macro_rules! codec {
    ($name:ident $module:ident) => {
        impl Codec for $name {
            type Packet<'a> = $module::Packet;

            fn read<'a>(&mut self, mut bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
                while !bytes.is_empty() {
                    // a slice is a reader that never waits: at its end there is an error, and the state stays
                    let poll = pin!(GenericPollPacket::<_, $module::Header>::new(&mut self.0, &mut bytes));
                    match poll.poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(Ok((_, _, packet))) => {
                            // behind a packet without a body the state is not as it was
                            self.0 = GenericPollPacketState::default();
                            each(packet);
                        }
                        Poll::Ready(Err(error)) if $module::Header::is_eof_error(&error) => return Ok(()),
                        Poll::Ready(Err(_)) => return Err(Refused),
                        Poll::Pending => return Ok(()),
                    }
                }
                Ok(())
            }

            fn encode(&mut self, packet: &mut Option<$module::Packet>) -> Option<usize> {
                packet.as_ref()?.encode().ok().map(|bytes| bytes.as_ref().len())
            }
        }
    };
}

codec!(V3 v3);
codec!(V5 v5);
