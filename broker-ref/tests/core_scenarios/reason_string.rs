//! Failures are explained: to those who want it, and where it fits.

use mqttspec_codec::{
    Connect, Packet, Properties, Property, Publish, ReasonCode, Seq, Subscribe, Subscription, SubscriptionOptions,
    TopicFilter, Utf8String,
};

use crate::harness::{Net, V5, connect, id, qos0, qos1, qos2};

/// The Reason Code and Reason String of what came.
fn refusal(packet: Packet<'_>) -> (ReasonCode, Option<String>) {
    let (code, properties) = match packet {
        Packet::Puback(puback) => (puback.reason_code, puback.properties),
        Packet::Pubrec(pubrec) => (pubrec.reason_code, pubrec.properties),
        Packet::Suback(suback) => (suback.reason_codes.iter().next().unwrap(), suback.properties),
        Packet::Disconnect(disconnect) => (disconnect.reason_code, disconnect.properties),
        other => panic!("{other:?} refuses nothing"),
    };
    (code, properties.reason_string().map(|text| text.as_str().to_owned()))
}

fn subscribe() -> Subscribe<'static> {
    const ALL: &[Subscription<'static>] = &[];
    Subscribe { packet_id: id(1), properties: Properties::EMPTY, subscriptions: Seq::from(ALL) }
}

/// v5 [MQTT-3.1.2-29] [MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.9.2-1] [MQTT-3.14.2-3]
#[test]
fn reason_strings_are_sent_if_requested_and_small_enough() {
    let small = Property::MaximumPacketSize(16.try_into().unwrap());
    let quiet = Property::RequestProblemInformation(false);
    for (wanted, properties) in [(true, &[][..]), (false, &[small][..]), (false, &[quiet][..])] {
        let mut net = Net::with(|config| (config.retained_messages, config.subscriptions) = (0, 0));
        let (client, _) = net.connect_as(Connect { properties: Properties::from(properties), ..connect(V5, "c") });
        let retained = |publish| Publish { retain: true, ..publish };
        let subscription =
            [Subscription { filter: TopicFilter::new("t").unwrap(), options: SubscriptionOptions::default() }];
        net.send(client, retained(qos1(1, "t", "x")));
        net.send(client, retained(qos2(2, "t", "x")));
        net.send(client, Subscribe { subscriptions: Seq::from(&subscription[..]), ..subscribe() });
        for _ in 0..3 {
            let (code, reason) = net.next(client, refusal);
            assert_eq!(code, ReasonCode::QuotaExceeded);
            assert_eq!(reason.is_some(), wanted, "{reason:?} with {properties:?}");
        }
        net.send(client, connect(V5, "c"));
        let (code, reason) = net.next(client, refusal);
        assert_eq!(code, ReasonCode::ProtocolError);
        // whatever Request Problem Information says
        assert_eq!(reason.is_some(), properties != [small], "{reason:?} with {properties:?}");
    }
}

/// What is wrong is told from the bytes, not only from the kind of the error.
#[test]
fn reason_strings_cite_the_statement_that_was_broken() {
    for (bytes, statement) in [
        (&b"\x30\x80\x80\x40"[..], "MQTT-3.2.2-15"),
        (b"\x30\x08\0\x01t\x04\x08\0\x01+", "MQTT-3.3.2-14"),
        (b"\x82\x08\0\x01\0\0\x02a+\0", "MQTT-4.7.1-2"),
        (b"\x82\x10\0\x01\0\0\x0a$share/+/t\0", "MQTT-4.8.2-2"),
    ] {
        let mut net = Net::new();
        let client = net.connect(V5, "c");
        net.send_bytes(client, bytes);
        let (_, reason) = net.next(client, refusal);
        let reason = reason.unwrap();
        assert!(reason.contains(&format!("(v5 [{statement}")), "{statement}: {reason}");
    }
}

#[test]
fn reason_strings_can_be_turned_off() {
    let mut net = Net::with(|config| config.reason_strings = false);
    let client = net.connect(V5, "c");
    net.send(client, connect(V5, "c"));
    assert_eq!(net.next(client, refusal), (ReasonCode::ProtocolError, None));
}

/// v5 section 3.3.2.3.2
#[test]
fn payloads_are_checked_only_if_so_configured() {
    let text = [Property::PayloadFormatIndicator(1)];
    let said = |publish| Publish { properties: Properties::from(&text[..]), payload: b"\xFF", ..publish };
    let mut lax = Net::new();
    let client = lax.connect(V5, "c");
    lax.send(client, said(qos1(1, "t", "")));
    lax.next(client, |packet| assert_eq!(refusal(packet).0, ReasonCode::NoMatchingSubscribers));

    let mut strict = Net::with(|config| config.payload_format_check = true);
    let client = strict.connect(V5, "c");
    strict.send(client, said(qos1(1, "t", "")));
    strict.send(client, said(qos2(2, "t", "")));
    strict.send(client, Publish { payload: "\u{e9}".as_bytes(), ..said(qos0("t", "")) });
    strict.send(client, said(qos0("t", "")));
    for _ in 0..3 {
        let (code, reason) = strict.next(client, refusal);
        assert_eq!((code, reason.as_deref()), (ReasonCode::PayloadFormatInvalid, Some("the Payload is not UTF-8")));
    }
    strict.closed(client);
    let will = mqttspec_codec::Will {
        properties: Properties::from(&text[..]),
        payload: mqttspec_codec::BinaryData::new(b"\xFF").unwrap(),
        ..crate::harness::will("w", "")
    };
    let client = strict.open(V5);
    strict.send(client, Connect { will: Some(will), ..Connect::new(V5, Utf8String::new("w").unwrap()) });
    strict.next(client, |packet| {
        assert!(matches!(packet, Packet::Connack(c) if c.reason_code == ReasonCode::PayloadFormatInvalid));
    });
    strict.closed(client);
}
