//! The bodies of the targets over the byte vectors, so that they are checked without libFuzzer.

use std::collections::BTreeSet;

use mqttspec::vector::PacketLibrary;
use mqttspec_fuzz::Class;

fn vectors() -> PacketLibrary {
    PacketLibrary::embedded().unwrap_or_else(|errors| panic!("{}", errors[0]))
}

fn seeds() -> Vec<Vec<u8>> {
    vectors().cases().map(|case| case.bytes.clone()).collect()
}

#[test]
fn the_laws_hold_for_every_vector() {
    for bytes in seeds() {
        mqttspec_fuzz::decode(&bytes);
        mqttspec_fuzz::round_trip(&bytes);
        mqttspec_fuzz::topic_match(&bytes);
        for lengths in [[1; 4], [2, 0, 5, 1]] {
            mqttspec_fuzz::split(&[&[0xFF, 0xFF], &lengths[..], &bytes, &bytes].concat());
        }
    }
}

/// Every disagreement over a vector is known, and every class that is known is met: by a vector or by these.
#[test]
fn every_class_is_met() {
    let more: [&[u8]; 2] = [
        // type 0, and no length yet
        &[0x00],
        // a PUBLISH of v5 with two Payload Format Indicators
        &[0x30, 8, 0, 1, b't', 4, 1, 0, 1, 0],
    ];
    let met = |bytes: &[u8]| mqttspec_fuzz::differential(bytes);
    let met: BTreeSet<Class> = seeds().iter().map(Vec::as_slice).chain(more).flat_map(met).collect();
    let missing: Vec<&Class> = Class::ALL.iter().filter(|class| !met.contains(class)).collect();
    assert!(missing.is_empty(), "these never happen: {missing:?}");
}
