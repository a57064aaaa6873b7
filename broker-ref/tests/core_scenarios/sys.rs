//! What the broker says of itself on `$SYS/broker/`.

use std::{collections::BTreeMap, time::Duration};

use mqttspec_codec::{
    Connect, Packet, Pingreq, Puback, Publish, QoS, ReasonCode, RetainHandling, SubscriptionOptions, Version, Will,
    encode_to_vec,
};

use crate::{
    harness::{Client, Net, V3_1_1, V5, connect, id, qos0, qos1, will},
    users::{net_with, with_password},
};

fn saying() -> Net {
    let mut net = Net::with(|config| config.sys_interval = Some(Duration::from_secs(10)));
    net.wait(0);
    net
}

/// Everything that came, by topic. Each with RETAIN as told.
fn values(net: &mut Net, at: Client, retain: bool) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    while net.has_frame(at) {
        let (topic, value) = net.next(at, |packet| match packet {
            Packet::Publish(Publish { topic: Some(topic), payload, retain: was, .. }) if was == retain => {
                (topic.to_string(), String::from_utf8(payload.to_vec()).unwrap())
            }
            other => panic!("{other:?} in place of PUBLISH"),
        });
        assert_eq!(values.insert(topic.clone(), value), None, "{topic} twice");
    }
    values
}

fn size<'a>(packet: impl Into<Packet<'a>>, version: Version) -> u64 {
    let mut bytes = Vec::new();
    encode_to_vec(&packet.into(), version, &mut bytes).unwrap() as u64
}

