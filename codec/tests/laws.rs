//! The laws of the codec, for generated packets and for arbitrary bytes.

mod shared;

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use mqttspec_codec::{Packet, encode_to_vec};
use proptest::{collection::vec, prelude::*};
use shared::{generate::Generated, laws};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn encoded_packets_decode_to_the_same(seed in seed()) {
        let generated = generate(&seed);
        laws::round_trips(&generated.packet(), generated.version);
    }

    #[test]
    fn arbitrary_bytes_decode_or_are_rejected_with_a_reason(bytes in vec(any::<u8>(), 0..64)) {
        laws::decodes_or_says_why(&bytes);
    }

    /// Closer to legal packets than arbitrary bytes: a generated packet with a few bytes changed.
    #[test]
    fn damaged_packets_decode_or_are_rejected_with_a_reason(
        seed in seed(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = stream(&[seed]);
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        laws::decodes_or_says_why(&bytes);
        laws::decodes_or_says_why(&bytes[..cut.index(bytes.len() + 1)]);
    }

    #[test]
    fn a_stream_in_pieces_gives_the_same_packets(
        seeds in vec(seed(), 0..6),
        garbage in vec(any::<u8>(), 0..8),
        lengths in vec(0u8..9, 1..8),
        maximum in prop_oneof![Just(u16::MAX), 2u16..200],
    ) {
        let mut bytes = stream(&seeds);
        bytes.extend(garbage);
        laws::pieces_are_as_one(&bytes, &lengths, maximum);
    }

    #[test]
    fn filters_match_like_the_model(filter in "[$a+#/]{0,6}", topic in "[$a/]{1,6}") {
        laws::matches_as_the_model(&filter, &topic);
    }
}

/// The laws above prove nothing if the generator makes nothing that can be encoded.
#[test]
fn generator_reaches_every_packet_type_and_most_can_be_encoded() {
    let mut encoded = BTreeMap::new();
    let mut seed = [0u8; 256];
    let mut random = 1u64;
    for _ in 0..6000 {
        for byte in &mut seed {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (random >> 56) as u8;
        }
        let generated = generate(&seed);
        let count: &mut [u32; 2] = encoded.entry((generated.version, generated.packet().packet_type())).or_default();
        count[usize::from(laws::round_trips(&generated.packet(), generated.version))] += 1;
    }
    // three versions of fifteen types, AUTH only in v5
    assert_eq!(encoded.len(), 45);
    for ((version, packet_type), [refused, succeeded]) in encoded {
        let exists = version.has_properties() || packet_type.name() != "AUTH";
        assert!(!exists || succeeded > 20, "{version} {packet_type}: {succeeded} encoded, {refused} refused");
    }
}

fn seed() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..256)
}

fn generate(seed: &[u8]) -> Generated<'_> {
    Generated::arbitrary(&mut Unstructured::new(seed)).expect("a generator that runs out of bytes continues with zeros")
}

fn stream(seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for seed in seeds {
        let generated = generate(seed);
        let packet: Packet<'_> = generated.packet();
        // packets that cannot be encoded are left out
        let _ = encode_to_vec(&packet, generated.version, &mut bytes);
    }
    bytes
}
