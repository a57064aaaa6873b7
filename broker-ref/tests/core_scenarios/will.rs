//! The Will (v5 sections 3.1.2.5 and 3.1.3.2, v3.1.1 section 3.1.2.5).

use mqttspec_codec::{
    Connect, Disconnect, Properties, Property, Publish, QoS, ReasonCode, UserProperty, Utf8String, Version, Will,
};

use crate::harness::{Client, Net, V3_1_1, V5, connect, lasting, qos0, will};

/// A net with someone who watches the Will Topic.
fn watched(version: Version) -> (Net, Client) {
    let mut net = Net::new();
    let watcher = net.connect(version, "watcher");
    net.subscribe(watcher, "w", QoS::AtMostOnce);
    (net, watcher)
}

fn with_will(version: Version) -> Connect<'static> {
    Connect { will: Some(will("w", "gone")), ..connect(version, "c") }
}

#[test]
fn every_end_except_disconnect_0_publishes_the_will() {
    for version in [V3_1_1, V5] {
        let (mut net, watcher) = watched(version);
        let (client, _) = net.connect_as(with_will(version));
        assert_eq!(net.folded.sessions.len(), 1, "stored for its Will");
        net.leave(client);
        net.nothing(watcher);
        let (client, _) = net.connect_as(with_will(version));
        net.lose(client);
        net.expect(watcher, qos0("w", "gone"));
        let (client, _) = net.connect_as(with_will(version));
        net.send_bytes(client, b"\x00\x00");
        net.expect(watcher, qos0("w", "gone"));
        net.connect_as(Connect { keep_alive: 1, ..with_will(version) });
        net.wait(1_500);
        net.expect(watcher, qos0("w", "gone"));
        net.connect_as(with_will(version));
        net.connect(version, "c"); // taken over
        net.expect(watcher, qos0("w", "gone"));
        net.nothing(watcher);
        assert!(net.folded.sessions.is_empty());
    }
    let (mut net, watcher) = watched(V5);
    let (client, _) = net.connect_as(with_will(V5));
    net.send(client, Disconnect::new(ReasonCode::DisconnectWithWillMessage));
    net.closed(client);
    net.expect(watcher, qos0("w", "gone"));
}

#[test]
fn will_keeps_its_properties_and_ages_from_publication() {
    let (mut net, watcher) = watched(V5);
    let pair = |name, value| {
        let text = |text| Utf8String::new(text).unwrap();
        Property::UserProperty(UserProperty { name: text(name), value: text(value) })
    };
    let given = [
        pair("b", "1"),
        Property::WillDelayInterval(10),
        Property::MessageExpiryInterval(5),
        pair("a", "2"),
        Property::ContentType(Utf8String::new("text").unwrap()),
    ];
    let will = Will { properties: Properties::from(&given[..]), ..will("w", "gone") };
    let (client, _) = net.connect_as(Connect { will: Some(will), ..lasting(V5, "c") });
    net.lose(client);
    net.wait(9_999);
    net.nothing(watcher);
    net.wait(1);
    let wanted = [
        pair("b", "1"),
        pair("a", "2"),
        Property::ContentType(Utf8String::new("text").unwrap()),
        Property::MessageExpiryInterval(5),
    ];
    net.expect(watcher, Publish { properties: Properties::from(&wanted[..]), ..qos0("w", "gone") });
}

#[test]
fn will_delay_ends_with_the_session_or_is_cancelled_by_a_reconnect() {
    let ten = [Property::WillDelayInterval(10)];
    let delayed = Will { properties: Properties::from(&ten[..]), ..will("w", "gone") };
    let (mut net, watcher) = watched(V5);
    let connect = Connect { will: Some(delayed), ..lasting(V5, "c") };
    let (client, _) = net.connect_as(connect);
    net.lose(client);
    net.wait(9_000);
    let (client, present) = net.connect_as(connect);
    assert!(present);
    net.wait(60_000);
    net.nothing(watcher);
    // taken over by a connection that goes on with the Session: cancelled too
    let (_, present) = net.connect_as(lasting(V5, "c"));
    assert!(present);
    net.disconnected(client, ReasonCode::SessionTakenOver);
    net.wait(60_000);
    net.nothing(watcher);
    // a Session that ends first: by its expiry, by Clean Start
    let three = [Property::SessionExpiryInterval(3)];
    let (client, _) = net.connect_as(Connect { properties: Properties::from(&three[..]), ..connect });
    net.lose(client);
    net.wait(2_999);
    net.nothing(watcher);
    net.wait(1);
    net.expect(watcher, qos0("w", "gone"));
    let (client, _) = net.connect_as(connect);
    net.lose(client);
    net.connect(V5, "c");
    net.expect(watcher, qos0("w", "gone"));
}

#[test]
fn it_outlives_the_broker() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let kept = Will { retain: true, ..will("w", "gone") };
        net.connect_as(Connect { will: Some(kept), ..connect(version, "c") });
        net.restart();
        let late = net.connect(version, "late");
        net.subscribe(late, "w", QoS::AtMostOnce);
        net.expect(late, Publish { retain: true, ..qos0("w", "gone") });
        assert!(net.folded.sessions.is_empty());
    }
    let ten = [Property::WillDelayInterval(10)];
    let (mut net, _) = watched(V5);
    let delayed = Will { properties: Properties::from(&ten[..]), ..will("w", "gone") };
    let (client, _) = net.connect_as(Connect { will: Some(delayed), ..lasting(V5, "c") });
    net.wait(4_000);
    net.lose(client);
    net.wait(4_000);
    net.restart();
    let watcher = net.connect(V5, "watcher");
    net.subscribe(watcher, "w", QoS::AtMostOnce);
    net.wait(5_999);
    net.nothing(watcher);
    net.wait(1);
    net.expect(watcher, qos0("w", "gone"));
}

// v5 [MQTT-3.3.1-5], v3.1.1 [MQTT-3.3.1-5]
#[test]
fn retained_will_over_the_limit_still_removes_the_old_message() {
    let mut net = Net::with(|config| config.retained_bytes = 650);
    let (client, _) = net.connect_as(Connect {
        will: Some(Will { retain: true, qos: QoS::AtLeastOnce, ..will("w", &"gone ".repeat(60)) }),
        ..connect(V5, "c")
    });
    net.retain(client, "w", "here");
    assert_eq!(net.folded.retained.len(), 1);
    net.lose(client);
    assert!(net.folded.retained.is_empty());
}
