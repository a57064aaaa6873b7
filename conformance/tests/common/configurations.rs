//! Several configurations of what the standard leaves to the Server.

use std::num::NonZero;

use mqttspec::runner::Login;
use mqttspec_broker::{
    core::{Access, Config, ScramKeys},
    users::parse,
};
use mqttspec_codec::{QoS, Reject};

/// Each case runs in the first of these that supports what it needs, with its login.
pub(crate) fn configurations() -> Vec<(Config, Login)> {
    // what the broker refuses by default, a case could not look at
    let lenient = Config {
        reject: Reject::NONE,
        dollar_topics: true,
        topic_levels: NonZero::new(1000).expect("not zero"),
        ..Config::default()
    };
    let tight = Config {
        receive_maximum: NonZero::new(5).expect("not zero"),
        topic_alias_maximum: 2,
        maximum_packet_size: NonZero::new(64 * 1024).expect("not zero"),
        ..Config::default()
    };
    let impatient = Config { server_keep_alive: Some(2), ..Config::default() };
    let without = Config {
        maximum_qos: QoS::AtLeastOnce,
        retain_available: false,
        wildcard_subscription_available: false,
        subscription_identifier_available: false,
        shared_subscription_available: false,
        topic_alias_maximum: 0,
        allow_zero_length_client_id: false,
        ..Config::default()
    };
    let qos_0 = Config { maximum_qos: QoS::AtMostOnce, ..Config::default() };
    let (access, login) = users();
    let closed = Config { access, ..Config::default() };
    let open = [lenient, tight, impatient, without, qos_0].map(|config| (config, Login::default()));
    open.into_iter().chain([(closed, login)]).collect()
}

/// A single user with all permissions. No other client is accepted.
fn users() -> (Access, Login) {
    let (user_name, password) = ("alice", "wonderland");
    let iterations = NonZero::new(1000).expect("not zero");
    let keys = ScramKeys::new(password, b"salt of a test", iterations).expect("a password that SASLprep accepts");
    // for the same password, with the cheapest argon2 parameters
    let argon2 = "$argon2id$v=19$m=8,t=1,p=1$c2FsdCBvZiBhIHRlc3QuLg$QQJzmth9KJ5LxmX4x/FMcGQ/usWipp5KIJpCVY6HdAk";
    let rights = "publish = ['#', '$SYS/#']\nsubscribe = ['#', '$SYS/#']";
    let file = format!("[users.{user_name}]\nargon2 = '{argon2}'\nscram_sha_256 = '{keys}'\n{rights}");
    let access = parse(&file).expect("a file of users");
    (access, Login { user_name: Some(user_name.to_owned()), password: Some(password.into()), ..Login::default() })
}
