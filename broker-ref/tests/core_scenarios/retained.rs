//! Retained messages (section 3.3.1.3).

use mqttspec_codec::{Properties, Property, Puback, Publish, QoS, ReasonCode, RetainHandling, SubscriptionOptions};

use crate::harness::{Net, V3_1_1, V5, id, qos0, qos1};

fn kept(publish: Publish<'_>) -> Publish<'_> {
    Publish { retain: true, ..publish }
}

#[test]
fn latest_retained_message_goes_to_new_subscriptions_until_cleared() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (publisher, early) = (net.connect(version, "p"), net.connect(version, "early"));
        net.subscribe(early, "a/+", QoS::AtLeastOnce);
        for payload in ["1", "2"] {
            net.send(publisher, kept(qos1(1, "a/b", payload)));
            net.expect(publisher, Puback::success(id(1)));
        }
        net.publish(publisher, "a/b", "not retained");
        net.expect(early, qos1(2, "a/b", "1"));
        net.expect(early, qos1(3, "a/b", "2"));
        net.expect(early, qos0("a/b", "not retained"));
        net.restart();
        let late = net.connect(version, "late");
        for filter in ["a/b", "a/#", "#", "+/b", "a/b/#"] {
            net.subscribe(late, filter, QoS::AtMostOnce);
            net.expect(late, kept(qos0("a/b", "2")));
        }
        for filter in ["a", "+", "a/b/c", "$share/g/a/b"] {
            net.subscribe(late, filter, QoS::AtMostOnce);
        }
        net.retain(late, "a/b", "");
        net.expect(late, qos0("a/b", ""));
        net.expect(late, qos0("a/b", "")); // by the shared subscription
        net.subscribe(late, "a/b", QoS::AtMostOnce);
        net.nothing(late);
        assert!(net.folded.messages.is_empty());
    }
}

#[test]
fn retain_handling_and_retain_as_published() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    net.retain(client, "t", "x");
    let options = |retain_handling| SubscriptionOptions { retain_handling, ..Default::default() };
    net.subscribe_as(client, "t", options(RetainHandling::DoNotSend), &[]);
    net.subscribe_as(client, "t", options(RetainHandling::SendIfNew), &[]);
    net.nothing(client);
    net.subscribe_as(client, "t", options(RetainHandling::Send), &[]);
    net.expect(client, kept(qos0("t", "x")));
    net.subscribe_as(client, "+", options(RetainHandling::SendIfNew), &[]);
    net.expect(client, kept(qos0("t", "x")));

    let as_published = SubscriptionOptions { retain_as_published: true, ..options(RetainHandling::DoNotSend) };
    net.subscribe_as(client, "t", as_published, &[]);
    net.retain(client, "t", "y");
    net.expect(client, kept(qos0("t", "y")));
    net.publish(client, "t", "z");
    net.expect(client, qos0("t", "z"));
}

#[test]
fn no_local_applies_to_retained_messages() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    let other = net.connect(V5, "o");
    net.retain(client, "own", "x");
    net.retain(other, "other", "y");
    let options = SubscriptionOptions { no_local: true, ..Default::default() };
    net.subscribe_as(client, "#", options, &[]);
    net.expect(client, kept(qos0("other", "y")));
    net.publish(client, "own", "x");
    net.nothing(client);
}

#[test]
fn they_expire() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    let ten = [Property::MessageExpiryInterval(10)];
    net.send(client, Publish { properties: Properties::from(&ten[..]), ..kept(qos0("t", "x")) });
    net.wait(3_500);
    net.subscribe(client, "t", QoS::AtMostOnce);
    let seven = [Property::MessageExpiryInterval(7)];
    net.expect(client, Publish { properties: Properties::from(&seven[..]), ..kept(qos0("t", "x")) });
    net.restart();
    net.wait(6_499);
    assert_eq!(net.folded.retained.len(), 1);
    net.wait(1);
    assert!(net.folded.retained.is_empty() && net.folded.messages.is_empty());
}

#[test]
fn limit_refuses_new_messages_and_keeps_old_ones() {
    for version in [V3_1_1, V5] {
        let mut net = Net::with(|config| (config.retained_messages, config.reason_strings) = (1, false));
        let client = net.connect(version, "c");
        net.retain(client, "a", "1");
        net.retain(client, "a", "2");
        net.retain(client, "b", "QoS 0 may be discarded");
        assert_eq!(net.folded.retained.len(), 1);
        net.send(client, kept(qos1(1, "b", "x")));
        if version == V5 {
            net.expect(client, Puback::with_reason(id(1), ReasonCode::QuotaExceeded));
        } else {
            net.closed(client);
        }
    }
    let mut net = Net::with(|config| config.retained_bytes = 800);
    let client = net.connect(V5, "c");
    net.retain(client, "a", &"x".repeat(60));
    net.retain(client, "b", &"x".repeat(60));
    net.retain(client, "a", &"y".repeat(80));
    assert_eq!(net.folded.retained.len(), 1);
}

#[test]
fn full_store_does_not_retain_qos_0_either() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    net.retain(client, "t", "old");
    net.broker.set_store_full(true);
    net.retain(client, "t", "new");
    net.subscribe(client, "t", QoS::AtMostOnce);
    net.nothing(client);
    assert!(net.folded.messages.is_empty());
    net.broker.set_store_full(false);
    net.retain(client, "t", "newer");
    net.expect(client, qos0("t", "newer"));
    assert_eq!(net.folded.messages.len(), 1);
}
