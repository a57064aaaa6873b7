//! What the broker did not let Clients do, as it is logged.

use mqttspec_broker::core::{Notice, Refused};
use mqttspec_codec::{ReasonCode, SubscriptionOptions};

use crate::{
    harness::{Net, V3_1_1, V5, connect, qos0, qos1},
    users::{net, with_password},
};

fn notices(net: &mut Net) -> Vec<Notice> {
    std::iter::from_fn(|| net.broker.poll_notice()).collect()
}

/// Who, what and why of each refusal.
fn told(net: &mut Net) -> Vec<(Option<String>, Option<String>, Refused, ReasonCode)> {
    let told = |notice| match notice {
        Notice::Refusal(refusal) => {
            let [user, client] = [refusal.user_name, refusal.client_id].map(|name| name.map(|name| name.to_string()));
            (user, client, refusal.what, refusal.reason_code)
        }
        Notice::LeftOut(count) => panic!("{count} left out"),
    };
    notices(net).into_iter().map(told).collect()
}

#[test]
fn login_publish_and_subscribe_are_told_in_every_version() {
    for version in [V3_1_1, V5] {
        let mut net = net("");
        let alice = net.enter(version, "alice");
        net.send(alice, qos0("t", ""));
        net.send(alice, qos1(1, "t/1", ""));
        net.frames(alice);
        net.subscribe_code(alice, "f/#", SubscriptionOptions::default(), &[]);
        for connect in [with_password("alice", "wrong", connect(version, "c")), connect(version, "d")] {
            let (client, _) = net.login(connect);
            net.closed(client);
        }
        let (user, denied) = (|| Some("alice".to_owned()), ReasonCode::NotAuthorized);
        assert_eq!(
            told(&mut net),
            [
                (user(), user(), Refused::Publish("t".into()), denied),
                (user(), user(), Refused::Publish("t/1".into()), denied),
                (user(), user(), Refused::Subscribe("f/#".into()), denied),
                (user(), Some("c".to_owned()), Refused::Login, ReasonCode::BadUserNameOrPassword),
                (None, Some("d".to_owned()), Refused::Login, denied),
            ]
        );
    }
}

#[test]
fn flood_is_told_a_few_times_and_then_counted() {
    let mut net = net("");
    let alice = net.enter(V5, "alice");
    for _ in 0..1000 {
        net.send(alice, qos0("t", ""));
    }
    let first = notices(&mut net);
    assert_eq!(first.len(), 10);
    assert_eq!(net.broker.statistics().publishes_refused, 1000);
    net.wait(9_999);
    assert_eq!(notices(&mut net), []);
    // without another refusal
    net.wait(1);
    assert_eq!(notices(&mut net), [Notice::LeftOut(990)]);
    net.send(alice, qos0("t", ""));
    assert_eq!(notices(&mut net).len(), 1);
    net.wait(20_000);
    assert_eq!(notices(&mut net), []);
}

#[test]
fn what_nobody_takes_is_bounded_and_long_names_are_cut() {
    let mut net = net("");
    let long = "x".repeat(60_000);
    for _ in 0..100 {
        let (client, _) = net.login(with_password(&long, "p", connect(V5, &long)));
        net.closed(client);
        net.wait(1_000);
    }
    let notices = notices(&mut net);
    assert!(notices.len() <= 250, "{}", notices.len());
    assert!(format!("{notices:?}").len() < 250 * 1_000);
}
