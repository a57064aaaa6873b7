//! PUBLISH: properties, aliases, expiry, sizes (v5 section 3.3).

use mqttspec_codec::{
    BinaryData, Connect, Packet, Properties, Property, Puback, Publish, Pubrec, QoS, ReasonCode, TopicAlias, TopicName,
    UserProperty, Utf8String,
};

use crate::harness::{Net, V3_1_1, V5, connect, id, lasting, qos0, qos1, qos2};

fn with<'a>(publish: Publish<'a>, properties: &'a [Property<'a>]) -> Publish<'a> {
    Publish { properties: Properties::from(properties), ..publish }
}

fn alias(number: u16) -> Property<'static> {
    Property::TopicAlias(TopicAlias::new(number).unwrap())
}

#[test]
fn properties_pass_unaltered_in_their_order() {
    let mut net = Net::new();
    let (client, old) = (net.connect(V5, "c"), net.connect(V3_1_1, "old"));
    net.subscribe(client, "t", QoS::AtMostOnce);
    net.subscribe(old, "t", QoS::AtMostOnce);
    let pair = |name, value| {
        let text = |text| Utf8String::new(text).unwrap();
        Property::UserProperty(UserProperty { name: text(name), value: text(value) })
    };
    let properties = [
        pair("z", "1"),
        Property::PayloadFormatIndicator(1),
        pair("a", "2"),
        Property::ResponseTopic(TopicName::new("r").unwrap()),
        pair("z", "1"),
        Property::CorrelationData(BinaryData::new(b"\0\xFF").unwrap()),
        Property::ContentType(Utf8String::new("text").unwrap()),
    ];
    net.send(client, with(qos0("t", "x"), &properties));
    net.expect(client, with(qos0("t", "x"), &properties));
    net.expect(old, qos0("t", "x"));
}

#[test]
fn publisher_learns_in_v5_that_there_are_no_subscribers() {
    let mut net = Net::new();
    let (new, old) = (net.connect(V5, "n"), net.connect(V3_1_1, "o"));
    net.send(new, qos1(1, "t", ""));
    net.expect(new, Puback::with_reason(id(1), ReasonCode::NoMatchingSubscribers));
    net.send(new, qos2(2, "t", ""));
    net.expect(new, Pubrec::with_reason(id(2), ReasonCode::NoMatchingSubscribers));
    net.send(old, qos1(1, "t", ""));
    net.expect(old, Puback::success(id(1)));
}

#[test]
fn aliases_from_the_client() {
    let mut net = Net::with(|config| config.topic_alias_maximum = 2);
    let client = net.connect(V5, "c");
    net.subscribe(client, "#", QoS::AtMostOnce);
    net.send(client, with(qos0("a", "1"), &[alias(2)]));
    let by_alias = |payload| Publish { topic: None, ..qos0("unused", payload) };
    net.send(client, with(by_alias("2"), &[alias(2)]));
    net.send(client, with(qos0("b", "3"), &[alias(2)]));
    net.send(client, with(by_alias("4"), &[alias(2)]));
    for (topic, payload) in [("a", "1"), ("a", "2"), ("b", "3"), ("b", "4")] {
        net.expect(client, qos0(topic, payload));
    }
    net.send(client, with(by_alias("unknown"), &[alias(1)]));
    net.disconnected(client, ReasonCode::ProtocolError);
    let client = net.connect(V5, "c");
    net.send(client, with(qos0("a", ""), &[alias(3)]));
    net.disconnected(client, ReasonCode::TopicAliasInvalid);
}

