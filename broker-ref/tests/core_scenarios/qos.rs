//! QoS 1 and 2 both ways (section 4.3), and sending again (section 4.4).

use mqttspec_broker::core::Release;
use mqttspec_codec::{
    Connect, Packet, PacketIdentifier, Properties, Property, Puback, Pubcomp, Pubrec, Pubrel, QoS, ReasonCode,
};

use crate::harness::{Net, V3_1_1, V5, again, connect, id, lasting, qos0, qos1, qos2};

#[test]
fn qos_2_is_delivered_once_despite_repetitions() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (publisher, subscriber) = (net.connect(version, "p"), net.connect(version, "s"));
        net.subscribe(subscriber, "t", QoS::ExactlyOnce);
        net.send(publisher, qos2(9, "t", "once"));
        net.expect(publisher, Pubrec::success(id(9)));
        net.send(publisher, again(qos2(9, "t", "once")));
        net.expect(publisher, Pubrec::success(id(9)));
        net.send(publisher, Pubrel::success(id(9)));
        net.expect(publisher, Pubcomp::success(id(9)));

        let first = net.next(subscriber, |packet| match packet {
            Packet::Publish(publish) => publish.delivery.packet_id().unwrap(),
            other => panic!("{other:?}"),
        });
        net.send(subscriber, Pubrec::success(first));
        net.expect(subscriber, Pubrel::success(first));
        net.send(subscriber, Pubcomp::success(first));
        net.nothing(subscriber);

        // the identifier is free: the same packet is a new message
        net.send(publisher, qos2(9, "t", "twice"));
        net.expect(publisher, Pubrec::success(id(9)));
        net.next(subscriber, |packet| assert!(matches!(packet, Packet::Publish(p) if p.payload == b"twice")));
    }
}

#[test]
fn qos_2_message_is_delivered_at_any_qos_only_after_its_arrival_is_stored() {
    for granted in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for version in [V3_1_1, V5] {
            let mut net = Net::new();
            let (publisher, _) = net.resume(version, "p");
            let subscriber = net.connect(version, "s");
            net.subscribe(subscriber, "t", granted);
            net.nobody_reads = true;
            net.send(publisher, qos2(1, "t", "once"));
            // a broker that dies before the step is on disk takes the repetition for a new message
            assert_eq!(net.broker.poll_ready(), Some(subscriber.id));
            let (_, release) = net.broker.transmit(subscriber.id, &mut Vec::new());
            assert_eq!(release, Release::AfterPersist);
        }
    }
}

#[test]
fn unmatched_acknowledgements_are_reported_in_v5() {
    let mut net = Net::new();
    let new = net.connect(V5, "n");
    net.send(new, Pubrel::success(id(3)));
    net.expect(new, Pubcomp::with_reason(id(3), ReasonCode::PacketIdentifierNotFound));
    net.send(new, Pubrec::success(id(3)));
    net.expect(new, Pubrel::with_reason(id(3), ReasonCode::PacketIdentifierNotFound));
    net.send(new, Puback::success(id(3)));
    net.send(new, Pubcomp::success(id(3)));
    net.nothing(new);
    let old = net.connect(V3_1_1, "o");
    net.send(old, Pubrel::success(id(3)));
    net.expect(old, Pubcomp::success(id(3)));
}

/// v5 [MQTT-3.3.4-1], v3.1.1 [MQTT-3.3.4-1]: the message is still unacknowledged in the next connection.
#[test]
fn acknowledgement_of_the_wrong_kind_ends_the_connection() {
    type Acknowledge = fn(PacketIdentifier) -> Packet<'static>;
    let puback: Acknowledge = |id| Puback::success(id).into();
    let pubrec: Acknowledge = |id| Pubrec::success(id).into();
    let pubcomp: Acknowledge = |id| Pubcomp::success(id).into();
    for version in [V3_1_1, V5] {
        for (qos, wrong) in [
            (QoS::AtLeastOnce, pubrec),
            (QoS::AtLeastOnce, pubcomp),
            (QoS::ExactlyOnce, puback),
            (QoS::ExactlyOnce, pubcomp),
        ] {
            let mut net = Net::new();
            let publisher = net.connect(version, "p");
            let (subscriber, _) = net.resume(version, "s");
            net.subscribe(subscriber, "t", QoS::ExactlyOnce);
            let message =
                |number| if qos == QoS::ExactlyOnce { qos2(number, "t", "m") } else { qos1(number, "t", "m") };
            net.send(publisher, message(9));
            net.expect(subscriber, message(2));
            net.send(subscriber, wrong(id(2)));
            net.disconnected(subscriber, ReasonCode::ProtocolError);
            let (subscriber, present) = net.resume(version, "s");
            assert!(present);
            net.expect(subscriber, again(message(2)));
            net.nothing(subscriber);
        }
    }
}

