//! Retained messages for new subscriptions arrive in steps, and all of them arrive.

use mqttspec_broker::core::Config;
use mqttspec_codec::{
    Delivery, Packet, Pingreq, Properties, Property, Puback, Publish, QoS, RetainHandling, Seq, Subscribe,
    Subscription, SubscriptionIdentifier, SubscriptionOptions, TopicFilter, Unsubscribe,
};

use crate::harness::{Client, Net, V5, id, qos0};

/// `count` retained messages, of which a broker sends some ten in one step.
fn with_retained(count: usize) -> (Net, Client) {
    let (mut net, publisher) =
        with_retained_at(QoS::AtMostOnce, count, |config| config.step = STEP.try_into().unwrap());
    net.stops_halfway = true;
    (net, publisher)
}

const STEP: usize = 560;

fn with_retained_at(qos: QoS, count: usize, change: impl FnOnce(&mut Config)) -> (Net, Client) {
    let mut net = Net::with(change);
    let publisher = net.connect(V5, "p");
    for topic in topics(count) {
        let publish = Publish { retain: true, ..qos0(&topic, "old") };
        net.send(publisher, Publish { delivery: Delivery::first(qos, id(1)), ..publish });
    }
    (net, publisher)
}

fn topics(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("t/{number:03}")).collect()
}

/// Subscribes without taking what comes.
fn subscribe(net: &mut Net, client: Client, filters: &[&str]) {
    subscribe_at(net, client, filters, QoS::AtMostOnce);
}

fn subscribe_at(net: &mut Net, client: Client, filters: &[&str], qos: QoS) {
    let subscriptions: Vec<_> = filters
        .iter()
        .map(|filter| Subscription {
            filter: TopicFilter::new(filter).unwrap(),
            options: SubscriptionOptions { qos, ..Default::default() },
        })
        .collect();
    let subscriptions = Seq::from(subscriptions.as_slice());
    net.send(client, Subscribe { packet_id: id(1), properties: Properties::EMPTY, subscriptions });
    while !net.has_frame(client) {
        net.go_on(1);
    }
    net.next(client, |packet| assert!(matches!(packet, Packet::Suback(_)), "SUBACK comes first"));
}

/// Topic and Payload of all that has come.
fn came(net: &mut Net, client: Client) -> Vec<(String, String)> {
    let mut all = Vec::new();
    while net.has_frame(client) {
        all.push(net.next(client, |packet| match packet {
            Packet::Publish(publish) if publish.retain => {
                (publish.topic.unwrap().to_string(), String::from_utf8(publish.payload.to_vec()).unwrap())
            }
            other => panic!("{other:?} in place of a retained message"),
        }));
    }
    all
}

/// v5 [MQTT-3.3.1-9]
#[test]
fn all_come_step_by_step() {
    let (mut net, _) = with_retained(35);
    let client = net.connect(V5, "c");
    subscribe(&mut net, client, &["#"]);
    let first = came(&mut net, client);
    assert!((5..20).contains(&first.len()), "{}", first.len());
    net.wait(100);
    let all: Vec<_> = first.into_iter().chain(came(&mut net, client)).map(|(topic, _)| topic).collect();
    assert_eq!(all, topics(35));
}

#[test]
fn one_event_examines_a_limited_number_of_retained_messages() {
    let (mut net, _) = with_retained(35);
    let (greedy, modest) = (net.connect(V5, "greedy"), net.connect(V5, "modest"));
    let filters: Vec<String> = (0..200).map(|number| format!("+/{number:03}")).collect();
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    subscribe(&mut net, greedy, &filters);
    let at_once = came(&mut net, greedy).len();
    assert!(at_once <= 20, "{at_once}");
    // the others have their turn, though they came later
    subscribe(&mut net, modest, &["t/000"]);
    net.wait(1000);
    assert_eq!(came(&mut net, modest).len(), 1);
    assert_eq!(came(&mut net, greedy).len() + at_once, 35);
}

#[test]
fn message_retained_during_the_search_arrives_once() {
    let (mut net, publisher) = with_retained(30);
    let client = net.connect(V5, "c");
    subscribe(&mut net, client, &["t/+"]);
    net.retain(publisher, "t/025", "");
    net.retain(publisher, "t/026", "new");
    // the first step, and both as they were published
    let first = net.frames(client).len();
    assert!((5..20).contains(&first), "{first}");
    net.wait(100);
    let all = came(&mut net, client);
    assert!(!all.iter().any(|(topic, _)| topic == "t/025"), "{all:?}");
    assert!(!all.iter().any(|(topic, _)| topic == "t/026"), "{all:?}");
    assert_eq!(first + all.len(), 30);
}

