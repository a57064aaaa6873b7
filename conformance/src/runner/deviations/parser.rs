//! Tells a parser that misses one rule from one that does not look at a packet.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_codec::PacketType;

use super::Failed;
use crate::judge::Key;

/// Kinds of illegal bytes that are taken in one type of packet only, if there are several for that type: the broker does
/// not look at the packet. A kind that is taken in several types is a rule that the broker does not know.
pub(super) fn same_packet<'a>(failed: &'a [Failed<'_>]) -> Vec<(&'a Key, &'a Key)> {
    let mut types: BTreeMap<&Key, BTreeSet<Option<PacketType>>> = BTreeMap::new();
    for Failed { accusation, .. } in failed {
        if matches!(accusation.key, Key::Takes(_)) {
            types.entry(&accusation.key).or_default().insert(accusation.sent);
        }
    }
    let mut first: BTreeMap<PacketType, &Key> = BTreeMap::new();
    let mut same = Vec::new();
    for (key, types) in types {
        if let (1, Some(Some(only))) = (types.len(), types.first()) {
            same.push((*first.entry(*only).or_insert(key), key));
        }
    }
    same
}
