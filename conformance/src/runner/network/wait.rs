//! Waits for a broker that is starting.

use std::time::Duration;

use mqttspec_codec::Version;

use crate::{
    packet::{Fields, Value},
    rt::{Instant, sleep, timeout},
    runner::{Client, Login, RunId},
    text::Text,
    transport::{Dial, LinkError, Target},
};

/// Connects until something answers CONNECT by MQTT, whatever it says: a refusal shows that the broker is there. The
/// versions take turns, because a broker may close the connection of a version that it does not speak.
///
/// # Errors
/// What the last attempt met, if the time is over.
pub(super) async fn for_answer(
    target: &Target,
    versions: &[Version],
    login: &Login,
    limit: Duration,
    mut tell: impl FnMut(&str),
) -> Result<(), Text> {
    let (until, mut last, mut told) = (Instant::now() + limit, None, false);
    for version in versions.iter().copied().cycle() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let connect = Fields::from([("client_id", Value::text(&format!("{}wait", RunId::random().as_str())))]);
        let mut dial = Dial::new(target.clone());
        let attempt = Client::connect_within(&mut dial, version, login, connect, PATIENCE);
        match timeout(left, attempt).await {
            Ok(Ok(_) | Err(LinkError::Illegal(_) | LinkError::Endless(_))) => return Ok(()),
            Ok(Err(error)) => last = Some(error.to_string()),
            Err(_) => break,
        }
        if let (false, Some(why)) = (told, &last) {
            tell(&format!("does not answer yet ({why}); waiting for up to {limit:?}"));
            told = true;
        }
        sleep(PAUSE.min(until.saturating_duration_since(Instant::now()))).await;
    }
    let why = last.unwrap_or_else(|| format!("{target} did not answer"));
    Err(format!("the broker did not answer within {limit:?}: {why}").into())
}

/// For one CONNACK. A broker that is starting may accept connections and not serve them yet.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(200);
