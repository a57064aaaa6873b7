//! Runs each case as a test with its own name: `v5::3.01-connect/keep-alive/silence`.
//!
//! By default, each case runs in memory against the reference broker, in the first of a few configurations that
//! supports what it needs. Cases that need a WebSocket run against the same broker over loopback. With
//! `MQTTSPEC_URL=mqtt://..`, the same tests run concurrently against that broker.

#[path = "common/configurations.rs"]
mod configurations;

use std::{env, process::ExitCode};

use configurations::configurations;
use mqttspec::{Reference, Subject, Suite, cargo_test};
use mqttspec_broker::{core::Config, shell::Embedded};

fn main() -> ExitCode {
    let suite = Suite::embedded().expect("the vectors load");
    if let Ok(url) = env::var("MQTTSPEC_URL") {
        let target = url.parse().unwrap_or_else(|error| panic!("MQTTSPEC_URL: {error}"));
        return cargo_test(suite, [Subject::url(target)]);
    }
    let memory = configurations().into_iter().map(|(config, login)| {
        let subject = Subject::memory(move || Reference::new(config.clone()));
        match login.user_name {
            Some(name) => subject.user(name, login.password),
            None => subject,
        }
    });
    let listen = "ws://127.0.0.1:0/mqtt".parse().expect("a URL");
    let broker = Embedded::start(Config::default(), &[listen]).expect("a free loopback port");
    let websocket = Subject::url(broker.urls()[0].to_string().parse().expect("a URL"));
    cargo_test(suite, memory.chain([websocket]))
}
