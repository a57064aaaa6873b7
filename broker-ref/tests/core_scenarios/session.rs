//! Sessions: going on, taking over, expiring (v5 sections 3.1.2.4, 3.1.2.11.2, 3.1.4 and 4.1).

use mqttspec_codec::{Connect, Disconnect, Properties, Property, Puback, QoS, ReasonCode};

use crate::harness::{Net, V3_1, V3_1_1, V5, connect, id, lasting, qos0, qos1, qos2};

#[test]
fn session_is_resumed_or_started_anew() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (client, present) = net.resume(version, "c");
        assert!(!present);
        net.subscribe(client, "t", QoS::AtMostOnce);
        net.leave(client);
        let (client, present) = net.resume(version, "c");
        assert!(present);
        net.publish(client, "t", "x");
        net.expect(client, qos0("t", "x"));
        net.leave(client);
        let (client, present) = net.connect_as(connect(version, "c"));
        assert!(!present);
        net.publish(client, "t", "x");
        net.nothing(client);
        net.leave(client);
        assert!(net.folded.sessions.is_empty());
    }
    let mut net = Net::new();
    let (client, _) = net.resume(V3_1, "c");
    net.leave(client);
    assert!(!net.resume(V3_1, "c").1, "3.1 has no Session Present");
}

#[test]
fn queue_of_a_disconnected_client_keeps_qos_1_and_2_in_order() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (client, _) = net.resume(version, "c");
        net.subscribe(client, "t", QoS::ExactlyOnce);
        net.lose(client);
        let publisher = net.connect(version, "p");
        net.send(publisher, qos1(1, "t", "a"));
        net.publish(publisher, "t", "b");
        net.send(publisher, qos2(2, "t", "c"));
        net.restart();
        let (client, present) = net.resume(version, "c");
        assert!(present);
        net.expect(client, qos1(2, "t", "a"));
        net.expect(client, qos2(3, "t", "c"));
        net.nothing(client);
    }
}

#[test]
fn second_connection_of_a_client_takes_over() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (first, _) = net.resume(version, "c");
        net.subscribe(first, "t", QoS::AtLeastOnce);
        let (second, present) = net.resume(version, "c");
        assert!(present);
        net.disconnected(first, ReasonCode::SessionTakenOver);
        net.lose(first);
        net.send(second, qos1(1, "t", "x"));
        net.expect(second, qos1(2, "t", "x"));
        net.expect(second, Puback::success(id(1)));
    }
    // a Session without expiry ends when it is taken over
    let mut net = Net::new();
    net.connect(V5, "c");
    assert!(!net.connect_as(Connect { clean_start: false, ..connect(V5, "c") }).1);
}

#[test]
fn sessions_expire_while_the_broker_is_down() {
    let mut net = Net::new();
    let (client, _) = net.resume(V5, "c");
    net.lose(client);
    net.wait(3_599_999);
    let (client, present) = net.resume(V5, "c");
    assert!(present);
    net.lose(client);
    net.wait(3_600_000);
    assert!(net.folded.sessions.is_empty());
    let (client, present) = net.resume(V5, "c");
    assert!(!present);
    // it was connected when the broker died: expiry begins at the start
    net.wait(10_000_000);
    net.restart();
    net.wait(3_599_999);
    assert_eq!(net.folded.sessions.len(), 1);
    net.wait(1);
    assert!(net.folded.sessions.is_empty());
    net.lose(client);
    let (old, _) = net.resume(V3_1_1, "old");
    net.lose(old);
    net.wait(u64::MAX / 4);
    assert!(net.resume(V3_1_1, "old").1);
}

#[test]
fn disconnect_can_change_the_expiry_but_not_introduce_one() {
    let leave = |properties| Disconnect { properties, ..Disconnect::new(ReasonCode::NORMAL_DISCONNECTION) };
    let seconds = |seconds| [Property::SessionExpiryInterval(seconds)];
    let (zero, one) = (seconds(0), seconds(1));
    let mut net = Net::new();
    let (client, _) = net.resume(V5, "c");
    net.send(client, leave(Properties::from(&zero[..])));
    net.closed(client);
    let (client, present) = net.resume(V5, "c");
    assert!(!present);
    net.send(client, leave(Properties::from(&one[..])));
    net.wait(999);
    assert!(net.resume(V5, "c").1);
    let client = net.connect(V5, "other");
    net.send(client, leave(Properties::from(&one[..])));
    net.disconnected(client, ReasonCode::ProtocolError);
}

#[test]
fn session_resumed_without_expiry_is_no_longer_stored() {
    let mut net = Net::new();
    let (client, _) = net.resume(V5, "c");
    net.subscribe(client, "t", QoS::AtLeastOnce);
    net.lose(client);
    let publisher = net.connect(V5, "p");
    net.send(publisher, qos1(1, "t", "x"));
    assert_eq!(net.folded.messages.len(), 1);
    let (client, present) = net.connect_as(Connect { properties: Properties::EMPTY, ..lasting(V5, "c") });
    assert!(present);
    assert_eq!(net.folded, Default::default());
    net.expect(client, qos1(2, "t", "x"));
    net.send(publisher, qos1(2, "t", "y"));
    net.expect(client, qos1(3, "t", "y"));
    net.lose(client);
    assert!(!net.resume(V5, "c").1);
}
