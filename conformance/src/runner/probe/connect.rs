//! The probe's connection: what answers a CONNECT, and how it shows that it has processed what was sent.

use std::time::Duration;

use mqttspec_codec::{ReasonCode, Version};

use super::{Capabilities, ProbeError, again};
use crate::{
    judge::FenceBy,
    packet::{Fields, Value},
    runner::client::{Client, Login, PATIENCE, reason_code},
    transport::{Link, LinkError},
};

/// Connects for the probe, each time with a Client Identifier of its own.
#[derive(Debug)]
pub(super) struct Connecting<'a> {
    pub(super) version: Version,
    pub(super) login: &'a Login,
    pub(super) prefix: &'a str,
    /// How many Client Identifiers were used.
    pub(super) used: usize,
}

impl Connecting<'_> {
    /// Connects. A Client Identifier that gets no CONNACK may be one that the broker does not serve, so others are tried.
    ///
    /// # Errors
    /// The broker cannot be tested in this version; the reason is that of the first attempt.
    pub(super) async fn connect<L: Link>(
        &mut self,
        link: &mut L,
        learned: &mut Capabilities,
    ) -> Result<(Client<L>, Fields), ProbeError> {
        let mut first = None;
        for patience in [PATIENCE, OTHERS, OTHERS] {
            let client_id = self.client_id();
            let connect = Fields::from([("client_id", Value::text(&client_id)), ("keep_alive", Value::Number(60))]);
            match again::connect(link, self.version, self.login, connect, patience).await {
                Ok((client, connack, took)) => {
                    learned.pace.connect = took;
                    if let Some((other, error)) = first {
                        let evidence = format!("Client Identifier {other}: {error}, but {client_id} is served");
                        learned.learn("every_client_id", Value::Bool(false), evidence);
                    }
                    return self.accepted(&connack).map(|()| (client, connack));
                }
                // nothing that depends on the Client Identifier
                Err(error @ (LinkError::Unreachable(_) | LinkError::Stranger(_))) => return Err(self.failed(error)),
                Err(error) => {
                    first.get_or_insert((client_id, error));
                }
            }
        }
        let missing = || ProbeError::Unreachable("no connection was tried".into());
        Err(first.map_or_else(missing, |(_, error)| self.failed(error)))
    }

    /// Measures the round trip, and finds out which fence the broker answers. Returns the client to go on with, because
    /// a connection is of no use after a missing or malformed answer.
    ///
    /// # Errors
    /// The broker does not accept another connection.
    pub(super) async fn measure<L: Link>(
        &mut self,
        link: &mut L,
        mut client: Client<L>,
        learned: &mut Capabilities,
    ) -> Result<Client<L>, ProbeError> {
        let mut wrong = Vec::new();
        for fence_by in [FenceBy::Ping, FenceBy::Unsubscribe] {
            match round_trip(link, &mut client, fence_by).await {
                Ok(round_trip) => {
                    (learned.round_trip, learned.fence_by) = (round_trip, fence_by);
                    break;
                }
                Err(why) => wrong.push(why),
            }
            (client, _) = self.connect(link, learned).await?;
            // until something better is measured
            (learned.round_trip, learned.fence_by) = (learned.pace.connect, FenceBy::Time);
        }
        client.use_fence(learned.fence_by);
        if !wrong.is_empty() {
            let instead = match learned.fence_by {
                FenceBy::Ping | FenceBy::Time => "time shows what the broker has processed",
                FenceBy::Unsubscribe => "UNSUBSCRIBE shows what the broker has processed",
            };
            learned.learn("pings", Value::Bool(false), format!("{}; {instead}", wrong.join(", ")));
        }
        Ok(client)
    }

    fn client_id(&mut self) -> String {
        self.used += 1;
        match self.used {
            1 => format!("{}probe", self.prefix),
            number => format!("{}probe{number}", self.prefix),
        }
    }

    fn accepted(&self, connack: &Fields) -> Result<(), ProbeError> {
        match reason_code(connack) {
            ReasonCode::Success => Ok(()),
            code @ ReasonCode::UnsupportedProtocolVersion => {
                let version = self.version;
                Err(ProbeError::Version(format!("the broker does not speak {version}: CONNACK {code}").into()))
            }
            code => Err(ProbeError::Refused(code)),
        }
    }

    fn failed(&self, error: LinkError) -> ProbeError {
        let version = self.version;
        match error {
            LinkError::Unreachable(why) => ProbeError::Unreachable(why),
            LinkError::Stranger(why) => ProbeError::Stranger(why),
            LinkError::Silent(why) => {
                ProbeError::NoAnswer(format!("the broker does not answer a {version} CONNECT: {why}").into())
            }
            LinkError::Misbehaved(why) | LinkError::Endless(why) => {
                ProbeError::NoAnswer(format!("the broker does not accept a {version} CONNECT: {why}").into())
            }
            LinkError::Illegal(illegal) => ProbeError::Illegal(illegal),
        }
    }
}

/// The median of several round trips, or what is wrong.
async fn round_trip<L: Link>(link: &mut L, client: &mut Client<L>, by: FenceBy) -> Result<Duration, String> {
    client.use_fence(by);
    let (since, mut round_trips) = (link.now(), Vec::new());
    // a slow network needs fewer to be known as slow
    while round_trips.len() < FEWEST || (round_trips.len() < MOST && link.now().saturating_sub(since) < ENOUGH) {
        match client.ping(link, PATIENCE).await {
            Ok(Some(round_trip)) => round_trips.push(round_trip),
            Ok(None) => return Err(format!("no {} within {} s", by.answer(), PATIENCE.as_secs())),
            Err(error) => return Err(format!("instead of {}: {error}", by.answer())),
        }
    }
    round_trips.sort_unstable();
    Ok(round_trips.get(round_trips.len() / 2).copied().unwrap_or_default())
}

/// For the CONNACK to another Client Identifier, after the first got none in the usual time.
const OTHERS: Duration = Duration::from_secs(5);
const FEWEST: usize = 3;
const MOST: usize = 7;
/// After this time no further ping is sent.
const ENOUGH: Duration = Duration::from_secs(1);
