//! mqtt-protocol-core: what its connections cut and parse packets with.

use mqtt_protocol_core::mqtt::{
    common::Cursor,
    connection::{PacketBuildResult, PacketBuilder, PacketData, RawPacket},
    packet::{GenericPacketTrait, Packet, v3_1_1, v5_0},
};

use crate::codec::{Codec, Refused};

macro_rules! codec {
    ($name:ident $module:ident: $($number:literal $packet:ident $variant:ident,)*) => {
        pub(crate) struct $name(PacketBuilder);

        impl Default for $name {
            fn default() -> Self {
                $name(PacketBuilder::new())
            }
        }

        impl Codec for $name {
            type Packet<'a> = Packet;

            fn read<'a>(&mut self, bytes: &'a [u8], mut each: impl FnMut(Self::Packet<'a>)) -> Result<(), Refused> {
                let mut bytes = Cursor::new(bytes);
                loop {
                    match self.0.feed(&mut bytes) {
                        PacketBuildResult::Complete(raw) => each($name::parse(&raw).ok_or(Refused)?),
                        PacketBuildResult::Incomplete => return Ok(()),
                        PacketBuildResult::Error(_) => return Err(Refused),
                    }
                }
            }

            fn encode(&mut self, packet: &mut Option<Packet>) -> Option<usize> {
                Some(packet.as_ref()?.to_continuous_buffer().len())
            }
        }

        impl $name {
            fn parse(raw: &RawPacket) -> Option<Packet> {
                match (raw.packet_type(), &raw.data) {
                    (3, PacketData::Publish(bytes)) => {
                        let (publish, _) = $module::Publish::parse(raw.flags(), bytes.clone()).ok()?;
                        Some(publish.into())
                    }
                    $(($number, _) => raw.parse_exact($module::$packet::parse).ok().map(Packet::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

codec! { V3 v3_1_1:
    1 Connect V3_1_1Connect,
    2 Connack V3_1_1Connack,
    4 Puback V3_1_1Puback,
    5 Pubrec V3_1_1Pubrec,
    6 Pubrel V3_1_1Pubrel,
    7 Pubcomp V3_1_1Pubcomp,
    8 Subscribe V3_1_1Subscribe,
    9 Suback V3_1_1Suback,
    10 Unsubscribe V3_1_1Unsubscribe,
    11 Unsuback V3_1_1Unsuback,
    12 Pingreq V3_1_1Pingreq,
    13 Pingresp V3_1_1Pingresp,
    14 Disconnect V3_1_1Disconnect,
}

codec! { V5 v5_0:
    1 Connect V5_0Connect,
    2 Connack V5_0Connack,
    4 Puback V5_0Puback,
    5 Pubrec V5_0Pubrec,
    6 Pubrel V5_0Pubrel,
    7 Pubcomp V5_0Pubcomp,
    8 Subscribe V5_0Subscribe,
    9 Suback V5_0Suback,
    10 Unsubscribe V5_0Unsubscribe,
    11 Unsuback V5_0Unsuback,
    12 Pingreq V5_0Pingreq,
    13 Pingresp V5_0Pingresp,
    14 Disconnect V5_0Disconnect,
    15 Auth V5_0Auth,
}
