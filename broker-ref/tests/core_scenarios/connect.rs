//! CONNECT and its refusals, Keep Alive, the end of a connection (v5 sections 3.1, 3.2, 4.13).

use mqttspec_codec::{
    Connack, Connect, Packet, Pingreq, Pingresp, Properties, Property, QoS, ReasonCode, Utf8String, Version,
};

use crate::harness::{Net, V3_1, V3_1_1, V5, connect, qos0, will};

fn refused(
    version: Version,
    connect: &Connect<'_>,
    config: fn(&mut mqttspec_broker::core::Config),
) -> Option<ReasonCode> {
    let mut net = Net::with(config);
    let client = net.open(version);
    net.send(client, *connect);
    let code = net.connack_code(client);
    net.closed(client);
    code
}

impl Net {
    /// The code of the CONNACK that came; `None` if there was none.
    fn connack_code(&mut self, client: crate::harness::Client) -> Option<ReasonCode> {
        self.has_frame(client).then(|| {
            self.next(client, |packet| match packet {
                Packet::Connack(connack) => connack.reason_code,
                other => panic!("{other:?}"),
            })
        })
    }
}

#[test]
fn refusals() {
    let none: fn(&mut mqttspec_broker::core::Config) = |_| {};
    let method = [Property::AuthenticationMethod(Utf8String::new("SCRAM").unwrap())];
    let with_method = Connect { properties: Properties::from(&method[..]), ..connect(V5, "c") };
    assert_eq!(refused(V5, &with_method, none), Some(ReasonCode::BadAuthenticationMethod));
    let unknowable = Connect { clean_start: false, ..connect(V3_1_1, "") };
    assert_eq!(refused(V3_1_1, &unknowable, none), Some(ReasonCode::ClientIdentifierNotValid));
    let strict: fn(&mut mqttspec_broker::core::Config) = |config| config.allow_zero_length_client_id = false;
    assert_eq!(refused(V5, &connect(V5, ""), strict), Some(ReasonCode::ClientIdentifierNotValid));
    let loud =
        Connect { will: Some(mqttspec_codec::Will { qos: QoS::ExactlyOnce, ..will("w", "") }), ..connect(V5, "c") };
    assert_eq!(refused(V5, &loud, |config| config.maximum_qos = QoS::AtLeastOnce), Some(ReasonCode::QosNotSupported));
    let kept = Connect { will: Some(mqttspec_codec::Will { retain: true, ..will("w", "") }), ..connect(V5, "c") };
    assert_eq!(refused(V5, &kept, |config| config.retain_available = false), Some(ReasonCode::RetainNotSupported));
    let kept = Connect { version: V3_1_1, ..kept };
    assert_eq!(refused(V3_1_1, &kept, |config| config.retain_available = false), None);
}

#[test]
fn bytes_other_than_connect_close_the_connection() {
    let connects: [(&[u8], &[u8]); 8] = [
        (b"\xC0\x00", b""),                                                     // PINGREQ first
        (b"\x10\x0C\x00\x04MQTT\x06\x02\x00\x3C\x00\x00", b"\x20\x02\x00\x01"), // level 6
        (b"\x10\x0E\x00\x06MQIsdp\x04\x02\x00\x3C\x00\x00", b"\x20\x02\x00\x01"),
        (b"\x10\x0C\x00\x04MQTX\x04\x02\x00\x3C\x00\x00", b""), // Protocol Name
        (b"\x10\x0C\x00\x04MQTT\x04\x03\x00\x3C\x00\x00", b""), // reserved flag
        (b"\x11\x0C\x00\x04MQTT\x04\x02\x00\x3C\x00\x00", b""), // reserved bit of the fixed header
        (b"\x10\xFF\xFF\xFF\xFF\x01", b""),
        (b"\x00\x00", b""),
    ];
    for (connect, answer) in connects {
        let mut net = Net::new();
        let client = net.open(V3_1_1);
        net.send_bytes(client, connect);
        assert_eq!(net.frames(client).concat(), answer, "{connect:02X?}");
        net.closed(client);
    }
    let mut net = Net::new();
    let client = net.open(V5);
    net.send_bytes(client, b"\x10\x0D\x00\x04MQTT\x05\x03\x00\x3C\x00\x00\x00");
    assert_eq!(net.connack_code(client), Some(ReasonCode::MalformedPacket));
    net.closed(client);
}