#[test]
fn failure_in_a_pubrec_for_qos_1_ends_the_connection_too() {
    let mut net = Net::new();
    let client = net.connect(V5, "c");
    net.subscribe(client, "t", QoS::AtLeastOnce);
    net.send(client, qos1(9, "t", "m"));
    net.expect(client, qos1(2, "t", "m"));
    net.expect(client, Puback::success(id(9)));
    net.send(client, Pubrec::with_reason(id(2), ReasonCode::UnspecifiedError));
    net.disconnected(client, ReasonCode::ProtocolError);
}

/// A PUBACK after the PUBREC, as well as before it.
#[test]
fn puback_for_a_released_message_ends_the_connection() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let client = net.connect(version, "c");
        net.subscribe(client, "t", QoS::ExactlyOnce);
        let publisher = net.connect(version, "p");
        net.send(publisher, qos2(9, "t", "m"));
        net.expect(client, qos2(2, "t", "m"));
        net.send(client, Pubrec::success(id(2)));
        net.expect(client, Pubrel::success(id(2)));
        net.send(client, Puback::success(id(2)));
        net.disconnected(client, ReasonCode::ProtocolError);
    }
}

#[test]
fn unacknowledged_packets_are_resent_in_order_after_reconnect_and_restart() {
    for (version, restart) in [(V3_1_1, false), (V5, false), (V3_1_1, true), (V5, true)] {
        let mut net = Net::new();
        let publisher = net.connect(version, "p");
        let (subscriber, _) = net.resume(version, "s");
        net.subscribe(subscriber, "#", QoS::ExactlyOnce);
        for (number, payload) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
            match payload {
                "a" | "c" => net.send(publisher, qos1(number, "t", payload)),
                _ => net.send(publisher, qos2(number, "t", payload)),
            }
        }
        let sent = [qos1(2, "t", "a"), qos2(3, "t", "b"), qos1(4, "t", "c"), qos2(5, "t", "d")];
        for publish in sent {
            net.expect(subscriber, publish);
        }
        net.send(subscriber, Pubrec::success(id(3)));
        net.expect(subscriber, Pubrel::success(id(3)));
        net.send(subscriber, Puback::success(id(2)));

        net.lose(subscriber);
        if restart {
            net.restart();
        } else {
            net.send(publisher, qos1(9, "t", "e"));
        }
        let (subscriber, present) = net.resume(version, "s");
        assert!(present);
        net.expect(subscriber, Pubrel::success(id(3)));
        net.expect(subscriber, again(sent[2]));
        net.expect(subscriber, again(sent[3]));
        if !restart {
            net.expect(subscriber, qos1(6, "t", "e"));
            net.send(subscriber, Puback::success(id(6)));
        }
        net.send(subscriber, Pubcomp::success(id(3)));
        net.send(subscriber, Puback::success(id(4)));
        net.send(subscriber, Pubrec::with_reason(id(5), ReasonCode::Success));
        net.expect(subscriber, Pubrel::success(id(5)));
        net.send(subscriber, Pubcomp::success(id(5)));
        net.nothing(subscriber);
        assert!(net.folded.queue.is_empty() && net.folded.messages.is_empty());
    }
}

