//! What comes in may have several forms, and what goes out has the one that every receiver takes. The harness decodes it
//! with all that a receiver may reject.

use mqttspec_broker::core::StoredMessage;
use mqttspec_codec::{
    Connect, Packet, Properties, Property, Puback, Pubrec, QoS, ReasonCode, Reject, SubscriptionOptions, Tolerated,
    UserProperty, Utf8String, Will, decode_frame_with,
};

use crate::harness::{Client, Net, V3_1, V3_1_1, V5, connect, id, qos0, qos1, qos2, will};

/// Payload Format Indicator twice, at QoS 1.
const POISON: &[u8] = b"\x32\x0e\0\x04pf/a\0\x05\x04\x01\x01\x01\x01m";

fn tolerant() -> Net {
    Net::with(|config| config.reject = Reject::NONE)
}

/// The properties of the PUBLISH that came.
fn properties(net: &mut Net, at: Client) -> Vec<String> {
    net.next(at, |packet| match packet {
        Packet::Publish(publish) => publish.properties.iter().map(|property| format!("{property:?}")).collect(),
        other => panic!("{other:?} in place of PUBLISH"),
    })
}

#[test]
fn what_only_lenient_receivers_take_is_refused() {
    for (publish, code) in [
        (POISON, ReasonCode::ProtocolError),
        (b"\x30\x06\0\x01t\x02\x01\x02", ReasonCode::ProtocolError), // Payload Format Indicator 2
        (b"\x30\x0e\0\x01t\x0a\x02\0\0\0\x09\x02\0\0\0\x09", ReasonCode::ProtocolError), // Message Expiry Interval twice
        (b"\x30\x05\0\x02t\x07\0", ReasonCode::MalformedPacket),                         // a bell
        (b"\x30\x07\0\x04t\xef\xbf\xbf\0", ReasonCode::MalformedPacket),                 // U+FFFF
        (b"\x30\x0b\0\x01t\x07\x26\0\x01k\0\x01\n", ReasonCode::MalformedPacket),        // in a User Property
        (b"\x30\x06\0\x03t\xc2\x85\0", ReasonCode::MalformedPacket),                     // U+0085
    ] as [(&[u8], _); 7]
    {
        let mut net = Net::new();
        let watcher = net.connect(V5, "w");
        net.subscribe(watcher, "#", QoS::ExactlyOnce);
        let client = net.connect(V5, "c");
        net.send_bytes(client, publish);
        net.disconnected(client, code);
        net.nothing(watcher);
    }
}

/// v3.1.1 section 1.5.3
#[test]
fn control_characters_close_before_v5() {
    for version in [V3_1, V3_1_1] {
        for topic in ["t\u{1}", "t\u{7f}", "t\u{9f}", "t\u{fdd0}", "t\u{10ffff}"] {
            let mut net = Net::new();
            let client = net.connect(version, "c");
            net.send(client, qos1(1, topic, ""));
            net.closed(client);
            let client = net.open(version);
            net.send(client, Connect { will: Some(will(topic, "")), ..connect(version, "c") });
            net.closed(client);
        }
        let mut net = Net::new();
        let client = net.connect(version, "c");
        net.subscribe(client, "t é\u{feff}~", QoS::AtMostOnce);
        net.publish(client, "t é\u{feff}~", "\n");
        net.expect(client, qos0("t é\u{feff}~", "\n"));
    }
}

