//! What the standard lets a Server choose, in several ways.

use std::num::NonZero;

use mqttspec_broker::core::Config;
use mqttspec_codec::QoS;

/// A case is played in the first of these that offers what it needs.
pub(crate) fn configurations() -> Vec<Config> {
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
    vec![Config::default(), tight, impatient, without, qos_0]
}
