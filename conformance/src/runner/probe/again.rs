//! A broker that refuses a CONNECT only for now is asked again: one that is starting or busy must not lose all cases of a
//! version by it.

use std::time::Duration;

use mqttspec_codec::{ReasonCode, Version};

use crate::{
    packet::Fields,
    runner::client::{Client, Login, reason_code},
    transport::{Link, LinkError},
};

/// Connects as [`Client::connect_within`] does, and again after each of [`PAUSES`] while the broker refuses for now.
/// Returns also how long the last attempt took, without the pauses before it.
///
/// # Errors
/// There is no CONNACK. That is not tried again here.
pub(super) async fn connect<L: Link>(
    link: &mut L,
    version: Version,
    login: &Login,
    connect: Fields,
    patience: Duration,
) -> Result<(Client<L>, Fields, Duration), LinkError> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let start = link.now();
        let (client, connack) = Client::connect_within(link, version, login, connect.clone(), patience).await?;
        match pauses.next() {
            Some(pause) if is_for_now(reason_code(&connack)) => {
                drop(client);
                link.pause(pause).await;
            }
            _ => return Ok((client, connack, link.now().saturating_sub(start))),
        }
    }
}

/// Whether the same CONNECT may be accepted a moment later. Before v5, return code 3 is `ServerUnavailable`.
pub(super) const fn is_for_now(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::ServerUnavailable
            | ReasonCode::ServerBusy
            | ReasonCode::QuotaExceeded
            | ReasonCode::ConnectionRateExceeded
    )
}

/// Between two attempts. Together they are the longest that a refusal can delay one probe.
pub(super) const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_millis(1200), Duration::from_secs(3)];
