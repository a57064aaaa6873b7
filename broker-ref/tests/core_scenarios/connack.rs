//! What CONNACK says only when asked or told to.

use mqttspec_codec::{Connack, Connect, Packet, Properties, Property, ReasonCode, Utf8String};

use crate::harness::{Client, Net, V3_1_1, V5, connect};

fn connack<R>(net: &mut Net, connect: Connect<'_>, look: impl FnOnce(Connack<'_>) -> R) -> (Client, R) {
    let client = net.open(connect.version);
    net.send(client, connect);
    let seen = net.next(client, |packet| match packet {
        Packet::Connack(connack) => look(connack),
        other => panic!("{other:?} in place of CONNACK"),
    });
    (client, seen)
}

/// v5 [MQTT-3.1.2-28]
#[test]
fn response_information_is_sent_on_request() {
    let mut net = Net::with(|config| config.response_information = Some("replies/".into()));
    let asked = |asked| [Property::RequestResponseInformation(asked)];
    let cases = [("c", true, Some("replies/c")), ("c", false, None), ("a+", true, None), ("#", true, None)];
    for (client_id, ask, expected) in cases {
        let properties = asked(ask);
        let wanted = Connect { properties: Properties::from(&properties[..]), ..connect(V5, client_id) };
        connack(&mut net, wanted, |connack| {
            assert_eq!(connack.properties.response_information().map(Utf8String::as_str), expected);
        });
    }
    connack(&mut net, connect(V5, "c"), |connack| assert_eq!(connack.properties.response_information(), None));
    let always = asked(true);
    let wanted = Connect { properties: Properties::from(&always[..]), ..connect(V5, "c") };
    connack(&mut Net::new(), wanted, |connack| assert_eq!(connack.properties.response_information(), None));
}

/// v5 section 4.11
#[test]
fn clients_are_redirected() {
    for (moved, code) in [(false, ReasonCode::UseAnotherServer), (true, ReasonCode::ServerMoved)] {
        let mut net = Net::with(|config| {
            config.server_reference = Some("example.org:1883".into());
            config.server_moved = moved;
        });
        let (client, ()) = connack(&mut net, connect(V5, "c"), |connack| {
            assert_eq!(connack.reason_code, code);
            assert_eq!(connack.properties.server_reference().map(Utf8String::as_str), Some("example.org:1883"));
        });
        net.closed(client);
        // v3.1.1 has no such code
        let (client, code) = connack(&mut net, connect(V3_1_1, "c"), |connack| connack.reason_code);
        assert_eq!(code, ReasonCode::ServerUnavailable);
        net.closed(client);
    }
}

#[test]
fn server_reference_too_large_for_the_client_is_omitted() {
    let mut net = Net::with(|config| config.server_reference = Some("example.org:1883".into()));
    let properties = [Property::MaximumPacketSize(10.try_into().unwrap())];
    let small = Connect { properties: Properties::from(&properties[..]), ..connect(V5, "c") };
    let (client, reference) = connack(&mut net, small, |connack| {
        assert_eq!(connack.reason_code, ReasonCode::UseAnotherServer);
        connack.properties.server_reference().is_some()
    });
    assert!(!reference);
    net.closed(client);
}

/// v5 [MQTT-3.1.2-24] [MQTT-3.2.2-19]: what explains is left out before the code is
#[test]
fn refusal_respects_maximum_packet_size() {
    let mut net = Net::with(|config| config.sessions = 0);
    for (maximum, reason, answered) in [(100, true, true), (10, false, true), (4, false, false)] {
        let properties = [Property::MaximumPacketSize(maximum.try_into().unwrap())];
        let client = net.open(V5);
        net.send(client, Connect { properties: Properties::from(&properties[..]), ..connect(V5, "c") });
        if answered {
            net.next(client, |packet| match packet {
                Packet::Connack(connack) => {
                    assert_eq!(connack.reason_code, ReasonCode::QuotaExceeded);
                    assert_eq!(connack.properties.reason_string().is_some(), reason);
                }
                other => panic!("{other:?} in place of CONNACK"),
            });
        }
        net.closed(client);
    }
}