#[test]
fn connack_announces_non_default_settings() {
    let mut net = Net::with(|config| {
        config.maximum_qos = QoS::AtLeastOnce;
        config.retain_available = false;
        config.server_keep_alive = Some(5);
        config.session_expiry_maximum = 10;
        config.topic_alias_maximum = 0;
        config.receive_maximum = u16::MAX.try_into().unwrap();
        config.maximum_packet_size = mqttspec_broker::core::Config::NO_MAXIMUM_PACKET_SIZE;
        config.shared_subscription_available = false;
    });
    let client = net.open(V5);
    let hour = [Property::SessionExpiryInterval(3600)];
    net.send(client, Connect { properties: Properties::from(&hour[..]), ..connect(V5, "c") });
    let announced = [
        Property::SessionExpiryInterval(10),
        Property::MaximumQos(QoS::AtLeastOnce),
        Property::RetainAvailable(false),
        Property::SharedSubscriptionAvailable(false),
        Property::ServerKeepAlive(5),
    ];
    let properties = Properties::from(&announced[..]);
    net.expect(client, Connack { session_present: false, reason_code: ReasonCode::Success, properties });
    net.wait(7_499);
    net.nothing(client);
    net.wait(1);
    net.disconnected(client, ReasonCode::KeepAliveTimeout);
}

#[test]
fn an_empty_client_identifier_is_assigned() {
    let mut net = Net::new();
    let client = net.open(V5);
    net.send(client, connect(V5, ""));
    let assigned = net.next(client, |packet| match packet {
        Packet::Connack(connack) => connack.properties.assigned_client_identifier().unwrap().to_string(),
        other => panic!("{other:?}"),
    });
    let client_again = net.connect(V5, &assigned);
    net.disconnected(client, ReasonCode::SessionTakenOver);
    net.nothing(client_again);
    net.connect(V3_1_1, "");
    net.connect(V3_1, "");
}

#[test]
fn silent_client_is_disconnected() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let mute = net.open(version);
        net.wait(9_999);
        net.nothing(mute);
        net.wait(1);
        net.closed(mute);
        let (client, _) = net.connect_as(Connect { keep_alive: 2, ..connect(version, "c") });
        net.wait(2_999);
        net.send(client, Pingreq);
        net.expect(client, Pingresp);
        net.wait(2_999);
        net.send_bytes(client, b"\xC0"); // not a packet yet
        net.wait(1);
        net.disconnected(client, ReasonCode::KeepAliveTimeout);
        let patient = net.connect(version, "p");
        net.wait(100_000_000);
        net.nothing(patient);
    }
}

#[test]
fn protocol_error_ends_only_its_own_connection() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let other = net.connect(version, "other");
        net.subscribe(other, "#", QoS::AtMostOnce);
        for (fault, code) in [
            (&b"\x30\x05\x00\x03a/#"[..], ReasonCode::TopicNameInvalid),
            (b"\x36\x05\x00\x01a\x00\x01", ReasonCode::MalformedPacket),
            (b"\x20\x02\x00\x00", if version == V5 { ReasonCode::MalformedPacket } else { ReasonCode::ProtocolError }),
            (b"\xD0\x00", ReasonCode::ProtocolError),
            (b"\x30\x80\x80\x80\x80\x01", ReasonCode::MalformedPacket),
        ] {
            let client = net.connect(version, "c");
            net.send_bytes(client, fault);
            net.disconnected(client, code);
        }
        let client = net.connect(version, "c");
        net.send(client, connect(version, "c"));
        net.disconnected(client, ReasonCode::ProtocolError);
        net.publish(other, "x", "still here");
        net.expect(other, qos0("x", "still here"));
    }
}

#[test]
fn packets_arrive_in_any_pieces_up_to_an_error() {
    let mut net = Net::new();
    let client = net.open(V3_1_1);
    for byte in b"\x10\x0D\x00\x04MQTT\x04\x02\x00\x3C\x00\x01c" {
        net.send_bytes(client, &[*byte]);
    }
    net.connack_code(client);
    net.send_bytes(client, b"\xC0\x00\xC0");
    net.send_bytes(client, b"\x00\xC0\x01\x00\xC0\x00");
    net.expect(client, Pingresp);
    net.expect(client, Pingresp);
    net.closed(client);
}

#[test]
fn client_is_not_timed_out_while_it_is_not_read() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let (client, _) = net.connect_as(Connect { keep_alive: 10, ..connect(version, "c") });
        let mute = net.open(version);
        [client, mute].iter().for_each(|unread| net.set_reading(*unread, false));
        net.wait(100_000);
        [client, mute].iter().for_each(|read| net.set_reading(*read, true));
        net.wait(9_999);
        net.nothing(mute);
        net.wait(1);
        net.closed(mute);
        net.wait(4_999);
        net.nothing(client);
        net.wait(1);
        net.disconnected(client, ReasonCode::KeepAliveTimeout);
    }
}
