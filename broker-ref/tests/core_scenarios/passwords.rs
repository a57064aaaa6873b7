//! User Name and Password (v5 section 3.1.4, v3.1.1 section 3.1.4): who is let in, and what waits meanwhile.

use mqttspec_broker::core::Event;
use mqttspec_codec::{BinaryData, Connect, Pingreq, Pingresp, ReasonCode, Utf8String, Version, encode_to_vec};

use crate::{
    harness::{Net, V3_1_1, V5, connect, qos0},
    users::{EVERYTHING, net, net_with, users, with_password},
};

#[test]
fn users_and_passwords() {
    use ReasonCode::{BadUserNameOrPassword, NotAuthorized, Success};
    let code = |version, name: Option<&str>, password: Option<&str>| {
        let mut net = net("");
        let text = |text| Utf8String::new(text).unwrap();
        let password = password.map(|password| BinaryData::new(password.as_bytes()).unwrap());
        let connect = Connect { user_name: name.map(text), password, ..connect(version, "c") };
        let (client, code) = net.login(connect);
        if code != Success {
            net.closed(client);
        }
        code
    };
    for version in [V3_1_1, V5] {
        assert_eq!(code(version, Some("alice"), Some("password")), Success);
        assert_eq!(code(version, Some("alice"), Some("Password")), BadUserNameOrPassword);
        assert_eq!(code(version, Some("nobody"), Some("password")), BadUserNameOrPassword);
        assert_eq!(code(version, Some("alice"), None), BadUserNameOrPassword);
        assert_eq!(code(version, None, None), NotAuthorized);
    }
    assert_eq!(code(V5, None, Some("password")), BadUserNameOrPassword);
}

#[test]
fn open_access_admits_every_client() {
    let mut net = Net::new();
    assert_eq!(net.login(with_password("anybody", "x", connect(V5, "c"))).1, ReasonCode::Success);
}

#[test]
fn unknown_user_is_checked_like_a_known_one() {
    let mut net = net("");
    net.checks_wait = true;
    for name in ["alice", "nobody"] {
        let client = net.open(V5);
        net.send(client, with_password(name, "wrong", connect(V5, name)));
        net.nothing(client);
        let (id, check) = net.broker.poll_check().expect("a check for both");
        assert_eq!(id, client.id);
        assert!(!check.run());
        assert!(!format!("{check:?} {:?}", net.broker).contains("argon2"));
    }
}

#[test]
fn incomplete_connect_is_not_logged() {
    let mut net = net("");
    let client = net.open(V3_1_1);
    let mut bytes = Vec::new();
    encode_to_vec(&with_password("alice", "password", connect(V3_1_1, "c")).into(), V3_1_1, &mut bytes).unwrap();
    net.send_bytes(client, &bytes[..bytes.len() - 1]);
    let password = format!("{:?}", b"passwor");
    assert!(!format!("{:?}", net.broker).contains(password.trim_matches(['[', ']'])));
}

#[test]
fn packets_after_connect_wait_and_keep_their_order() {
    let mut net = net(EVERYTHING);
    let (client, other) = (net.open(V5), net.enter(V5, "bob"));
    net.subscribe(other, "t", mqttspec_codec::QoS::AtMostOnce);
    net.checks_wait = true;
    let mut bytes = Vec::new();
    encode_to_vec(&with_password("alice", "password", connect(V5, "alice")).into(), V5, &mut bytes).unwrap();
    encode_to_vec(&qos0("t", "1").into(), V5, &mut bytes).unwrap();
    net.send_bytes(client, &bytes[..bytes.len() - 1]);
    assert!(net.broker.is_held(client.id));
    net.send_bytes(client, &bytes[bytes.len() - 1..]);
    net.send(client, qos0("t", "2"));
    net.send(client, Pingreq);
    net.nothing(client);
    net.nothing(other);
    net.checks_wait = false;
    net.wait(0);
    net.next(client, |packet| assert_eq!(packet.packet_type(), mqttspec_codec::PacketType::Connack));
    net.expect(client, Pingresp);
    net.expect(other, qos0("t", "1"));
    net.expect(other, qos0("t", "2"));
    assert!(!net.broker.is_held(client.id));
}

#[test]
fn input_after_a_refused_connect_is_ignored() {
    let mut net = net(EVERYTHING);
    let bob = net.enter(V3_1_1, "bob");
    net.subscribe(bob, "#", mqttspec_codec::QoS::AtMostOnce);
    let client = net.open(V3_1_1);
    let mut bytes = Vec::new();
    encode_to_vec(&with_password("alice", "wrong", connect(V3_1_1, "c")).into(), V3_1_1, &mut bytes).unwrap();
    encode_to_vec(&qos0("t", "").into(), V3_1_1, &mut bytes).unwrap();
    net.send_bytes(client, &bytes);
    assert_eq!(net.frames(client), [[0x20, 2, 0, 4]]);
    net.closed(client);
    net.nothing(bob);
}

#[test]
fn too_many_password_checks_are_refused_as_busy() {
    let mut net = net_with("", |config| config.password_checks = 2);
    net.checks_wait = true;
    let knock = |net: &mut Net, version: Version| {
        let client = net.open(version);
        net.send(client, with_password("alice", "password", connect(version, "")));
        client
    };
    let waiting = [knock(&mut net, V5), knock(&mut net, V5)];
    for (version, code) in [(V5, ReasonCode::ServerBusy), (V3_1_1, ReasonCode::ServerUnavailable)] {
        assert_eq!(net.login(with_password("alice", "password", connect(version, "late"))).1, code);
    }
    // a client that has left makes room, and is not checked
    net.lose(waiting[0]);
    let third = knock(&mut net, V5);
    net.nothing(third);
    let checks: Vec<_> = std::iter::from_fn(|| net.broker.poll_check()).map(|(id, _)| id).collect();
    assert_eq!(checks, [waiting[1].id, third.id]);
}

#[test]
fn waiting_has_its_limits() {
    let mut net = net_with("", |config| config.backlog = 100);
    net.checks_wait = true;
    let (slow, loud) = (net.open(V5), net.open(V5));
    net.wait(9_999);
    for client in [slow, loud] {
        net.send(client, with_password("alice", "password", connect(V5, "")));
    }
    net.send_bytes(loud, &[0; 100]);
    net.nothing(loud);
    net.send_bytes(loud, &[0]);
    net.closed(loud);
    net.nothing(slow);
    net.wait(1);
    net.closed(slow);
}

#[test]
fn unsolicited_check_results_change_nothing() {
    let mut net = net("");
    net.checks_wait = true;
    let client = net.open(V5);
    let passed = |net: &mut Net| net.happen(client, Event::PasswordChecked(true));
    passed(&mut net);
    net.send(client, with_password("alice", "wrong", connect(V5, "c")));
    passed(&mut net); // the check was not taken yet
    net.nothing(client);
    assert!(users("") == users("") && users("") != users(EVERYTHING));
}