#[test]
fn aliases_to_the_client() {
    let mut net = Net::new();
    let (publisher, _) = (net.connect(V5, "p"), ());
    let one = [Property::TopicAliasMaximum(1), Property::SessionExpiryInterval(60)];
    let allowing = Connect { properties: Properties::from(&one[..]), ..lasting(V5, "s") };
    let (client, _) = net.connect_as(allowing);
    net.subscribe(client, "#", QoS::AtLeastOnce);
    net.publish(publisher, "long/topic", "1");
    net.publish(publisher, "long/topic", "2");
    net.publish(publisher, "other", "3");
    net.send(publisher, qos1(1, "long/topic", "4"));
    let by_alias = |publish| with(Publish { topic: None, ..publish }, &[alias(1)]).to_owned_bytes();
    net.expect(client, with(qos0("long/topic", "1"), &[alias(1)]));
    assert_eq!(
        net.frames(client),
        [by_alias(qos0("x", "2")), qos0("other", "3").to_owned_bytes(), by_alias(qos1(2, "x", "4"))]
    );
    net.lose(client);
    let (client, _) = net.connect_as(allowing);
    net.expect(client, crate::harness::again(qos1(2, "long/topic", "4")));
    net.publish(publisher, "other", "5");
    net.expect(client, with(qos0("other", "5"), &[alias(1)]));
}

trait ToOwnedBytes {
    fn to_owned_bytes(self) -> Vec<u8>;
}

impl ToOwnedBytes for Publish<'_> {
    fn to_owned_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        mqttspec_codec::encode_to_vec(&Packet::from(self), V5, &mut bytes).unwrap();
        bytes
    }
}

#[test]
fn messages_expire_in_the_queue_and_carry_the_remaining_interval() {
    let mut net = Net::new();
    let (client, _) = net.resume(V5, "c");
    net.subscribe(client, "t", QoS::AtLeastOnce);
    net.lose(client);
    let publisher = net.connect(V5, "p");
    net.send(publisher, with(qos1(1, "t", "short"), &[Property::MessageExpiryInterval(2)]));
    net.send(publisher, with(qos1(2, "t", "long"), &[Property::MessageExpiryInterval(10)]));
    net.wait(2_000);
    let (client, _) = net.resume(V5, "c");
    net.expect(client, with(qos1(2, "t", "long"), &[Property::MessageExpiryInterval(8)]));
    net.nothing(client);
    // once it was sent it does not expire
    net.lose(client);
    net.wait(20_000);
    let (client, _) = net.resume(V5, "c");
    net.expect(client, with(crate::harness::again(qos1(2, "t", "long")), &[Property::MessageExpiryInterval(0)]));
}

#[test]
fn too_large_packets_are_not_sent_and_not_accepted() {
    let mut net = Net::with(|config| config.maximum_packet_size = 100.try_into().unwrap());
    let limit = [Property::MaximumPacketSize(30.try_into().unwrap())];
    let (client, _) = net.connect_as(Connect { properties: Properties::from(&limit[..]), ..connect(V5, "c") });
    net.subscribe(client, "t", QoS::AtLeastOnce);
    let publisher = net.connect(V5, "p");
    let large = "x".repeat(40);
    net.publish(publisher, "t", &large);
    net.send(publisher, qos1(1, "t", &large));
    net.send(publisher, qos1(2, "t", "small"));
    net.expect(client, qos1(2, "t", "small"));
    net.nothing(client);
    net.publish(publisher, "t", &"x".repeat(100));
    net.frames(publisher); // PUBACKs, then DISCONNECT
    net.closed(publisher);

    // a Client that cannot take its CONNACK gets nothing at all
    let (away, _) = net.resume(V5, "away");
    net.subscribe(away, "t", QoS::AtLeastOnce);
    net.lose(away);
    let publisher = net.connect(V5, "p");
    net.send(publisher, qos1(1, "t", ""));
    let tiny = [Property::MaximumPacketSize(15.try_into().unwrap())];
    let cannot = net.open(V5);
    net.send(cannot, Connect { properties: Properties::from(&tiny[..]), ..lasting(V5, "away") });
    net.closed(cannot);
}

#[test]
fn client_must_not_send_subscription_identifier() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    let identifier = mqttspec_codec::SubscriptionIdentifier::new(1).unwrap();
    net.send(client, with(qos0("t", ""), &[Property::SubscriptionIdentifier(identifier)]));
    net.disconnected(client, ReasonCode::ProtocolError);
}
