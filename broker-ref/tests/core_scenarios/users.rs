//! A broker with users, and clients that are one.

use argon2::{Argon2, Params, PasswordHasher};
use mqttspec_broker::{
    core::{Access, Config, ScramKeys},
    users::parse,
};
use mqttspec_codec::{BinaryData, Connack, Connect, Packet, ReasonCode, Utf8String, Version};

use crate::harness::{Client, Net, connect};

/// `password` of both, hashed as cheaply as argon2 can.
pub(crate) fn users(rest: &str) -> Access {
    let params = Params::new(8, 1, 1, None).unwrap();
    let hash = Argon2::from(params).hash_password_with_salt(b"password", b"some salt").unwrap();
    let keys = ScramKeys::new("password", b"some salt", 4096.try_into().unwrap()).unwrap();
    let text =
        format!("users.alice.argon2 = '{hash}'\nusers.bob.argon2 = '{hash}'\nusers.alice.scram_sha_256 = '{keys}'");
    parse(&format!("{text}\n{rest}")).unwrap()
}

/// alice and bob may do all there is.
pub(crate) const EVERYTHING: &str = "
    users.alice.publish = ['#']
    users.alice.subscribe = ['#']
    users.bob.publish = ['#']
    users.bob.subscribe = ['#']";

pub(crate) fn net(rest: &str) -> Net {
    net_with(rest, |_| {})
}

pub(crate) fn net_with(rest: &str, change: impl FnOnce(&mut Config)) -> Net {
    Net::with(|config| {
        config.access = users(rest);
        change(config);
    })
}

pub(crate) fn with_password<'a>(user_name: &'a str, password: &'a str, connect: Connect<'a>) -> Connect<'a> {
    Connect {
        user_name: Some(Utf8String::new(user_name).unwrap()),
        password: Some(BinaryData::new(password.as_bytes()).unwrap()),
        ..connect
    }
}

impl Net {
    /// Sends a CONNECT, and gives the code of the CONNACK.
    pub(crate) fn login(&mut self, connect: Connect<'_>) -> (Client, ReasonCode) {
        let client = self.open(connect.version);
        self.send(client, connect);
        let code = self.next(client, |packet| match packet {
            Packet::Connack(Connack { reason_code, .. }) => reason_code,
            other => panic!("{other:?} in place of CONNACK"),
        });
        (client, code)
    }

    /// alice or bob, whose Client Identifier is the same.
    pub(crate) fn enter(&mut self, version: Version, name: &str) -> Client {
        self.connect_as(with_password(name, "password", connect(version, name))).0
    }
}
