//! Nothing that a peer does makes the broker grow without bound.

use mqttspec_broker::core::QueueFull;
use mqttspec_codec::{Packet, Pingreq, QoS, ReasonCode, SubscriptionOptions};

use crate::harness::{Net, V3_1_1, V5, lasting, qos0, qos1};

#[test]
fn client_that_does_not_read_holds_little_memory_and_does_not_affect_others() {
    let mut net = Net::with(|config| config.backlog = 10_000);
    let (publisher, slow) = (net.connect(V5, "p"), net.connect(V5, "slow"));
    net.subscribe(slow, "t", QoS::AtLeastOnce);
    net.nobody_reads = true;
    let large = "x".repeat(900);
    for number in 1..=1000 {
        net.publish(publisher, "t", &large);
        net.send(publisher, qos1(number, "t", &large));
    }
    let backlog = net.broker.backlog(slow.id);
    assert!(backlog < 12_000, "{backlog}");
    // QoS 0 is lost; QoS 1 waits, and its acknowledgements bring the rest
    net.nobody_reads = false;
    net.send(slow, Pingreq);
    let mut came = 0;
    while net.has_frame(slow) {
        let answer = net.next(slow, |packet| match packet {
            Packet::Publish(publish) => publish.delivery.packet_id(),
            _ => None,
        });
        if let Some(packet_id) = answer {
            came += 1;
            net.send(slow, mqttspec_codec::Puback::success(packet_id));
        }
    }
    assert_eq!(came, 1000);
}

#[test]
fn in_flight_limit_holds_for_a_fast_reader() {
    let mut net = Net::with(|config| config.in_flight = 3.try_into().unwrap());
    let (publisher, client) = (net.connect(V5, "p"), net.connect(V5, "c"));
    net.subscribe(client, "t", QoS::AtLeastOnce);
    for number in 1..=9 {
        net.send(publisher, qos1(number, "t", "x"));
    }
    assert_eq!(net.frames(client).len(), 3);
    net.send(client, mqttspec_codec::Puback::success(crate::harness::id(2)));
    assert_eq!(net.frames(client).len(), 1);
}

#[test]
fn full_queue_ends_its_session_or_drops_the_newest_message() {
    for (version, connected) in [(V3_1_1, false), (V3_1_1, true), (V5, false), (V5, true)] {
        let mut net = Net::with(|config| {
            config.queued_messages = 3;
            config.in_flight = 1.try_into().unwrap();
        });
        let (client, _) = net.resume(version, "c");
        net.subscribe(client, "t", QoS::AtLeastOnce);
        if !connected {
            net.lose(client);
        }
        let publisher = net.connect(version, "p");
        for number in 1..=3 {
            net.send(publisher, qos1(number, "t", "x"));
        }
        assert_eq!(net.folded.queue.len(), 3);
        net.send(publisher, qos1(4, "t", "x"));
        assert!(net.folded.sessions.is_empty() && net.folded.messages.is_empty());
        if connected {
            net.expect(client, qos1(2, "t", "x"));
            net.disconnected(client, ReasonCode::QuotaExceeded);
        }
        assert!(!net.resume(version, "c").1);
    }
    let mut net = Net::with(|config| {
        config.queued_bytes = 800;
        config.queue_full = QueueFull::DropNewest;
    });
    let (client, _) = net.resume(V5, "c");
    net.subscribe(client, "t", QoS::AtLeastOnce);
    net.lose(client);
    let publisher = net.connect(V5, "p");
    net.send(publisher, qos1(1, "t", &"x".repeat(60)));
    net.send(publisher, qos1(2, "t", &"y".repeat(60)));
    let (client, present) = net.connect_as(lasting(V5, "c"));
    assert!(present);
    net.expect(client, qos1(2, "t", &"x".repeat(60)));
    net.nothing(client);
}