/// On every path: at once, retained, queued and after a restart.
#[test]
fn what_is_tolerated_goes_out_in_canonical_form() {
    let cases: [(&[u8], &[Property<'_>]); 4] = [
        (POISON, &[Property::PayloadFormatIndicator(1)]),
        (b"\x32\x12\0\x04pf/a\0\x05\x08\x01\x02\x01\x01\x03\0\x01cm", &[Property::ContentType(text("c"))]),
        (
            b"\x32\x16\0\x04pf/a\0\x05\x0c\x01\0\x02\0\0\0\x09\x02\0\0\0\x63m",
            &[Property::PayloadFormatIndicator(0), Property::MessageExpiryInterval(9)],
        ),
        // Remaining Length, Property Length and property identifier are over-long
        (b"\x32\x8f\x80\0\0\x04pf/a\0\x05\x83\x80\0\x81\0\x01m", &[Property::PayloadFormatIndicator(1)]),
    ];
    for (publish, wanted) in cases {
        let wanted: Vec<_> = wanted.iter().map(|property| format!("{property:?}")).collect();
        let mut net = tolerant();
        let (absent, _) = net.resume(V5, "absent");
        net.subscribe(absent, "pf/#", QoS::ExactlyOnce);
        net.lose(absent);
        let here = net.connect(V5, "here");
        net.subscribe(here, "pf/#", QoS::AtMostOnce);
        let publisher = net.connect(V5, "p");
        let retained = [&[publish[0] | 1], &publish[1..]].concat();
        net.send_bytes(publisher, &retained);
        net.expect(publisher, Puback::success(id(5)));
        assert_eq!(properties(&mut net, here), wanted);
        net.restart();
        let (absent, _) = net.resume(V5, "absent");
        assert_eq!(properties(&mut net, absent), wanted);
        let late = net.connect(V5, "late");
        net.subscribe_as(late, "pf/a", SubscriptionOptions::default(), &[]);
        assert_eq!(properties(&mut net, late), wanted, "{publish:?}");
        let old = net.connect(V3_1_1, "old");
        net.subscribe(old, "pf/a", QoS::AtMostOnce);
        net.next(old, |packet| assert!(matches!(packet, Packet::Publish(publish) if publish.payload == b"m")));
    }
}

#[test]
fn wills_go_out_in_canonical_form() {
    let two = [Property::PayloadFormatIndicator(2)];
    let said = Will { properties: Properties::from(&two[..]), ..will("w", "gone") };
    let mut net = tolerant();
    let watcher = net.connect(V5, "w");
    net.subscribe(watcher, "w", QoS::AtMostOnce);
    let (client, _) = net.connect_as(Connect { will: Some(said), ..connect(V5, "c") });
    net.lose(client);
    net.expect(watcher, qos0("w", "gone"));

    let mut strict = Net::new();
    let client = strict.open(V5);
    strict.send(client, Connect { will: Some(said), ..connect(V5, "c") });
    strict.next(client, |packet| {
        assert!(matches!(packet, Packet::Connack(connack) if connack.reason_code == ReasonCode::ProtocolError));
    });
    strict.closed(client);
}

/// v5 section 1.5.4: text is never changed.
#[test]
fn tolerated_texts_go_out_as_they_came() {
    let mut net = tolerant();
    net.rejected = Reject::NONE.with(Tolerated::OverLongIntegers);
    let client = net.connect(V5, "c");
    net.subscribe(client, "#", QoS::AtMostOnce);
    let line = [Property::UserProperty(UserProperty { name: text("k"), value: text("a\nb") })];
    let publish = mqttspec_codec::Publish { properties: Properties::from(&line[..]), ..qos0("t\u{7}\u{ffff}", "") };
    net.send(client, publish);
    net.expect(client, publish);
}

/// A broker of an earlier version kept messages as they came.
#[test]
fn message_of_an_older_store_is_canonical() {
    let kept = StoredMessage::new("p", None, POISON).unwrap().to_bytes();
    let Packet::Publish(publish) = decode_frame_with(&kept, V5, Reject::ALL).unwrap() else { panic!() };
    assert_eq!(publish.properties.iter().collect::<Vec<_>>(), [Property::PayloadFormatIndicator(1)]);
}

#[test]
fn each_freedom_can_be_tolerated_alone() {
    for (freedom, publish) in [
        (Tolerated::RepeatedProperties, POISON),
        (Tolerated::PayloadFormats, b"\x32\x08\0\x01t\0\x05\x02\x01\x02"),
        (Tolerated::ControlCharacters, b"\x32\x07\0\x02t\x07\0\x05\0"),
        (Tolerated::NonCharacters, b"\x32\x09\0\x04t\xef\xbf\xbf\0\x05\0"),
        (Tolerated::OverLongIntegers, b"\x32\x86\0\0\x01t\0\x05\0"),
    ] as [(_, &[u8]); 5]
    {
        for lenient in [true, false] {
            let rejected = Tolerated::ALL.iter().filter(|other| (**other == freedom) != lenient);
            let mut net = Net::with(|config| config.reject = rejected.copied().collect());
            let client = net.connect(V5, "c");
            net.send_bytes(client, publish);
            match lenient {
                true => net.expect(client, Puback::with_reason(id(5), ReasonCode::NoMatchingSubscribers)),
                false => net.next(client, |packet| assert!(matches!(packet, Packet::Disconnect(_)), "{packet:?}")),
            }
        }
    }
}

/// v5 section 4.7.2, v3.1.1 section 4.7.2
#[test]
fn clients_do_not_exchange_messages_on_dollar_topics() {
    for topic in ["$foo/bar", "$share/x/y", "$SYS/x", "$"] {
        let mut net = Net::new();
        let new = net.connect(V5, "n");
        net.subscribe(new, "$foo/#", QoS::AtMostOnce);
        net.subscribe(new, "$SYS/#", QoS::AtMostOnce);
        net.subscribe(new, "$", QoS::AtMostOnce);
        for (publish, answer) in [
            (qos1(1, topic, "x"), Packet::from(Puback::with_reason(id(1), ReasonCode::TopicNameInvalid))),
            (qos2(2, topic, "x"), Pubrec::with_reason(id(2), ReasonCode::TopicNameInvalid).into()),
        ] {
            net.send(new, publish);
            let code = |packet: Packet<'_>| match packet {
                Packet::Puback(puback) => (puback.packet_id, puback.reason_code),
                Packet::Pubrec(pubrec) => (pubrec.packet_id, pubrec.reason_code),
                other => panic!("{other:?}"),
            };
            assert_eq!(net.next(new, code), code(answer));
        }
        net.publish(new, topic, "x");
        net.retain(new, topic, "x");
        let old = net.connect(V3_1_1, "o");
        net.send(old, qos1(1, topic, "x"));
        net.expect(old, Puback::success(id(1)));
        net.send(old, qos2(2, topic, "x"));
        net.expect(old, Pubrec::success(id(2)));
        net.publish(old, topic, "x");
        net.nothing(old);
        net.nothing(new);
        assert!(net.folded.retained.is_empty());
        for (version, code) in [(V5, ReasonCode::TopicNameInvalid), (V3_1_1, ReasonCode::NotAuthorized)] {
            let client = net.open(version);
            net.send(client, Connect { will: Some(will(topic, "")), ..connect(version, "w") });
            net.next(client, |packet| {
                assert!(matches!(packet, Packet::Connack(connack) if connack.reason_code == code), "{packet:?}");
            });
            net.closed(client);
        }
    }
}

#[test]
fn dollar_topics_can_be_allowed() {
    let mut net = Net::with(|config| config.dollar_topics = true);
    let client = net.connect(V5, "c");
    net.subscribe(client, "$foo/#", QoS::AtMostOnce);
    let (leaver, _) = net.connect_as(Connect { will: Some(will("$foo/bar", "gone")), ..connect(V5, "l") });
    net.lose(leaver);
    net.expect(client, qos0("$foo/bar", "gone"));
    // a Will that was taken when it was allowed is dropped when it no longer is
    net.connect_as(Connect { will: Some(will("$foo/bar", "gone")), ..connect(V5, "l") });
    net.change(|config| config.dollar_topics = false);
    let client = net.connect(V5, "c");
    net.subscribe(client, "$foo/#", QoS::AtMostOnce);
    net.wait(1_000);
    net.nothing(client);
}

fn text(text: &str) -> Utf8String<'_> {
    Utf8String::new(text).unwrap()
}
