//! What a user may do: publish, subscribe, have a Session.

use mqttspec_codec::{
    Connect, Properties, Property, Puback, Pubrec, QoS, ReasonCode, SubscriptionOptions, Version, Will,
};

use crate::{
    harness::{Client, Net, V3_1_1, V5, connect, id, lasting, qos0, qos1, qos2, will},
    users::{EVERYTHING, net, users, with_password},
};

const ALICE_SENSORS: &str = "
    users.alice.publish = ['sensors/%u/#']
    users.alice.subscribe = ['sensors/#', 'clients/%c']
    users.bob.publish = ['#']
    users.bob.subscribe = ['#']";

const QOS_0: SubscriptionOptions = SubscriptionOptions {
    qos: QoS::AtMostOnce,
    no_local: false,
    retain_as_published: false,
    retain_handling: mqttspec_codec::RetainHandling::Send,
};

fn listener(net: &mut Net) -> Client {
    let bob = net.enter(V5, "bob");
    net.subscribe(bob, "#", QoS::AtMostOnce);
    bob
}

#[test]
fn forbidden_publish() {
    let mut net = net(ALICE_SENSORS);
    let bob = listener(&mut net);
    let alice = net.enter(V5, "alice");
    net.publish(alice, "sensors/bob", "");
    net.retain(alice, "sensors", "kept");
    net.send(alice, qos1(1, "other", ""));
    net.expect(alice, Puback::with_reason(id(1), ReasonCode::NotAuthorized));
    net.send(alice, qos2(2, "$SYS/x", ""));
    net.expect(alice, Pubrec::with_reason(id(2), ReasonCode::NotAuthorized));
    net.nothing(bob);
    net.publish(alice, "sensors/alice/1", "");
    net.expect(bob, qos0("sensors/alice/1", ""));
    assert!(net.folded.retained.is_empty());
}

#[test]
fn before_v5_a_forbidden_publish_is_acknowledged_and_dropped() {
    let mut net = net(ALICE_SENSORS);
    let bob = listener(&mut net);
    let alice = net.enter(V3_1_1, "alice");
    net.publish(alice, "other", "");
    net.send(alice, qos1(1, "other", ""));
    net.expect(alice, Puback::success(id(1)));
    net.send(alice, qos2(2, "other", ""));
    net.expect(alice, Pubrec::success(id(2)));
    net.send(alice, mqttspec_codec::Pubrel::success(id(2)));
    net.expect(alice, mqttspec_codec::Pubcomp::success(id(2)));
    net.nothing(alice);
    net.nothing(bob);
}

#[test]
fn forbidden_subscriptions() {
    for (version, refused) in [(V5, ReasonCode::NotAuthorized), (V3_1_1, ReasonCode::UnspecifiedError)] {
        let mut net = net(ALICE_SENSORS);
        let (alice, bob) = (net.enter(version, "alice"), net.enter(V5, "bob"));
        for (filter, allowed) in [
            ("sensors/+/x", true),
            ("$share/g/sensors/#", true),
            ("clients/alice", true),
            ("#", false),
            ("+/x", false),
            ("$share/g/#", false),
            ("clients/+", false),
            ("clients/bob", false),
        ] {
            let code = net.subscribe_code(alice, filter, QOS_0, &[]);
            assert_eq!(code, if allowed { ReasonCode::Success } else { refused }, "{filter}");
        }
        net.publish(bob, "clients/bob", "");
        net.nothing(alice);
        assert_eq!(net.subscribe_code(bob, "$SYS/#", QOS_0, &[]), ReasonCode::NotAuthorized, "# is not $SYS/#");
    }
}

#[test]
fn name_with_wildcards_or_separators_grants_nothing() {
    for client_id in ["+", "#", "a/b", "$SYS"] {
        let mut net = net("anonymous.subscribe = ['%c/#', 'public']");
        let client = net.connect(V5, client_id);
        let filter = if client_id == "#" { "#".to_owned() } else { format!("{client_id}/#") };
        assert_eq!(net.subscribe_code(client, &filter, QOS_0, &[]), ReasonCode::NotAuthorized);
        assert_eq!(net.subscribe_code(client, "public", QOS_0, &[]), ReasonCode::Success);
    }
}

