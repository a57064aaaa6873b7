//! Checks that the clients of the run have the permissions that cases need. A broker that denies permissions is not at
//! fault.

use mqttspec_codec::{PacketType, ReasonCode, Version};

use super::{ProbeError, capabilities::Capabilities};
use crate::{
    packet::{Fields, Value},
    runner::client::{Client, Login, reason_code},
    transport::Link,
};

/// Subscribes and publishes to topics of the run, and measures how long the acknowledgements take.
///
/// # Errors
/// The broker reports that this is not authorized. Other errors are left to the cases.
pub(crate) async fn check<L: Link>(
    link: &mut L,
    client: &mut Client<L>,
    version: Version,
    learned: &mut Capabilities,
    login: &Login,
    prefix: &str,
) -> Result<(), ProbeError> {
    let mut times = Vec::new();
    let filter = format!("{prefix}/probe");
    let subscription = Value::Map(Fields::from([("filter", Value::text(&filter))]));
    for packet_id in 1..=TIMES {
        let subscriptions = Value::List(vec![subscription.clone()]);
        let subscribe = Fields::from([("packet_id", Value::Number(packet_id)), ("subscriptions", subscriptions)]);
        let asked = link.now();
        let Some(suback) = client.ask(link, PacketType::Subscribe, &subscribe, PacketType::Suback).await else { break };
        times.push(link.now().saturating_sub(asked));
        let Some(Value::List(codes)) = suback.get("reason_codes") else { break };
        match codes.first().and_then(Value::as_number) {
            Some(0x87) => return Err(refused(login, "subscribe", &filter, ReasonCode::NotAuthorized)),
            // v3.1.1 has no other code, and nothing can be less than this topic at QoS 0
            Some(0x80) if version != Version::V5 => {
                return Err(refused(login, "subscribe", &filter, ReasonCode::UnspecifiedError));
            }
            _ => {}
        }
    }
    // before v5 a PUBACK cannot refuse (section 3.4), and QoS 0 has none
    let has_qos_1 = learned.value("maximum_qos").and_then(Value::as_number).is_some_and(|highest| highest > 0);
    if version == Version::V5 && has_qos_1 {
        let topic = format!("{prefix}/rights");
        for packet_id in 1..=TIMES {
            let qos_1 = [("qos", Value::Number(1)), ("packet_id", Value::Number(packet_id))];
            let publish = Fields::from([("topic", Value::text(&topic))]).into_iter().chain(qos_1).collect();
            let asked = link.now();
            let Some(puback) = client.ask(link, PacketType::Publish, &publish, PacketType::Puback).await else { break };
            times.push(link.now().saturating_sub(asked));
            if reason_code(&puback) == ReasonCode::NotAuthorized {
                return Err(refused(login, "publish", &topic, ReasonCode::NotAuthorized));
            }
        }
    }
    times.sort_unstable();
    learned.pace.answer = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(())
}

/// The error for what the user of the run may not do. `how` is the evidence.
pub(super) fn refused(login: &Login, act: &str, topic: &str, how: impl std::fmt::Display) -> ProbeError {
    let who = login.user_name.as_ref().map_or("a client without a user name".to_owned(), |name| format!("user {name}"));
    let instead = "use --user-name and --password of a user with full publish and subscribe rights";
    ProbeError::NotAllowed(format!("{who} may not {act} to {topic} ({how}); {instead}").into())
}

/// How often each is done, because one time alone may be long by chance.
const TIMES: u64 = 3;
