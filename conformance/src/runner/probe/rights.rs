//! Checks that the clients of the run have the permissions that cases need. A broker that denies permissions is not at
//! fault.

use mqttspec_codec::{PacketType, ReasonCode, Version};

use super::{ProbeError, capabilities::Capabilities};
use crate::{
    packet::{Fields, Value},
    runner::client::{Client, Login, reason_code},
    transport::Link,
};

/// Subscribes and publishes to topics of the run.
///
/// # Errors
/// The broker reports that this is not authorized. Other errors are left to the cases.
pub(crate) async fn check<L: Link>(
    link: &mut L,
    client: &mut Client<L>,
    version: Version,
    learned: &Capabilities,
    login: &Login,
    prefix: &str,
) -> Result<(), ProbeError> {
    let refused = |act: &str, topic: &str, code| {
        let who =
            login.user_name.as_ref().map_or("a client without a user name".to_owned(), |name| format!("user {name}"));
        let instead = "use --user-name and --password of a user with full publish and subscribe rights";
        Err(ProbeError::NotAllowed(format!("{who} may not {act} to {topic} ({code}); {instead}").into()))
    };
    let filter = format!("{prefix}/probe");
    let subscription = Value::Map(Fields::from([("filter", Value::text(&filter))]));
    let subscribe = Fields::from([("packet_id", Value::Number(2)), ("subscriptions", Value::List(vec![subscription]))]);
    let suback = client.ask(link, PacketType::Subscribe, &subscribe, PacketType::Suback).await;
    if let Some(Value::List(codes)) = suback.as_ref().and_then(|suback| suback.get("reason_codes")) {
        match codes.first().and_then(Value::as_number) {
            Some(0x87) => return refused("subscribe", &filter, ReasonCode::NotAuthorized),
            // v3.1.1 has no other code
            Some(0x80) if version != Version::V5 => {
                return refused("subscribe", &filter, ReasonCode::UnspecifiedError);
            }
            _ => {}
        }
    }
    // before v5 a PUBACK cannot refuse (section 3.4), and QoS 0 has none
    let has_qos_1 = learned.value("maximum_qos").and_then(Value::as_number).is_some_and(|highest| highest > 0);
    if version == Version::V5 && has_qos_1 {
        let topic = format!("{prefix}/rights");
        let publish =
            Fields::from([("topic", Value::text(&topic)), ("qos", Value::Number(1)), ("packet_id", Value::Number(3))]);
        let puback = client.ask(link, PacketType::Publish, &publish, PacketType::Puback).await;
        if puback.is_some_and(|puback| reason_code(&puback) == ReasonCode::NotAuthorized) {
            return refused("publish", &topic, ReasonCode::NotAuthorized);
        }
    }
    Ok(())
}