#[test]
fn unsubscribing_ends_the_search() {
    let (mut net, _) = with_retained(30);
    let client = net.connect(V5, "c");
    subscribe(&mut net, client, &["t/+"]);
    assert!((5..20).contains(&came(&mut net, client).len()));
    let filters = [TopicFilter::new("t/+").unwrap()];
    net.send(client, Unsubscribe { packet_id: id(2), properties: Properties::EMPTY, filters: Seq::from(&filters[..]) });
    net.next(client, |packet| assert!(matches!(packet, Packet::Unsuback(_))));
    net.wait(1000);
    net.nothing(client);
    net.send(client, Pingreq);
    net.next(client, |packet| assert!(matches!(packet, Packet::Pingresp(_))));
}

// v5 [MQTT-3.8.4-3] [MQTT-3.8.4-8]
#[test]
fn late_retained_messages_use_the_current_subscription() {
    let (mut net, _) = with_retained_at(QoS::AtLeastOnce, 20, |config| config.step = STEP.try_into().unwrap());
    net.stops_halfway = true;
    let client = net.connect(V5, "c");
    net.subscribe(client, "t/+", QoS::AtLeastOnce);
    let first = net.frames(client).len();
    let mut old = first;
    let options = SubscriptionOptions { retain_handling: RetainHandling::DoNotSend, ..Default::default() };
    let identifier = [Property::SubscriptionIdentifier(SubscriptionIdentifier::new(9).unwrap())];
    net.subscribe_as(client, "t/+", options, &identifier);
    net.wait(100);
    for _ in first..20 {
        net.next(client, |packet| match packet {
            // found in the first step, and queued
            Packet::Publish(publish) if publish.delivery.qos() == QoS::AtLeastOnce => old += 1,
            Packet::Publish(publish) => {
                assert_eq!(publish.delivery, Delivery::AtMostOnce);
                assert_eq!(publish.properties, Properties::from(&identifier[..]));
            }
            other => panic!("{other:?} in place of a retained message"),
        });
    }
    net.nothing(client);
    assert!((5..20).contains(&old), "{old}");
}

/// v5 [MQTT-3.3.1-9], v3.1.1 [MQTT-3.3.1-6]; what was published at QoS 0 is sent at QoS 0, whatever the subscription
/// says.
#[test]
fn retained_messages_wait_for_a_client_that_reads_slowly() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let (mut net, _) = with_retained_at(QoS::AtMostOnce, 35, |config| config.backlog = 100);
        let client = net.connect(V5, "c");
        subscribe_at(&mut net, client, &["t/+"], qos);
        net.nobody_reads = true;
        net.wait(1000);
        net.nobody_reads = false;
        net.wait(1000);
        assert_eq!(came(&mut net, client).len(), 35, "{qos:?}");
    }
}

/// Acknowledges the retained messages one by one, as many as wanted; gives their topics.
fn acknowledge(net: &mut Net, client: Client, count: usize) -> Vec<String> {
    let mut topics = Vec::new();
    while topics.len() < count {
        net.wait(100);
        assert!(net.has_frame(client), "after {topics:?}");
        let (topic, packet_id) = net.next(client, |packet| match packet {
            Packet::Publish(publish) => (publish.topic.unwrap().to_string(), publish.delivery.packet_id().unwrap()),
            other => panic!("{other:?} in place of a retained message"),
        });
        topics.push(topic);
        net.send(client, Puback::success(packet_id));
    }
    topics
}

/// v5 [MQTT-3.3.1-9], v3.1.1 [MQTT-3.3.1-6]: at QoS 1 what its queue has no room for waits for acknowledgements.
#[test]
fn retained_messages_wait_for_a_client_that_acknowledges_slowly() {
    let (mut net, _) = with_retained_at(QoS::AtLeastOnce, 35, |config| config.queued_messages = 10);
    let client = net.connect(V5, "c");
    net.subscribe(client, "#", QoS::AtLeastOnce);
    assert_eq!(acknowledge(&mut net, client, 35), topics(35));
    net.wait(1000);
    net.nothing(client);
}

/// v5 [MQTT-4.1.0-1], v3.1.1 [MQTT-4.1.0-1]: nothing is looked for again and again while it is away.
#[test]
fn reconnected_client_gets_the_rest() {
    let (mut net, _) = with_retained_at(QoS::AtLeastOnce, 35, |config| {
        config.queued_messages = 10;
        config.sys_interval = None;
    });
    let client = net.resume(V5, "c").0;
    net.subscribe(client, "t/+", QoS::AtLeastOnce);
    net.lose(client);
    net.wait(60_000);
    assert_eq!(net.next_due(), Some(3_540_000), "the end of its Session, and nothing before");
    let client = net.resume(V5, "c").0;
    acknowledge(&mut net, client, 35);
}

#[test]
fn filter_without_wildcards_examines_one_topic() {
    let (mut net, publisher) = with_retained(35);
    net.retain(publisher, "t", "old");
    net.retain(publisher, "u", "old");
    let client = net.connect(V5, "c");
    subscribe(&mut net, client, &["t", "u"]);
    net.go_on(1);
    assert_eq!(came(&mut net, client).len(), 2, "in two steps");
}
