//! Tells a parser that misses one rule from one that does not look at a packet.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_codec::{DecodeErrorKind, PacketType};

use super::Failed;
use crate::judge::Key;

/// Kinds of illegal bytes that are taken in one type of packet only, if there are several for that type: the broker does
/// not look at the packet. A kind that is taken in several types is a rule that the broker does not know, and one that
/// only this type can have says nothing about others.
pub(super) fn same_packet<'a>(failed: &'a [Failed<'_>]) -> Vec<(&'a Key, &'a Key)> {
    let mut types: BTreeMap<&Key, BTreeSet<Option<PacketType>>> = BTreeMap::new();
    for Failed { accusation, .. } in failed {
        if is_general(&accusation.key) {
            types.entry(&accusation.key).or_default().insert(accusation.sent);
        }
    }
    let mut kinds: BTreeMap<PacketType, Vec<&Key>> = BTreeMap::new();
    for (key, types) in types {
        if let (1, Some(Some(only))) = (types.len(), types.first()) {
            kinds.entry(*only).or_default().push(key);
        }
    }
    let unread = kinds.into_values().filter(|kinds| kinds.len() >= SEVERAL);
    unread.flat_map(|kinds| kinds.clone().into_iter().zip(kinds.into_iter().skip(1))).collect()
}

/// Whether every type of packet, or most of them, can be wrong in this way.
fn is_general(key: &Key) -> bool {
    use DecodeErrorKind as K;
    matches!(
        key,
        Key::Takes(
            K::FixedHeaderFlags
                | K::VariableByteIntegerTooLong
                | K::Truncated
                | K::TrailingBytes
                | K::IllFormedUtf8
                | K::NulInString
                | K::ZeroPacketIdentifier
                | K::ReasonCode
                | K::UnknownProperty
                | K::MisplacedProperty
                | K::RepeatedProperty
        )
    )
}

/// How many kinds show that a packet is not looked at.
const SEVERAL: usize = 3;
