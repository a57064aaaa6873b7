//! Learns from SUBACK what a broker grants before v5, where a refusal has no Reason Code. A grant says nothing about the
//! QoS of a PUBLISH.

use mqttspec_codec::PacketType;

use super::capabilities::Capabilities;
use crate::{
    packet::{Fields, Value},
    runner::client::Client,
    transport::Link,
};

/// Subscribes to a topic and to a wildcard. The client may subscribe to the topic at QoS 0.
pub(super) async fn learn<L: Link>(link: &mut L, client: &mut Client<L>, learned: &mut Capabilities, prefix: &str) {
    let (topic, wildcard) = (format!("{prefix}/probe"), format!("{prefix}/probe/+"));
    let at_qos_2 = subscribe(link, client, &[&topic, &wildcard], 2).await;
    let (Some(granted), Some(mut wildcard_code)) = (at_qos_2.first().copied(), at_qos_2.get(1).copied()) else {
        return;
    };
    match granted {
        0..2 => learned.lower_grant = Some(format!("SUBACK grants QoS {granted} for QoS 2").into()),
        2 => {}
        _ => learned.lower_grant = Some("SUBACK refuses QoS 2, but grants QoS 0".into()),
    }
    if wildcard_code > 2 && granted > 2 {
        // it may have been refused for its QoS
        let alone = subscribe(link, client, &[&wildcard], 0).await;
        wildcard_code = alone.first().copied().unwrap_or(wildcard_code);
    }
    let evidence = match wildcard_code {
        0..=2 => "SUBACK grants a wildcard".to_owned(),
        code => format!("SUBACK refuses a wildcard (0x{code:02X})"),
    };
    learned.learn("wildcard_subscription_available", Value::Bool(wildcard_code <= 2), evidence);
}

/// The codes of the SUBACK; empty if there is none.
async fn subscribe<L: Link>(link: &mut L, client: &mut Client<L>, filters: &[&str], qos: u64) -> Vec<u64> {
    let subscription =
        |filter: &&str| Value::Map(Fields::from([("filter", Value::text(filter)), ("qos", Value::Number(qos))]));
    let subscriptions = Value::List(filters.iter().map(subscription).collect());
    let subscribe = Fields::from([("packet_id", Value::Number(1)), ("subscriptions", subscriptions)]);
    let suback = client.ask(link, PacketType::Subscribe, &subscribe, PacketType::Suback).await;
    match suback.as_ref().and_then(|suback| suback.get("reason_codes")) {
        Some(Value::List(codes)) => codes.iter().filter_map(Value::as_number).collect(),
        _ => Vec::new(),
    }
}
