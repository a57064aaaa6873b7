//! SUBSCRIBE, UNSUBSCRIBE and what they match (sections 3.8 to 3.11 and 4.7, v5 section 3.3.4).

use mqttspec_broker::core::Overlap;
use mqttspec_codec::{
    Packet, Properties, Property, Publish, QoS, ReasonCode, Seq, SubscriptionIdentifier, SubscriptionOptions,
    TopicFilter, Unsuback, Unsubscribe,
};

use crate::harness::{Net, V3_1_1, V5, id, qos0, qos1, qos2};

fn identifier(number: u32) -> Property<'static> {
    Property::SubscriptionIdentifier(SubscriptionIdentifier::new(number).unwrap())
}

fn options(qos: QoS) -> SubscriptionOptions {
    SubscriptionOptions { qos, ..Default::default() }
}

#[test]
fn overlapping_subscriptions_give_one_copy_with_all_identifiers() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    net.subscribe_as(client, "a/#", options(QoS::AtLeastOnce), &[identifier(2)]);
    net.subscribe_as(client, "a/b", options(QoS::AtMostOnce), &[identifier(1)]);
    net.subscribe_as(client, "+/b", options(QoS::AtMostOnce), &[]);
    net.send(client, qos2(5, "a/b", "x"));
    net.next(client, |packet| match packet {
        Packet::Publish(publish) => {
            assert_eq!(publish.delivery.qos(), QoS::AtLeastOnce);
            let mut identifiers: Vec<_> = publish.properties.iter().collect();
            identifiers.sort_by_key(|property| match property {
                Property::SubscriptionIdentifier(identifier) => identifier.number(),
                other => panic!("{other:?}"),
            });
            assert_eq!(identifiers, [identifier(1), identifier(2)]);
        }
        other => panic!("{other:?}"),
    });
    net.next(client, |packet| assert!(matches!(packet, Packet::Pubrec(_))));
    // whichever of them has the higher QoS
    net.subscribe(client, "x/#", QoS::AtMostOnce);
    net.subscribe(client, "x/y", QoS::AtLeastOnce);
    net.send(client, qos1(6, "x/y", ""));
    net.expect(client, qos1(3, "x/y", ""));

    let mut net = Net::with(|config| config.overlap = Overlap::EachSubscription);
    let client = net.connect(V3_1_1, "c");
    net.subscribe(client, "a/#", QoS::AtLeastOnce);
    net.subscribe(client, "a/b", QoS::AtMostOnce);
    net.publish(client, "a/b", "x");
    net.expect(client, qos0("a/b", "x"));
    net.expect(client, qos0("a/b", "x"));
}

#[test]
fn subscription_can_be_replaced_and_removed() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (client, _) = net.resume(version, "c");
        net.subscribe(client, "t", QoS::AtLeastOnce);
        net.subscribe(client, "t", QoS::AtMostOnce);
        assert_eq!(net.folded.subscriptions.len(), 1);
        net.send(client, qos1(1, "t", "x"));
        net.expect(client, qos0("t", "x"));
        net.next(client, |packet| assert!(matches!(packet, Packet::Puback(_))));
        let filters = ["t", "#"].map(|filter| TopicFilter::new(filter).unwrap());
        let unsubscribe =
            Unsubscribe { packet_id: id(3), properties: Properties::EMPTY, filters: Seq::from(&filters[..]) };
        net.send(client, unsubscribe);
        let codes = [ReasonCode::Success, ReasonCode::NoSubscriptionExisted];
        let reason_codes = if version == V5 { Seq::from(&codes[..]) } else { Seq::EMPTY };
        net.expect(client, Unsuback { packet_id: id(3), properties: Properties::EMPTY, reason_codes });
        net.publish(client, "t", "x");
        net.nothing(client);
        assert!(net.folded.subscriptions.is_empty());
    }
}

#[test]
fn dollar_topics_need_an_explicit_filter() {
    let mut net = Net::with(|config| config.dollar_topics = true);
    let client = net.connect(V5, "c");
    for filter in ["#", "+/x", "$share/g/#"] {
        net.subscribe(client, filter, QoS::AtMostOnce);
    }
    net.publish(client, "$app/x", "hidden");
    net.nothing(client);
    net.subscribe(client, "$app/#", QoS::AtMostOnce);
    net.publish(client, "$app/x", "named");
    net.expect(client, qos0("$app/x", "named"));
    net.nothing(client);
}

#[test]
fn unavailable_features_are_refused() {
    let mut net = Net::with(|config| {
        config.maximum_qos = QoS::AtLeastOnce;
        config.wildcard_subscription_available = false;
        config.subscription_identifier_available = false;
        config.shared_subscription_available = false;
        config.retain_available = false;
    });
    let refused: [(&str, &[Property<'_>], ReasonCode); 3] = [
        ("a/#", &[], ReasonCode::WildcardSubscriptionsNotSupported),
        ("a", &[identifier(1)], ReasonCode::SubscriptionIdentifiersNotSupported),
        ("$share/g/a", &[], ReasonCode::SharedSubscriptionsNotSupported),
    ];
    for (filter, properties, code) in refused {
        let client = net.connect(V5, "c");
        let subscription = [mqttspec_codec::Subscription {
            filter: TopicFilter::new(filter).unwrap(),
            options: options(QoS::AtMostOnce),
        }];
        let subscribe = mqttspec_codec::Subscribe {
            packet_id: id(1),
            properties: Properties::from(properties),
            subscriptions: Seq::from(&subscription[..]),
        };
        net.send(client, subscribe);
        net.disconnected(client, code);
    }
    let old = net.connect(V3_1_1, "o");
    assert_eq!(net.subscribe_code(old, "a/#", options(QoS::AtMostOnce), &[]), ReasonCode::UnspecifiedError);
    assert_eq!(net.subscribe_code(old, "a", options(QoS::ExactlyOnce), &[]), ReasonCode::GrantedQos1);
    let client = net.connect(V5, "c");
    net.send(client, qos2(1, "a", ""));
    net.disconnected(client, ReasonCode::QosNotSupported);
    let client = net.connect(V5, "c");
    net.send(client, Publish { retain: true, ..qos0("a", "") });
    net.disconnected(client, ReasonCode::RetainNotSupported);
}
