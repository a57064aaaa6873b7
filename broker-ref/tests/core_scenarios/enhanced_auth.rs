//! Enhanced authentication (v5 section 4.12) by SCRAM-SHA-256, with a client of its own.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use mqttspec_broker::core::{Access, User, Users};
use mqttspec_codec::{
    Auth, BinaryData, Connect, Disconnect, Packet, Pingreq, Pingresp, Properties, Property, ReasonCode, Utf8String,
};
use sha2::{Digest, Sha256};

use crate::{
    harness::{Client, Net, V5, connect, lasting, qos0},
    users::{EVERYTHING, net, users, with_password},
};

const METHOD: &str = "SCRAM-SHA-256";

fn properties<'a>(method: &'a str, data: &'a str) -> [Property<'a>; 2] {
    [
        Property::AuthenticationMethod(Utf8String::new(method).unwrap()),
        Property::AuthenticationData(BinaryData::new(data.as_bytes()).unwrap()),
    ]
}

fn first(user: &str) -> String {
    format!("n,,n={user},r=clientnonce")
}

/// client-final, and the server-final that belongs to it.
fn answer(user: &str, password: &str, server_first: &str) -> (String, String) {
    let mac = |key: &[u8], text: &str| -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    };
    let value = |name: &str| server_first.split(',').find_map(|part| part.strip_prefix(name)).unwrap();
    let salt = STANDARD.decode(value("s=")).unwrap();
    let rounds = value("i=").parse().unwrap();
    let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), &salt, rounds);
    let without_proof = format!("c=biws,r={}", value("r="));
    let messages = format!("n={user},r=clientnonce,{server_first},{without_proof}");
    let client_key = mac(&salted, "Client Key");
    let signature = mac(&Sha256::digest(client_key), &messages);
    let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, with)| key ^ with).collect();
    let server_final = format!("v={}", STANDARD.encode(mac(&mac(&salted, "Server Key"), &messages)));
    (format!("{without_proof},p={}", STANDARD.encode(proof)), server_final)
}

impl Net {
    fn auth(&mut self, from: Client, reason_code: ReasonCode, method: &str, data: &str) {
        let properties = properties(method, data);
        self.send(from, Auth { reason_code, properties: Properties::from(&properties[..]) });
    }

    /// Takes an AUTH, and gives its data.
    #[track_caller]
    fn asked(&mut self, at: Client, code: ReasonCode) -> String {
        self.next(at, |packet| match packet {
            Packet::Auth(Auth { reason_code, properties }) => {
                assert_eq!(reason_code, code);
                assert_eq!(properties.authentication_method().unwrap().as_str(), METHOD);
                let data = properties.authentication_data().map_or(&[][..], BinaryData::as_bytes);
                String::from_utf8(data.to_vec()).unwrap()
            }
            other => panic!("{other:?} in place of AUTH"),
        })
    }

    /// CONNECT up to server-first.
    fn begin(&mut self, client: Client, user: &str, connect: Connect<'_>) -> String {
        let first = first(user);
        let mut all: Vec<_> = connect.properties.iter().collect();
        all.extend(properties(METHOD, &first));
        self.send(client, Connect { properties: Properties::from(all.as_slice()), ..connect });
        self.asked(client, ReasonCode::ContinueAuthentication)
    }

    /// The code of the CONNACK, and its data.
    #[track_caller]
    fn verdict(&mut self, client: Client) -> (ReasonCode, Option<String>) {
        self.next(client, |packet| match packet {
            Packet::Connack(connack) => {
                let method = connack.properties.authentication_method().map(|method| method.as_str().to_owned());
                let data = connack.properties.authentication_data();
                let data = data.map(|data| String::from_utf8(data.as_bytes().to_vec()).unwrap());
                assert_eq!(method.as_deref(), data.as_ref().map(|_| METHOD));
                (connack.reason_code, data)
            }
            other => panic!("{other:?} in place of CONNACK"),
        })
    }

    fn enter_by_scram(&mut self, connect: Connect<'_>) -> Client {
        let client = self.open(V5);
        let server_first = self.begin(client, "alice", connect);
        let (client_final, server_final) = answer("alice", "password", &server_first);
        self.auth(client, ReasonCode::ContinueAuthentication, METHOD, &client_final);
        assert_eq!(self.verdict(client), (ReasonCode::Success, Some(server_final)));
        client
    }
}

#[test]
fn both_sides_are_proved() {
    let mut net = net(EVERYTHING);
    let alice = net.enter_by_scram(connect(V5, "a"));
    net.send(alice, Pingreq);
    net.expect(alice, Pingresp);
    // by another way the same user, and so the same Session
    net.enter_by_scram(lasting(V5, "s"));
    assert!(net.connect_as(with_password("alice", "password", lasting(V5, "s"))).1);
}

#[test]
fn nonces_do_not_repeat() {
    let mut net = net("");
    let mut ask = || {
        let client = net.open(V5);
        net.begin(client, "alice", connect(V5, ""))
    };
    let nonces = [ask(), ask()].map(|message| message.split(',').next().unwrap().to_owned());
    assert_ne!(nonces[0], nonces[1]);
    assert!(nonces.iter().all(|nonce| nonce.starts_with("r=clientnonce") && nonce.len() > 50));
}

#[test]
fn client_without_initial_data_is_asked_for_it() {
    let mut net = net(EVERYTHING);
    let client = net.open(V5);
    let method = [Property::AuthenticationMethod(Utf8String::new(METHOD).unwrap())];
    net.send(client, Connect { properties: Properties::from(&method[..]), ..connect(V5, "a") });
    assert_eq!(net.asked(client, ReasonCode::ContinueAuthentication), "");
    net.auth(client, ReasonCode::ContinueAuthentication, METHOD, &first("alice"));
    let server_first = net.asked(client, ReasonCode::ContinueAuthentication);
    let (client_final, server_final) = answer("alice", "password", &server_first);
    net.auth(client, ReasonCode::ContinueAuthentication, METHOD, &client_final);
    assert_eq!(net.verdict(client), (ReasonCode::Success, Some(server_final)));
}