/// One client too many of the greedy kind, and not the one whose message came last.
#[test]
fn all_queues_together_are_bounded() {
    for version in [V3_1_1, V5] {
        let mut net = Net::with(|config| (config.total_queued_bytes, config.in_flight) = (8000, 1.try_into().unwrap()));
        let publisher = net.connect(V5, "p");
        let mut clients = ["greedy", "modest"].map(|name| net.resume(version, name).0);
        for (client, filter) in clients.iter().zip(["#", "modest"]) {
            net.subscribe(*client, filter, QoS::AtLeastOnce);
        }
        net.lose(clients[1]);
        for number in 1..=20 {
            net.send(publisher, qos1(number, if number % 5 == 0 { "modest" } else { "t" }, &"x".repeat(100)));
        }
        assert!(net.folded.sessions.values().all(|session| *session.client_id == *"modest"));
        assert_eq!(net.folded.queue.len(), 4);
        net.next(clients[0], |packet| assert!(matches!(packet, Packet::Publish(_))));
        net.disconnected(clients[0], ReasonCode::QuotaExceeded);
        // what has left is not counted any more
        for number in 1..=20 {
            net.send(publisher, qos1(number, "t", &"x".repeat(100)));
        }
        clients[1] = net.resume(version, "modest").0;
        net.next(clients[1], |packet| assert!(matches!(packet, Packet::Publish(_))));
    }
}

#[test]
fn at_the_limit_of_all_queues_the_newest_is_dropped_if_so_configured() {
    let mut net = Net::with(|config| {
        (config.total_queued_bytes, config.queue_full) = (2500, QueueFull::DropNewest);
    });
    let publisher = net.connect(V5, "p");
    for name in ["a", "b"] {
        let client = net.resume(V5, name).0;
        net.subscribe(client, "t", QoS::AtLeastOnce);
        net.lose(client);
    }
    net.send(publisher, qos1(1, "t", &"x".repeat(120)));
    assert_eq!((net.folded.queue.len(), net.folded.sessions.len()), (1, 2));
}

#[test]
fn acknowledged_messages_are_no_longer_counted() {
    let mut net = Net::with(|config| config.total_queued_bytes = 8000);
    let publisher = net.connect(V5, "p");
    let client = net.resume(V5, "c").0;
    net.subscribe(client, "t", QoS::AtLeastOnce);
    for number in 1..=40 {
        net.send(publisher, qos1(number, "t", &"x".repeat(100)));
        let packet_id = net.next(client, |packet| match packet {
            Packet::Publish(publish) => publish.delivery.packet_id().unwrap(),
            other => panic!("{other:?} in place of PUBLISH"),
        });
        net.send(client, mqttspec_codec::Puback::success(packet_id));
    }
    assert_eq!(net.folded.sessions.len(), 1);
}

#[test]
fn subscriptions_of_all_sessions_are_counted() {
    for by_bytes in [false, true] {
        let mut net = Net::with(|config| match by_bytes {
            true => config.total_subscription_bytes = 2600,
            false => config.total_subscriptions = 2,
        });
        let [first, second] = ["1", "2"].map(|name| net.connect(V5, name));
        let options = SubscriptionOptions::default();
        assert_eq!(net.subscribe_code(first, "a/b/c/d/e", options, &[]), ReasonCode::GRANTED_QOS_0);
        assert_eq!(net.subscribe_code(first, "a/b/c/d/e", options, &[]), ReasonCode::GRANTED_QOS_0);
        assert_eq!(net.subscribe_code(second, "a/b/c/d/e", options, &[]), ReasonCode::GRANTED_QOS_0);
        assert_eq!(net.subscribe_code(second, "d", options, &[]), ReasonCode::QuotaExceeded);
        net.lose(first);
        assert_eq!(net.subscribe_code(second, "d", options, &[]), ReasonCode::GRANTED_QOS_0);
    }
}

#[test]
fn expired_messages_make_room() {
    let mut net = Net::with(|config| config.queued_messages = 2);
    let (client, _) = net.resume(V5, "c");
    net.subscribe(client, "t", QoS::AtLeastOnce);
    net.lose(client);
    let publisher = net.connect(V5, "p");
    let one = [mqttspec_codec::Property::MessageExpiryInterval(1)];
    for number in 1..=5 {
        let properties = mqttspec_codec::Properties::from(&one[..]);
        net.send(publisher, mqttspec_codec::Publish { properties, ..qos1(number, "t", "x") });
        net.wait(600);
    }
    assert!(net.folded.queue.len() <= 2);
    assert!(net.resume(V5, "c").1);
}

