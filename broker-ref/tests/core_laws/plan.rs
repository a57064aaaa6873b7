//! How likely what is: the strategies that make a [`Plan`].

use proptest::{
    array::{uniform2, uniform4},
    collection::vec,
    option,
    prelude::*,
};

use mqttspec_broker::core::Config;
use mqttspec_codec::Reject;

use crate::op::{CLIENTS, FILTERS, Odd, Op, Plan, PlannedSubscription, PlannedWill, Setup, TOPICS, Wake};

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let op = prop_oneof![
        24 => client_op(),
        10 => (1..300usize).prop_map(|bytes| Op::Read { bytes }),
        12 => Just(Op::Read { bytes: usize::MAX }),
        6 => (1..4usize).prop_map(|steps| Op::Commit { steps }),
        6 => Just(Op::Commit { steps: usize::MAX }),
        3 => (0..3000u64, wake()).prop_map(|(millis, wake)| Op::Wait { millis, wake }),
        2 => (0..4usize, option::weighted(0.3, client_op().prop_map(Box::new)))
            .prop_map(|(more_steps, during)| Op::Crash { more_steps, during }),
    ];
    (setup(), vec((0..CLIENTS.len(), op), 1..120)).prop_map(|(setup, ops)| Plan { setup, ops })
}

fn setup() -> impl Strategy<Value = Setup> {
    let backlog = prop_oneof![Just(1 << 20), 40..400usize];
    let queued = option::weighted(0.2, 1..6usize);
    let longest_expiry = prop_oneof![3 => Just(u32::MAX), 1 => 1..4u32];
    let step = prop_oneof![Just(80_000usize), 1..300usize];
    let habits = uniform4(uniform2(option::of(subscription())));
    let reject = prop_oneof![Just(Config::default().reject), Just(Reject::NONE), Just(Reject::ALL)];
    let lazy = (any::<bool>(), reject, step);
    (any::<bool>(), 1..5u16, 1..6u16, backlog, queued, any::<bool>(), longest_expiry, lazy, habits).prop_map(
        |(
            each_subscription,
            receive_maximum,
            in_flight,
            backlog,
            queued,
            end_session,
            longest_expiry,
            (lazy, reject, step),
            habits,
        )| Setup {
            each_subscription,
            receive_maximum,
            in_flight,
            backlog,
            queued,
            end_session,
            longest_expiry,
            step,
            // a Session that ends by a full queue is seen to end in what is transmitted
            lazy: lazy && !(end_session && queued.is_some()),
            reject,
            habits,
        },
    )
}

fn wake() -> impl Strategy<Value = Wake> {
    prop_oneof![3 => Just(Wake::InTime), 1 => Just(Wake::Late), 1 => Just(Wake::Never)]
}

fn subscription() -> impl Strategy<Value = PlannedSubscription> {
    (0..FILTERS.len(), any::<u8>(), 0..3u32).prop_map(|(filter, options, identifier)| PlannedSubscription {
        filter,
        options,
        identifier,
    })
}

fn client_op() -> impl Strategy<Value = Op> {
    let topic = || 0..TOPICS.len();
    let will = (topic(), 0..3u8, any::<bool>(), 0..3u32, option::weighted(0.2, 1..4u32))
        .prop_map(|(topic, qos, retain, delay, expiry)| PlannedWill { topic, qos, retain, delay, expiry });
    let expiry = prop_oneof![2 => Just(u32::MAX), 2 => 0..4u32];
    let odd =
        prop_oneof![Just(Odd::RepeatedFormat), Just(Odd::RepeatedExpiry), Just(Odd::FormatTwo), Just(Odd::OverLong)];
    let keep_alive = prop_oneof![3 => Just(0), 1 => 1..3u16];
    prop_oneof![
        5 => (prop::bool::weighted(0.2), expiry, keep_alive, 1..5u16, option::of(will)).prop_map(
            |(clean, expiry, keep_alive, receive_maximum, will)| {
                Op::Connect { clean, expiry, keep_alive, receive_maximum, will }
            }
        ),
        5 => subscription().prop_map(Op::Subscribe),
        1 => (0..FILTERS.len()).prop_map(|filter| Op::Unsubscribe { filter }),
        12 => (
            topic(), 0..3u8, prop::bool::weighted(0.3), prop::bool::weighted(0.2), option::weighted(0.2, 0..4u32),
            any::<bool>(), option::weighted(0.1, odd), option::weighted(0.05, 1..12usize)
        ).prop_map(|(topic, qos, retain, empty, expiry, alias, odd, cut)| {
            Op::Publish { topic, qos, retain, empty: empty && retain, expiry, alias, odd, cut }
        }),
        1 => Just(Op::Repeat),
        4 => Just(Op::Pubrel),
        1 => Just(Op::Ping),
        12 => (0..3usize, 1..4usize, prop::bool::weighted(0.05))
            .prop_map(|(kind, packets, refuse)| Op::Answer { kind, packets, refuse }),
        1 => (any::<bool>(), option::of(0..3u32)).prop_map(|(keep_will, expiry)| Op::Disconnect { keep_will, expiry }),
        1 => Just(Op::Malformed),
        2 => Just(Op::Lose),
    ]
}
