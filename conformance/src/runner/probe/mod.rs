//! Probes what a broker supports: from its CONNACK, or else by trying.

mod again;
mod asking;
mod capabilities;
mod connect;
mod grants;
mod methods;
mod pace;
mod rights;
mod untested;

use std::{fmt, time::Duration};

use mqttspec_codec::{ReasonCode, Version};

pub(super) use self::untested::Untested;
use self::{asking::Asking, connect::Connecting};
pub use self::{
    capabilities::{Capabilities, Offer},
    pace::Pace,
};
use crate::{
    packet::{Fields, Value},
    runner::client::{Login, PATIENCE, reason_code},
    text::Text,
    transport::{Illegal, Link, shown},
};

/// Why a version cannot be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeError {
    /// Nothing answers at the URL, or it is not an MQTT broker.
    Unreachable(Text),
    /// The broker does not support this version; the text is the evidence.
    Version(Text),
    /// A CONNECT of this version is answered by silence or by the end of the connection; the text says how.
    NoAnswer(Text),
    /// What answers is not a broker; the text says what came, and what to try.
    Stranger(Text),
    /// The broker does not accept this client; the code is the evidence.
    Refused(ReasonCode),
    /// The broker does not let this client publish or subscribe; the text is the evidence.
    NotAllowed(Text),
    /// The broker's answer to CONNECT violates a rule.
    #[doc(hidden)]
    Illegal(Illegal),
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProbeError::Unreachable(why)
            | ProbeError::Version(why)
            | ProbeError::NoAnswer(why)
            | ProbeError::Stranger(why)
            | ProbeError::NotAllowed(why) => f.write_str(why),
            ProbeError::Illegal(Illegal { what, statement, bytes }) => {
                let cited = statement.map_or(String::new(), |id| format!(" [{id}]"));
                write!(f, "the answer to CONNECT is illegal: {what}{cited} ({})", shown(bytes))
            }
            ProbeError::Refused(code) => {
                write!(f, "the broker refused the connection with {code}")?;
                match code {
                    ReasonCode::BadUserNameOrPassword | ReasonCode::NotAuthorized => {
                        f.write_str("; check --user-name and --password")
                    }
                    code if again::is_for_now(*code) => {
                        let (times, seconds) =
                            (again::PAUSES.len() + 1, again::PAUSES.iter().sum::<Duration>().as_secs());
                        write!(
                            f,
                            ", {times} times within {seconds} s; wait until it accepts clients, or raise its limit"
                        )
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for ProbeError {}

/// Probes what the broker supports in that version. `prefix` consists of letters and digits that are unique to the run.
///
/// # Errors
/// See [`ProbeError`].
pub(super) async fn probe<L: Link>(
    link: &mut L,
    version: Version,
    login: &Login,
    prefix: &str,
) -> Result<Capabilities, ProbeError> {
    let mut learned = Capabilities::default();
    let mut connecting = Connecting { version, login, prefix, used: 0 };
    let (client, connack) = connecting.connect(link, &mut learned).await?;
    read_connack(&mut learned, version, &connack);
    let mut client = connecting.measure(link, client, &mut learned).await?;
    let login = &Login { fence_by: learned.fence_by, ..login.clone() };
    rights::check(link, &mut client, version, &mut learned, login, prefix).await?;
    if version != Version::V5 {
        grants::learn(link, &mut client, &mut learned, prefix).await;
    }
    client.disconnect(link).await;
    drop(client);
    if version != Version::V5 {
        Asking { link, version, login, prefix, connections: 0 }.learn(&mut learned).await?;
    }
    pace::measure_connects(link, &mut learned.pace, version, login, prefix).await;
    probe_authentication(link, &mut learned, version, login, prefix).await;
    if version == Version::V5 {
        methods::learn(link, &mut learned, login, prefix).await;
    }
    learned.learn("nodes", Value::Number(1), "one URL; further nodes of the broker are named by --node");
    Ok(learned)
}

/// Reads the properties of CONNACK, with the defaults of v5 section 3.2.2.3.
fn read_connack(learned: &mut Capabilities, version: Version, connack: &Fields) {
    const DEFAULTS: [(&str, Option<u64>); 10] = [
        ("receive_maximum", Some(65535)),
        ("maximum_qos", Some(2)),
        ("retain_available", Some(1)),
        ("maximum_packet_size", None),
        ("topic_alias_maximum", Some(0)),
        ("wildcard_subscription_available", Some(1)),
        ("subscription_identifier_available", Some(1)),
        ("shared_subscription_available", Some(1)),
        ("server_keep_alive", None),
        ("session_expiry_interval", None),
    ];
    learned
        .note_absent("denied_topic", "without --denied-topic the suite knows no topic on which its user has no rights");
    if version != Version::V5 {
        for (name, _) in DEFAULTS {
            learned.note_absent(name, "3.1.1 cannot announce it");
        }
        return;
    }
    for (name, default) in DEFAULTS {
        let (value, evidence) = match (connack.get(name), default) {
            (Some(value), _) => (value.clone(), format!("CONNACK {name}: {}", value.as_number().unwrap_or_default())),
            (None, Some(default)) => (Value::Number(default), format!("CONNACK without {name}")),
            (None, None) => {
                learned.note_absent(name, format!("CONNACK without {name}"));
                continue;
            }
        };
        let flag = name.ends_with("_available");
        let value = if flag { Value::Bool(value.as_number() == Some(1)) } else { value };
        learned.learn(name, value, evidence);
    }
}

/// Probes whether the broker accepts a client without an identifier, and one with a wrong password.
async fn probe_authentication<L: Link>(
    link: &mut L,
    learned: &mut Capabilities,
    version: Version,
    login: &Login,
    prefix: &str,
) {
    let nameless = Fields::from([("client_id", Value::text(""))]);
    let (accepted, evidence) = try_connect(link, version, login, nameless).await;
    learned.learn("zero_length_client_id", Value::Bool(accepted), format!("empty Client Identifier: {evidence}"));
    let stranger = Fields::from([
        ("client_id", Value::text(&format!("{prefix}nobody"))),
        ("user_name", Value::text("mqttspec-nobody")),
        ("password", Value::text("wrong")),
    ]);
    let (accepted, evidence) = try_connect(link, version, login, stranger).await;
    learned.learn("authentication", Value::Bool(!accepted), format!("wrong password: {evidence}"));
}

async fn try_connect<L: Link>(link: &mut L, version: Version, login: &Login, connect: Fields) -> (bool, String) {
    match again::connect(link, version, login, connect, PATIENCE).await {
        Ok((mut client, connack, _)) => {
            let code = reason_code(&connack);
            client.disconnect(link).await;
            (code == ReasonCode::Success, format!("CONNACK {code}"))
        }
        Err(error) => (false, error.why().to_owned()),
    }
}
