//! What may happen at a client.

use proptest::prelude::*;

pub(crate) const TOPICS: [&str; 4] = ["t", "t/u", "$t/u", "v"];
pub(crate) const FILTERS: [&str; 8] = ["#", "t/#", "+/u", "t", "$share/g/t/#", "$share/g/v", "$t/#", "v"];

/// Something happens at a client.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Connect {
        clean: bool,
        expiry: u32,
        will: Option<(usize, u8, bool, u32)>,
    },
    Subscribe {
        filter: usize,
        options: u8,
        identifier: u32,
    },
    Unsubscribe {
        filter: usize,
    },
    Publish {
        topic: usize,
        qos: u8,
        packet_id: u16,
        retain: bool,
        empty: bool,
        expiry: Option<u32>,
        alias: bool,
    },
    /// The same QoS 2 message again, if its PUBREL was not sent.
    Repeat {
        packet_id: u16,
    },
    Pubrel {
        packet_id: u16,
    },
    /// Answers what came, all of it or the first few packets.
    Answer {
        packets: usize,
        refuse: bool,
    },
    Stray {
        packet_id: u16,
    },
    Disconnect {
        keep_will: bool,
        expiry: Option<u32>,
    },
    Malformed,
    Lose,
    Wait {
        millis: u64,
    },
    Restart,
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let will = proptest::option::of((0..TOPICS.len(), 0..3u8, any::<bool>(), 0..3u32));
    prop_oneof![
        6 => (any::<bool>(), 0..4u32, will).prop_map(|(clean, expiry, will)| Op::Connect { clean, expiry, will }),
        6 => (0..FILTERS.len(), any::<u8>(), 0..3u32)
            .prop_map(|(filter, options, identifier)| Op::Subscribe { filter, options, identifier }),
        1 => (0..FILTERS.len()).prop_map(|filter| Op::Unsubscribe { filter }),
        12 => (0..TOPICS.len(), 0..3u8, 1..5u16, any::<bool>(), any::<bool>(), proptest::option::of(0..4u32), any::<bool>())
            .prop_map(|(topic, qos, packet_id, retain, empty, expiry, alias)| {
                Op::Publish { topic, qos, packet_id, retain, empty: empty && retain, expiry, alias }
            }),
        3 => (1..5u16).prop_map(|packet_id| Op::Repeat { packet_id }),
        3 => (1..5u16).prop_map(|packet_id| Op::Pubrel { packet_id }),
        8 => (1..8usize, prop::bool::weighted(0.1)).prop_map(|(packets, refuse)| Op::Answer { packets, refuse }),
        1 => (1..6u16).prop_map(|packet_id| Op::Stray { packet_id }),
        1 => (any::<bool>(), proptest::option::of(0..3u32))
            .prop_map(|(keep_will, expiry)| Op::Disconnect { keep_will, expiry }),
        1 => Just(Op::Malformed),
        2 => Just(Op::Lose),
        3 => (0..3000u64).prop_map(|millis| Op::Wait { millis }),
        1 => Just(Op::Restart),
    ]
}
