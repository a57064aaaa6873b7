//! Probes which method of enhanced authentication the broker and the suite have in common (v5 section 4.12).

use mqttspec_codec::{PacketType, ReasonCode, Version};

use super::capabilities::Capabilities;
use crate::{
    packet::{Fields, Value},
    runner::client::{Client, Login, PATIENCE, reason_code},
    scram::{METHOD, Scram},
    transport::Link,
};

/// Authenticates with SCRAM-SHA-256, if user name and password are known. The method counts as supported only if that
/// succeeds, because a broker may know its users by other means.
pub(crate) async fn learn<L: Link>(link: &mut L, learned: &mut Capabilities, login: &Login, prefix: &str) {
    let (Some(user_name), Some(password)) = (&login.user_name, &login.password) else {
        return learned.note_absent("authentication_method", "not tried without a user name and a password");
    };
    let Some(scram) = Scram::begin(user_name, password, prefix) else { return };
    match log_in(link, &scram, prefix).await {
        Some(()) => {
            learned.learn("authentication_method", Value::text(METHOD), format!("CONNACK success for {METHOD}"))
        }
        None => learned.note_absent("authentication_method", format!("the user cannot log in by {METHOD}")),
    }
}

/// Returns `None` if the authentication fails in any way.
async fn log_in<L: Link>(link: &mut L, scram: &Scram, prefix: &str) -> Option<()> {
    let mut client = Client::open(link, Version::V5).await.ok()?;
    let client_id = Value::text(&format!("{prefix}scram"));
    let says = |data| [("authentication_method", Value::text(METHOD)), ("authentication_data", Value::Bytes(data))];
    let mut connect = Fields::from(says(scram.first()));
    connect.extend([("client_id", client_id), ("clean_start", Value::Bool(true)), ("keep_alive", Value::Number(60))]);
    client.send(link, PacketType::Connect, &connect).await.ok()?;
    let answers = [PacketType::Auth, PacketType::Connack];
    let (PacketType::Auth, challenge) = client.wait_for_any(link, &answers, PATIENCE).await.ok()?? else { return None };
    let Some(Value::Bytes(challenge)) = challenge.get("authentication_data") else { return None };
    let mut auth = Fields::from(says(scram.answer(challenge)?));
    auth.insert("reason_code", Value::Number(ReasonCode::ContinueAuthentication.number().into()));
    let connack = client.ask(link, PacketType::Auth, &auth, PacketType::Connack).await?;
    client.disconnect(link).await;
    (reason_code(&connack) == ReasonCode::Success).then_some(())
}
