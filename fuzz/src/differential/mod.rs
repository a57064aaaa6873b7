//! Our codec beside rmqtt-codec on the same bytes. Where both take a packet, ours is turned into theirs and compared as a
//! whole: type, topic, payload, QoS, Packet Identifier, every property that theirs keeps.

mod class;
mod v3;
mod v5;

use bytes::BytesMut;
use mqttspec_codec::{Packet, Version, decode, encode_to_vec, packet_length};
use tokio_util::codec::Decoder;

pub use self::class::Class;

/// The known disagreements over these bytes, of either version.
///
/// # Panics
/// A disagreement that is not known.
#[must_use]
pub fn differential(bytes: &[u8]) -> Vec<Class> {
    [Version::V3_1_1, Version::V5].into_iter().filter_map(|version| disagreement(bytes, version)).collect()
}

fn disagreement(bytes: &[u8], version: Version) -> Option<Class> {
    let ours = decode(bytes, version);
    // the first packet alone; where ours refuses the fixed header, theirs sees all there is
    let is_whole = |length: &usize| *length <= bytes.len();
    let whole = packet_length(bytes, u32::MAX).ok().flatten().filter(is_whole);
    let frame = bytes.get(..whole.unwrap_or(bytes.len())).unwrap_or(bytes);
    let theirs = read(frame, version);
    let found = match (&ours, &theirs) {
        (Ok(Some((Packet::Connect(connect), _))), _)
            if (connect.version == Version::V5) != (version == Version::V5) =>
        {
            // a CONNECT says its own version, and theirs has a codec for each
            return None;
        }
        (Ok(Some((packet, _))), Theirs::Packet(theirs)) => {
            assert_eq!(as_theirs(packet, version), Some(theirs.clone()), "both take {bytes:02X?} in {version}");
            return None;
        }
        (Ok(None), Theirs::Waits) | (Err(_), Theirs::Refuses) => return None,
        (Err(_), Theirs::Waits) if whole.is_none() => Some(Class::RefusedEarly),
        (Err(error), Theirs::Packet(_)) => Class::of_taken(error, version),
        (Ok(Some((packet, _))), Theirs::Refuses) => Class::of_refused(packet, version)
            .or_else(|| is_taken_in_shortest_form(packet, version).then_some(Class::OverLongInteger)),
        (Ok(None), _) | (_, Theirs::Waits) => None,
    };
    assert!(found.is_some(), "{bytes:02X?} in {version}: ours {ours:?}, theirs {theirs:?}");
    found
}

/// What rmqtt-codec makes of bytes.
#[derive(Debug)]
enum Theirs {
    Packet(Either),
    Waits,
    Refuses,
}

/// A packet of one of its two trees.
#[derive(Debug, Clone, PartialEq)]
enum Either {
    V3(rmqtt_codec::v3::Packet),
    V5(rmqtt_codec::v5::Packet),
}

fn read(frame: &[u8], version: Version) -> Theirs {
    fn one<P, C: Default + Decoder<Item = (P, u32)>>(frame: &[u8], either: impl Fn(P) -> Either) -> Theirs {
        match C::default().decode(&mut BytesMut::from(frame)) {
            Ok(Some((packet, _))) => Theirs::Packet(either(packet)),
            Ok(None) => Theirs::Waits,
            Err(_) => Theirs::Refuses,
        }
    }
    match version {
        Version::V5 => one::<_, rmqtt_codec::v5::Codec>(frame, Either::V5),
        _ => one::<_, rmqtt_codec::v3::Codec>(frame, Either::V3),
    }
}

fn as_theirs(packet: &Packet<'_>, version: Version) -> Option<Either> {
    match version {
        Version::V5 => v5::theirs(packet).map(Either::V5),
        _ => v3::theirs(packet).map(Either::V3),
    }
}

fn is_taken_in_shortest_form(packet: &Packet<'_>, version: Version) -> bool {
    let mut bytes = Vec::new();
    encode_to_vec(packet, version, &mut bytes).is_ok() && matches!(read(&bytes, version), Theirs::Packet(_))
}
