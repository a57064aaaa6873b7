//! Other MQTT codecs on the same bytes as ours.
//!
//! | command | what |
//! |---|---|
//! | `cargo run --release` | times beside ours, as Markdown |
//! | `cargo run --release --bin allocations` | heap allocations, as Markdown |
//! | `cargo run --release -- malformed` | who refuses what, as Markdown; with `--list` every case that somebody gets wrong |
//!
//! One file for each codec; what it is asked is [`codec::Codec`].

#![forbid(unsafe_code)]

pub mod codec;
mod flowsdk;
pub mod malformed;
mod mqtt_proto;
mod mqtt_protocol_core;
mod mqttrs;
mod ntex_mqtt;
mod rmqtt_codec;
mod rumqttc;
pub mod times;

#[path = "../../benches/workloads/mod.rs"]
mod workloads;

use codec::{Calls, Peer, Reads};

/// The codecs beside ours.
pub static PEERS: [Peer; 7] = [
    Peer {
        name: "rumqttc",
        reads: Reads::OfServer,
        v3: Some(Calls::of::<crate::rumqttc::V3>()),
        v5: Some(Calls::of::<crate::rumqttc::V5>()),
    },
    Peer {
        name: "rmqtt-codec",
        reads: Reads::All,
        v3: Some(Calls::of::<crate::rmqtt_codec::V3>()),
        v5: Some(Calls::of::<crate::rmqtt_codec::V5>()),
    },
    Peer {
        name: "ntex-mqtt",
        reads: Reads::All,
        v3: Some(Calls::of::<crate::ntex_mqtt::V3>()),
        v5: Some(Calls::of::<crate::ntex_mqtt::V5>()),
    },
    Peer {
        name: "mqtt-protocol-core",
        reads: Reads::All,
        v3: Some(Calls::of::<crate::mqtt_protocol_core::V3>()),
        v5: Some(Calls::of::<crate::mqtt_protocol_core::V5>()),
    },
    Peer {
        name: "flowsdk",
        reads: Reads::All,
        v3: Some(Calls::of::<crate::flowsdk::Parser<4>>()),
        v5: Some(Calls::of::<crate::flowsdk::Parser<5>>()),
    },
    Peer {
        name: "mqtt-proto",
        reads: Reads::All,
        v3: Some(Calls::of::<crate::mqtt_proto::V3>()),
        v5: Some(Calls::of::<crate::mqtt_proto::V5>()),
    },
    Peer { name: "mqttrs", reads: Reads::All, v3: Some(Calls::of::<crate::mqttrs::V3>()), v5: None },
];