#[test]
fn sessions_and_subscriptions_are_counted() {
    let mut net = Net::with(|config| {
        config.sessions = 2;
        config.subscriptions = 2;
        config.subscription_bytes = 2000;
    });
    let client = net.connect(V5, "a");
    net.connect(V3_1_1, "b");
    for (version, code) in [(V5, ReasonCode::QuotaExceeded), (V3_1_1, ReasonCode::ServerUnavailable)] {
        let refused = net.open(version);
        net.send(refused, crate::harness::connect(version, "c"));
        net.next(refused, |packet| assert!(matches!(packet, Packet::Connack(c) if c.reason_code == code)));
        net.closed(refused);
    }
    let client = {
        let again = net.connect(V5, "a"); // in place of the first
        net.disconnected(client, ReasonCode::SessionTakenOver);
        again
    };
    let mut code = |filter: &str| net.subscribe_code(client, filter, SubscriptionOptions::default(), &[]);
    assert_eq!(code(&"a long filter".repeat(100)), ReasonCode::QuotaExceeded);
    assert_eq!(code("1"), ReasonCode::GRANTED_QOS_0);
    assert_eq!(code("2"), ReasonCode::GRANTED_QOS_0);
    assert_eq!(code("2"), ReasonCode::GRANTED_QOS_0);
    assert_eq!(code("3"), ReasonCode::QuotaExceeded);
    net.publish(client, "2", "x");
    net.expect(client, qos0("2", "x"));
}

/// A filter costs memory for each of its levels, and a Topic Name time.
#[test]
fn topics_with_too_many_levels_are_refused() {
    let (three, four) = ("a/b/c", "a/b//");
    let mut net = Net::with(|config| config.topic_levels = 3.try_into().unwrap());
    for (version, codes) in [
        (V5, [ReasonCode::GRANTED_QOS_0, ReasonCode::TopicFilterInvalid]),
        (V3_1_1, [ReasonCode::GRANTED_QOS_0, ReasonCode::UnspecifiedError]),
    ] {
        let client = net.connect(version, "c");
        for filter in [[three, four], ["$share/g/a/b/c", "$share/g/a/b//"]] {
            if version == V5 || filter[0] == three {
                let found =
                    filter.map(|filter| net.subscribe_code(client, filter, SubscriptionOptions::default(), &[]));
                assert_eq!(found, codes, "{version:?} {filter:?}");
            }
        }
        net.publish(client, four, "x");
        net.disconnected(client, ReasonCode::TopicNameInvalid);
        let client = net.open(version);
        let connect = crate::harness::connect(version, "w");
        net.send(client, mqttspec_codec::Connect { will: Some(crate::harness::will(four, "")), ..connect });
        if version == V5 {
            net.next(client, |packet| {
                assert!(matches!(packet, Packet::Connack(c) if c.reason_code == ReasonCode::TopicNameInvalid))
            });
        }
        net.closed(client);
    }
    let client = net.connect(V5, "c");
    net.send(client, qos1(1, four, "x"));
    net.next(client, |packet| {
        assert!(matches!(packet, Packet::Puback(p) if p.reason_code == ReasonCode::TopicNameInvalid))
    });
    net.send(client, qos1(2, three, "x"));
    net.next(client, |packet| assert!(matches!(packet, Packet::Puback(p) if !p.reason_code.is_failure())));
}

/// A store from before there was such a limit.
#[test]
fn stored_subscription_with_too_many_levels_stays() {
    let mut net = Net::with(|config| config.topic_levels = 3.try_into().unwrap());
    let client = net.resume(V5, "c").0;
    net.subscribe(client, "a/b/c", QoS::AtLeastOnce);
    net.change_config(|config| config.topic_levels = 2.try_into().unwrap());
    let client = net.resume(V5, "c").0;
    assert_eq!(net.folded.subscriptions.len(), 1);
    let refused = net.subscribe_code(client, "a/b/c", SubscriptionOptions::default(), &[]);
    assert_eq!(refused, ReasonCode::TopicFilterInvalid);
}

#[test]
fn cascade_of_wills_and_full_queues_terminates() {
    let mut net = Net::with(|config| config.queued_messages = 0);
    let will = mqttspec_codec::Will { qos: QoS::AtLeastOnce, ..crate::harness::will("w", "") };
    let mut last = None;
    for number in 0..500 {
        let name = number.to_string();
        let connect = mqttspec_codec::Connect { will: Some(will), ..crate::harness::connect(V5, &name) };
        let (client, _) = net.connect_as(connect);
        net.subscribe(client, "w", QoS::AtLeastOnce);
        last = Some(client);
    }
    net.lose(last.unwrap());
    assert!(net.folded.sessions.is_empty());
}
