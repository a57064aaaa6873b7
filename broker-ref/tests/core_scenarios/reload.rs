//! Other users while the broker runs.

use mqttspec_broker::core::{Access, Event};
use mqttspec_codec::{Packet, Puback, QoS, ReasonCode};

use crate::{
    harness::{Net, V3_1_1, V5, connect, id, lasting, qos0, qos1, will},
    users::{EVERYTHING, net, users, with_password},
};

/// alice may only do what concerns `a`.
const LESS: &str = "
    users.alice.publish = ['a']
    users.alice.subscribe = ['a']
    users.bob.publish = ['#']";

/// alice as before, and no bob.
fn only_alice() -> Access {
    let Access::Listed(users) = users(EVERYTHING) else { panic!("users") };
    (*users).clone().without_user("bob").into()
}

/// alice has no password, and there is no bob.
fn nobody() -> Access {
    mqttspec_broker::users::parse("[users.alice]\nsubscribe = ['#']").unwrap()
}

#[test]
fn who_may_stay_stays_with_the_rights_of_today() {
    let mut net = net(EVERYTHING);
    let (alice, bob) = (net.enter(V5, "alice"), net.enter(V5, "bob"));
    for filter in ["a", "b"] {
        net.subscribe(alice, filter, QoS::AtLeastOnce);
    }
    net.reload(users(LESS));
    net.nothing(alice);
    for topic in ["b", "a"] {
        net.publish(bob, topic, "");
    }
    net.expect(alice, qos0("a", ""));
    net.nothing(alice);
    net.send(alice, qos1(1, "b", ""));
    net.expect(alice, Puback::with_reason(id(1), ReasonCode::NotAuthorized));
    // the subscription was kept, and works again
    net.reload(users(EVERYTHING));
    net.publish(bob, "b", "");
    net.expect(alice, qos0("b", ""));
    net.nothing(bob);
}

#[test]
fn who_lost_the_right_is_told_and_its_will_obeys_the_rights_of_today() {
    let mut net = net(EVERYTHING);
    let alice = net.enter(V5, "alice");
    net.subscribe(alice, "#", QoS::AtMostOnce);
    let mut last = |version, client_id| {
        let connect = with_password("bob", "password", connect(version, client_id));
        net.connect_as(mqttspec_codec::Connect { will: Some(will("last", "")), ..connect }).0
    };
    let (v5, v3) = (last(V5, "v5"), last(V3_1_1, "v3"));
    net.reload(only_alice());
    net.disconnected(v5, ReasonCode::NotAuthorized);
    net.closed(v3);
    net.nothing(alice);
}

#[test]
fn changed_password_ends_the_connection() {
    let mut net = net(EVERYTHING);
    let (alice, bob) = (net.enter(V5, "alice"), net.enter(V3_1_1, "bob"));
    net.reload(nobody());
    net.disconnected(alice, ReasonCode::NotAuthorized);
    net.closed(bob);
}

#[test]
fn login_in_progress_is_judged_by_the_users_of_today() {
    let mut net = net(EVERYTHING);
    net.checks_wait = true;
    let client = net.open(V5);
    net.send(client, with_password("alice", "password", connect(V5, "c")));
    let (id, check) = net.broker.poll_check().unwrap();
    net.reload(nobody());
    net.next(client, |packet| {
        assert!(matches!(packet, Packet::Connack(connack) if connack.reason_code == ReasonCode::NotAuthorized))
    });
    net.closed(client);
    assert_eq!(id, client.id);
    net.happen(client, Event::PasswordChecked(check.run()));
    assert!(net.folded.sessions.is_empty());
}

#[test]
fn messages_that_wait_are_dropped_with_the_right_to_them() {
    let mut net = net(EVERYTHING);
    let (alice, _) = net.connect_as(with_password("alice", "password", lasting(V5, "alice")));
    net.subscribe(alice, "#", QoS::AtLeastOnce);
    net.lose(alice);
    let bob = net.enter(V3_1_1, "bob");
    for topic in ["a", "b"] {
        net.send(bob, qos1(1, topic, ""));
        net.expect(bob, Puback::success(id(1)));
    }
    assert_eq!(net.folded.queue.len(), 2);
    net.reload(users(LESS));
    assert_eq!(net.folded.queue.len(), 1);
}

#[test]
fn first_users_end_clients_whose_name_was_only_believed() {
    let mut net = Net::new();
    let (named, _) = net.connect_as(with_password("alice", "any", connect(V5, "n")));
    let (anonymous, _) = net.connect_as(connect(V5, "a"));
    net.reload(users("anonymous.publish = ['#']"));
    net.disconnected(named, ReasonCode::NotAuthorized);
    net.nothing(anonymous);
    net.reload(Access::Open);
    net.nothing(anonymous);
}