#[test]
fn received_identifiers_outlive_the_connection_and_the_broker() {
    let mut net = Net::new();
    let subscriber = net.connect(V5, "s");
    net.subscribe(subscriber, "t", QoS::AtMostOnce);
    let (publisher, _) = net.resume(V5, "p");
    net.send(publisher, qos2(1, "t", "once"));
    net.expect(publisher, Pubrec::success(id(1)));
    net.expect(subscriber, qos0("t", "once"));
    net.restart();
    let subscriber = net.connect(V5, "s");
    net.subscribe(subscriber, "t", QoS::AtMostOnce);
    let (publisher, present) = net.resume(V5, "p");
    assert!(present);
    net.send(publisher, again(qos2(1, "t", "once")));
    net.expect(publisher, Pubrec::success(id(1)));
    net.nothing(subscriber);
    net.send(publisher, Pubrel::success(id(1)));
    net.expect(publisher, Pubcomp::success(id(1)));
    net.nothing(subscriber);
}

#[test]
fn refused_message_is_complete() {
    let mut net = Net::new();
    let publisher = net.connect(V5, "p");
    let (subscriber, _) = net.resume(V5, "s");
    net.subscribe(subscriber, "t", QoS::ExactlyOnce);
    net.send(publisher, qos2(1, "t", "x"));
    net.expect(subscriber, qos2(2, "t", "x"));
    net.send(subscriber, Pubrec::with_reason(id(2), ReasonCode::UnspecifiedError));
    net.nothing(subscriber);
    net.lose(subscriber);
    let (subscriber, _) = net.resume(V5, "s");
    net.nothing(subscriber);
}

#[test]
fn receive_maximum_applies_in_both_directions() {
    let mut net = Net::with(|config| config.receive_maximum = 2.try_into().unwrap());
    let one = [Property::ReceiveMaximum(1.try_into().unwrap()), Property::SessionExpiryInterval(60)];
    let connect = Connect { properties: Properties::from(&one[..]), ..connect(V5, "s") };
    let (subscriber, _) = net.connect_as(connect);
    net.subscribe(subscriber, "t", QoS::ExactlyOnce);
    let publisher = net.connect(V5, "p");
    net.send(publisher, qos2(1, "t", "a"));
    net.send(publisher, qos2(2, "t", "b"));
    net.send(publisher, qos0("t", "c"));
    net.expect(publisher, Pubrec::success(id(1)));
    net.expect(publisher, Pubrec::success(id(2)));
    net.expect(subscriber, qos2(2, "t", "a"));
    net.expect(subscriber, qos0("t", "c"));
    net.send(subscriber, Pubrec::success(id(2)));
    net.expect(subscriber, Pubrel::success(id(2)));
    net.nothing(subscriber);
    net.send(subscriber, Pubcomp::success(id(2)));
    net.expect(subscriber, qos2(3, "t", "b"));

    // what is sent again counts too
    net.lose(subscriber);
    let (subscriber, _) = net.connect_as(Connect { clean_start: false, ..connect });
    net.send(publisher, qos1(7, "t", "d"));
    net.expect(publisher, Puback::success(id(7)));
    net.expect(subscriber, again(qos2(3, "t", "b")));
    net.nothing(subscriber);

    net.send(publisher, qos2(3, "t", "too many"));
    net.disconnected(publisher, ReasonCode::ReceiveMaximumExceeded);
    let old = net.connect(V3_1_1, "old");
    for number in 1..=10 {
        net.send(old, qos2(number, "x", ""));
        net.expect(old, Pubrec::success(id(number)));
    }
}

#[test]
fn session_can_change_its_version() {
    let mut net = Net::new();
    let (subscriber, _) = net.resume(V5, "s");
    let seven = Property::SubscriptionIdentifier(mqttspec_codec::SubscriptionIdentifier::new(7).unwrap());
    let options = mqttspec_codec::SubscriptionOptions { qos: QoS::AtLeastOnce, ..Default::default() };
    net.subscribe_as(subscriber, "t", options, &[seven]);
    net.lose(subscriber);
    let publisher = net.connect(V5, "p");
    net.send(publisher, qos1(1, "t", "x"));
    let (subscriber, present) = net.connect_as(lasting(V3_1_1, "s"));
    assert!(present);
    net.expect(subscriber, qos1(2, "t", "x"));
    net.lose(subscriber);
    let (subscriber, _) = net.resume(V5, "s");
    let with = [seven];
    net.expect(
        subscriber,
        again(mqttspec_codec::Publish { properties: Properties::from(&with[..]), ..qos1(2, "t", "x") }),
    );
}