#[test]
fn statistics_are_sent_on_subscribe_and_at_each_interval() {
    let mut net = saying();
    let client = net.connect(V5, "c");
    net.subscribe(client, "$SYS/broker/#", QoS::ExactlyOnce);
    let first = values(&mut net, client, true);
    assert_eq!(first["$SYS/broker/uptime"], "0");
    assert_eq!(first["$SYS/broker/version"], concat!("mqttspec ", env!("CARGO_PKG_VERSION")));
    net.wait(9_999);
    net.nothing(client);
    net.wait(1);
    let second = values(&mut net, client, false);
    assert_eq!(second.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
    assert_eq!(second["$SYS/broker/uptime"], "10");
    net.wait(10_000);
    assert_eq!(values(&mut net, client, false)["$SYS/broker/uptime"], "20");
    assert!(net.folded.messages.is_empty() && net.folded.retained.is_empty());
}

#[test]
fn counts_are_exact() {
    let mut net = saying();
    let watcher = net.connect(V3_1_1, "watcher");
    let (lost, _) = net.resume(V3_1_1, "away");
    net.subscribe(lost, "a/#", QoS::AtLeastOnce);
    net.lose(lost);
    net.send(watcher, Publish { retain: true, ..qos1(1, "a/b", "m") });
    net.expect(watcher, Puback::success(id(1)));
    net.subscribe(watcher, "a/b", QoS::AtMostOnce);
    net.expect(watcher, Publish { retain: true, ..qos0("a/b", "m") });
    net.wait(10_000);
    net.subscribe(watcher, "$SYS/broker/#", QoS::AtMostOnce);
    let values = values(&mut net, watcher, true);
    let value = |topic: &str| values[&format!("$SYS/broker/{topic}")].parse::<u64>().unwrap();
    for (topic, wanted) in [
        ("clients/connected", 1),
        ("clients/disconnected", 1),
        ("clients/total", 2),
        ("clients/maximum", 2),
        // two CONNECT, two SUBSCRIBE, one PUBLISH; two CONNACK, two SUBACK, one PUBACK, one PUBLISH
        ("packets/received", 5),
        ("packets/sent", 6),
        ("messages/received", 1),
        ("messages/sent", 1),
        ("messages/queued", 1),
        ("subscriptions/count", 2),
        ("retained/count", 1),
        ("bytes/sent", 4 + 4 + 5 + 5 + 4 + size(qos0("a/b", "m"), V3_1_1)),
    ] {
        assert_eq!(value(topic), wanted, "{topic}");
    }
    let connects = size(connect(V3_1_1, "watcher"), V3_1_1) + size(connect(V3_1_1, "away"), V3_1_1);
    let filters = 2 * (2 + 2 + 2 + 3 + 1);
    assert_eq!(value("bytes/received"), connects + filters + size(qos1(1, "a/b", "m"), V3_1_1));
    assert!(value("messages/queued/bytes") > 0);
}

#[test]
fn bytes_held_during_a_password_check_are_counted_once() {
    let rest = "users.alice.subscribe = ['$SYS/#']";
    let mut net = net_with(rest, |config| config.sys_interval = Some(Duration::from_secs(10)));
    let client = net.open(V3_1_1);
    let mut bytes = Vec::new();
    for packet in [with_password("alice", "password", connect(V3_1_1, "alice")).into(), Packet::from(Pingreq)] {
        encode_to_vec(&packet, V3_1_1, &mut bytes).unwrap();
    }
    net.send_bytes(client, &bytes);
    assert_eq!(net.frames(client), [&[0x20, 2, 0, 0][..], &[0xD0, 0]]);
    net.wait(10_000);
    net.subscribe(client, "$SYS/broker/bytes/received", QoS::AtMostOnce);
    let values = values(&mut net, client, true);
    assert_eq!(values["$SYS/broker/bytes/received"], bytes.len().to_string());
}

// v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1]
#[test]
fn filters_that_begin_with_a_wildcard_do_not_match() {
    let mut net = saying();
    let client = net.connect(V5, "c");
    for filter in ["#", "+/broker/uptime", "+/#"] {
        net.subscribe(client, filter, QoS::AtMostOnce);
    }
    net.wait(10_000);
    net.nothing(client);
    net.subscribe(client, "$SYS/+/uptime", QoS::AtMostOnce);
    assert_eq!(values(&mut net, client, true).len(), 1);
}

#[test]
fn retain_handling_holds() {
    let mut net = saying();
    let client = net.connect(V5, "c");
    let options = |retain_handling| SubscriptionOptions { retain_handling, ..Default::default() };
    net.subscribe_as(client, "$SYS/broker/uptime", options(RetainHandling::DoNotSend), &[]);
    net.subscribe_as(client, "$SYS/broker/uptime", options(RetainHandling::SendIfNew), &[]);
    net.nothing(client);
    net.subscribe_as(client, "$SYS/broker/uptime", options(RetainHandling::Send), &[]);
    assert_eq!(values(&mut net, client, true).len(), 1);
}

#[test]
fn clients_cannot_publish_to_sys_topics() {
    let mut net = saying();
    let (client, liar) = (net.connect(V5, "c"), net.connect(V5, "liar"));
    net.subscribe(client, "$SYS/broker/uptime", QoS::AtLeastOnce);
    values(&mut net, client, true);
    net.send(liar, Publish { retain: true, ..qos1(1, "$SYS/broker/uptime", "lie") });
    net.expect(liar, Puback { reason_code: ReasonCode::NoMatchingSubscribers, ..Puback::success(id(1)) });
    net.nothing(client);
    assert!(net.folded.retained.is_empty());
}

#[test]
fn nor_can_their_wills() {
    let mut net = saying();
    let client = net.connect(V5, "c");
    net.subscribe(client, "$SYS/broker/uptime", QoS::AtLeastOnce);
    values(&mut net, client, true);
    let lie = Will { retain: true, ..will("$SYS/broker/uptime", "lie") };
    let (liar, _) = net.connect_as(Connect { will: Some(lie), ..connect(V5, "liar") });
    net.lose(liar);
    net.nothing(client);
    assert!(net.folded.retained.is_empty());
}

#[test]
fn without_an_interval_sys_topics_are_ordinary() {
    let mut net = Net::with(|config| config.dollar_topics = true);
    let client = net.connect(V5, "c");
    net.subscribe(client, "$SYS/broker/#", QoS::AtMostOnce);
    net.wait(100_000);
    net.nothing(client);
    net.publish(client, "$SYS/broker/uptime", "mine");
    net.expect(client, qos0("$SYS/broker/uptime", "mine"));
}