/// v5 [MQTT-4.12.0-1]: without users that have keys there is no method either.
#[test]
fn unsupported_method_is_refused() {
    let no_keys = Access::from(Users::new().with_user("alice", User::default()));
    for (access, method) in [(Access::Open, METHOD), (no_keys, METHOD), (users(""), "SCRAM-SHA-1")] {
        let mut net = Net::with(|config| config.access = access);
        let first = first("alice");
        let method = properties(method, &first);
        let (client, code) = net.login(Connect { properties: Properties::from(&method[..]), ..connect(V5, "c") });
        assert_eq!(code, ReasonCode::BadAuthenticationMethod);
        net.closed(client);
    }
}

/// v5 [MQTT-4.12.0-4].
#[test]
fn unproved_client_is_refused() {
    for (user, password) in [("alice", "wrong"), ("nobody", "password"), ("bob", "password")] {
        let mut net = net(EVERYTHING);
        let client = net.open(V5);
        let server_first = net.begin(client, user, connect(V5, "c"));
        let client_final = answer(user, password, &server_first).0;
        net.auth(client, ReasonCode::ContinueAuthentication, METHOD, &client_final);
        assert_eq!(net.verdict(client), (ReasonCode::NotAuthorized, None), "{user}");
        net.closed(client);
    }
}

/// v5 [MQTT-3.1.2-30] [MQTT-4.12.0-3] [MQTT-4.12.0-5].
#[test]
fn packets_not_allowed_before_connack() {
    let breaches: [fn(&mut Net, Client); 6] = [
        |net, client| net.send(client, Pingreq),
        |net, client| net.send(client, qos0("t", "")),
        |net, client| net.send(client, connect(V5, "c")),
        |net, client| net.auth(client, ReasonCode::ReAuthenticate, METHOD, "c=biws"),
        |net, client| net.auth(client, ReasonCode::ContinueAuthentication, "SCRAM-SHA-1", "c=biws"),
        |net, client| net.send_bytes(client, &[0xF0, 2, 0x18, 0]), // without a method
    ];
    for breach in breaches {
        let mut net = net("");
        let client = net.open(V5);
        net.begin(client, "alice", connect(V5, "c"));
        breach(&mut net, client);
        assert_eq!(net.verdict(client), (ReasonCode::ProtocolError, None));
        net.closed(client);
    }
}

#[test]
fn client_may_disconnect_before_connack_and_is_timed_out() {
    let mut net = net("");
    let (leaving, silent) = (net.open(V5), net.open(V5));
    net.begin(leaving, "alice", connect(V5, "c"));
    net.send(leaving, Disconnect::new(ReasonCode::NORMAL_DISCONNECTION));
    net.closed(leaving);
    net.wait(9_000);
    net.begin(silent, "alice", connect(V5, "c"));
    net.wait(1_000);
    net.closed(silent);
}

/// v5 section 4.12.1.
#[test]
fn re_authentication_while_other_packets_flow() {
    let mut net = net(EVERYTHING);
    let alice = net.enter_by_scram(connect(V5, "a"));
    for _ in 0..2 {
        net.auth(alice, ReasonCode::ReAuthenticate, METHOD, &first("alice"));
        let server_first = net.asked(alice, ReasonCode::ContinueAuthentication);
        net.send(alice, Pingreq);
        net.expect(alice, Pingresp);
        let (client_final, server_final) = answer("alice", "password", &server_first);
        net.auth(alice, ReasonCode::ContinueAuthentication, METHOD, &client_final);
        assert_eq!(net.asked(alice, ReasonCode::Success), server_final);
    }
    net.auth(alice, ReasonCode::ReAuthenticate, METHOD, &first("alice"));
    let server_first = net.asked(alice, ReasonCode::ContinueAuthentication);
    let client_final = answer("alice", "wrong", &server_first).0;
    net.auth(alice, ReasonCode::ContinueAuthentication, METHOD, &client_final);
    // v5 [MQTT-4.12.1-2]
    net.disconnected(alice, ReasonCode::NotAuthorized);
}

#[test]
fn re_authentication_cannot_change_the_user() {
    let keys = users("").to_owned();
    let mut net = Net::with(|config| config.access = keys);
    let alice = net.enter_by_scram(connect(V5, "a"));
    net.auth(alice, ReasonCode::ReAuthenticate, METHOD, "n,a=bob,n=alice,r=x");
    net.disconnected(alice, ReasonCode::NotAuthorized);
}

/// v5 section 3.15, [MQTT-4.12.0-7] [MQTT-4.12.1-1].
#[test]
fn unexpected_auth_is_refused() {
    for (by_scram, code, method) in [
        (true, ReasonCode::ContinueAuthentication, METHOD),
        (true, ReasonCode::Success, METHOD),
        (true, ReasonCode::ReAuthenticate, "SCRAM-SHA-1"),
        (false, ReasonCode::ReAuthenticate, METHOD),
        (false, ReasonCode::ContinueAuthentication, METHOD),
    ] {
        let mut net = net(EVERYTHING);
        let client = if by_scram { net.enter_by_scram(connect(V5, "a")) } else { net.enter(V5, "alice") };
        net.auth(client, code, method, &first("alice"));
        net.disconnected(client, ReasonCode::ProtocolError);
    }
}