fn with_will(version: Version, topic: &str) -> Connect<'_> {
    with_password("alice", "password", Connect { will: Some(will(topic, "gone")), ..connect(version, "alice") })
}

#[test]
fn wills_are_checked_at_connect() {
    for version in [V3_1_1, V5] {
        let mut net = net(ALICE_SENSORS);
        let (refused, code) = net.login(with_will(version, "other"));
        assert_eq!(code, ReasonCode::NotAuthorized);
        net.closed(refused);
        assert_eq!(net.login(with_will(version, "sensors/alice")).1, ReasonCode::Success);
    }
}

#[test]
fn wills_are_checked_when_they_are_due() {
    let mut net = net(EVERYTHING);
    const DELAY: &[Property<'static>] = &[Property::WillDelayInterval(5)];
    let late = Will { properties: Properties::from(DELAY), ..will("other", "gone") };
    net.connect_as(with_password("alice", "password", Connect { will: Some(late), ..lasting(V5, "alice") }));
    net.change_access(users(ALICE_SENSORS));
    let bob = listener(&mut net);
    net.wait(10_000);
    net.nothing(bob);
}

#[test]
fn resumed_session_gets_messages_by_its_current_rights() {
    let mut net = net(EVERYTHING);
    let lasting = || with_password("alice", "password", lasting(V5, "alice"));
    let (alice, _) = net.connect_as(lasting());
    for filter in ["sensors/#", "other", "$share/g/other"] {
        net.subscribe(alice, filter, QoS::AtLeastOnce);
    }
    net.lose(alice);
    let bob = net.enter(V3_1_1, "bob");
    for topic in ["sensors/1", "other"] {
        net.send(bob, qos1(1, topic, ""));
        net.expect(bob, Puback::success(id(1)));
    }
    net.change_access(users(ALICE_SENSORS));
    let (alice, present) = net.connect_as(lasting());
    assert!(present);
    let topics = |net: &mut Net| -> Vec<String> {
        let mut topics = Vec::new();
        while net.has_frame(alice) {
            net.next(alice, |packet| match packet {
                mqttspec_codec::Packet::Publish(publish) => topics.push(publish.topic.unwrap().as_str().to_owned()),
                other => panic!("{other:?}"),
            });
        }
        topics
    };
    assert_eq!(topics(&mut net), ["sensors/1"]);
    let bob = net.enter(V5, "bob");
    for topic in ["other", "sensors/2"] {
        net.publish(bob, topic, "");
    }
    assert_eq!(topics(&mut net), ["sensors/2"]);
    // what the file allows again comes again: the subscription was kept
    net.change_access(users(EVERYTHING));
    net.connect_as(lasting());
    assert_eq!(net.folded.subscriptions.len(), 3);
}

#[test]
fn a_session_is_its_users() {
    for clean_start in [false, true] {
        let mut net = net(&format!("anonymous = {{}}\n{EVERYTHING}"));
        let (alice, _) = net.connect_as(with_password("alice", "password", lasting(V5, "shared")));
        let stranger = Connect { clean_start, ..connect(V5, "shared") };
        for connect in [with_password("bob", "password", stranger), stranger] {
            let (other, code) = net.login(connect);
            assert_eq!(code, ReasonCode::ClientIdentifierNotValid);
            net.closed(other);
        }
        net.nothing(alice);
        net.lose(alice);
        let older =
            Connect { version: V3_1_1, properties: Properties::EMPTY, ..with_password("bob", "password", stranger) };
        let (other, code) = net.login(older);
        assert_eq!(code, ReasonCode::ClientIdentifierNotValid);
        net.closed(other);
        assert!(net.connect_as(with_password("alice", "password", lasting(V5, "shared"))).1);
    }
}

#[test]
fn session_of_a_removed_user_ends() {
    let mut net = Net::new();
    net.connect_as(with_password("carol", "any", lasting(V5, "c")));
    net.change_access(users(EVERYTHING));
    let (_, present) = net.connect_as(with_password("bob", "password", lasting(V5, "c")));
    assert!(!present);
    assert_eq!(net.folded.sessions.values().next().unwrap().user_name.as_deref(), Some("bob"));
}
