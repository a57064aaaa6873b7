//! How to reach the brokers and log in to them: the options that `check` and other subcommands share.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::CliError;
use crate::{
    runner::{DeniedTopic, Login, Suite},
    transport::{Header, Identity, Target, Trust},
};

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// User name for the clients of the suite; the user needs full publish and subscribe rights
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Password for the clients of the suite; needs --user-name
    #[arg(long, value_name = "TEXT", env = "MQTTSPEC_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// File that holds the password; a line break at its end is not part of it
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// Further node of the broker, if it is a cluster, of the same kind as its URL (repeatable): play also the cases whose
    /// clients are on different nodes
    // parsed later, because clap repeats what it refuses, and that may contain a password
    #[arg(long, value_name = "URL")]
    node: Vec<String>,
    /// Topic Filter, such as denied/#, on which the user may neither publish nor subscribe: play also the cases about that.
    /// Everywhere else the user has all rights
    #[arg(long, value_name = "FILTER")]
    denied_topic: Option<DeniedTopic>,
    /// Trust the certificates in this PEM file, of authorities or of the broker itself, instead of those of the system
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Do not verify TLS certificates
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// Client certificate for brokers that require one: a PEM file, in which those of its authorities may follow
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Private key of the client certificate, a PEM file [default: the file of --cert]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Name that the broker is asked for by TLS (SNI) and that its certificate must have [default: the host in the URL]
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// Application protocol to offer by TLS (ALPN), such as mqtt (repeatable, the preferred one first)
    #[arg(long, value_name = "PROTOCOL")]
    alpn: Vec<String>,
    /// Have no more than N connections open at once; cases that need more are skipped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(4..))]
    max_connections: Option<u16>,
    /// Open no more than N connections per second, such as 20 or 0.5
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// Header for the WebSocket handshake, such as 'Authorization: Bearer TOKEN' (repeatable); no report repeats its value
    #[arg(long, value_name = "NAME: VALUE", hide_env_values = true)]
    header: Vec<String>,
}

impl Connection {
    pub(super) fn login(&self) -> Result<Login, CliError> {
        let password = match (&self.password, &self.password_file) {
            (Some(password), _) => Some(password.clone().into_bytes()),
            (None, Some(file)) => Some(password_in(file)?),
            (None, None) => None,
        };
        if password.is_some() && self.user_name.is_none() {
            return Err(CliError::new("a password needs --user-name: MQTT 3.1.1 allows none without a user name"));
        }
        Ok(Login { user_name: self.user_name.clone(), password, ..Login::default() })
    }

    /// The suite with the user that it connects as, the user's rights, and the other nodes of the broker at these URLs.
    pub(super) fn of(&self, suite: Suite, urls: &[String]) -> Result<Suite, CliError> {
        let suite = suite.login(self.login()?).nodes(self.nodes(urls)?);
        Ok(self.denied_topic.iter().cloned().fold(suite, Suite::denied_topic))
    }

    /// The further nodes of the one broker.
    fn nodes(&self, urls: &[String]) -> Result<Vec<Target>, CliError> {
        if self.node.is_empty() {
            return Ok(Vec::new());
        }
        let nodes = self.targets(&self.node)?;
        match (nodes.first(), urls) {
            (None, _) => Ok(nodes),
            (Some(_), [broker]) => {
                let broker: Target = broker.parse().map_err(CliError::new)?;
                match nodes.iter().find(|node| (node.scheme, node.tls) != (broker.scheme, broker.tls)) {
                    None => Ok(nodes),
                    Some(other) => Err(CliError(format!(
                        "the node {other} is reached in another way than {broker}; give nodes by the same kind of URL"
                    ))),
                }
            }
            (Some(node), _) => Err(CliError(format!(
                "--node {node} is a further node of a broker; give the URL of one broker beside it"
            ))),
        }
    }

    /// The brokers at these URLs, with what the options say about connections; none without URLs.
    ///
    /// # Errors
    /// A URL or a file is wrong, or an option is for TLS and no URL has that.
    pub(super) fn targets(&self, urls: &[String]) -> Result<Vec<Target>, CliError> {
        let identity = self.identity()?;
        let trust = match &self.ca {
            Some(file) => Trust::authorities(file).map_err(CliError::new)?,
            None if self.insecure => Trust::anyone(),
            None => Trust::default(),
        };
        let headers = self.header.iter().map(|header| header.parse()).collect::<Result<Vec<Header>, _>>();
        let headers = headers.map_err(CliError::new)?;
        let target = |url: &String| {
            let target: Target = url.parse().map_err(CliError::new)?;
            let target = target.trusting(trust.clone()).headers(headers.clone());
            let target = identity.iter().cloned().fold(target, Target::client_certificate);
            let target = self.limited(target)?;
            let target = self.server_name.iter().try_fold(target, |target, name| target.server_name(name));
            target.and_then(|target| target.alpn(self.alpn.clone())).map_err(CliError::new)
        };
        let targets = urls.iter().map(target).collect::<Result<Vec<_>, _>>()?;
        match self.only_for_tls() {
            Some(option) if !targets.iter().any(|target| target.tls) => {
                let instead = targets.first().map_or("the embedded broker".to_owned(), Target::to_string);
                Err(CliError(format!("{option} is for TLS, which {instead} does not use; TLS is mqtts:// or wss://")))
            }
            _ => Ok(targets),
        }
    }

    /// The broker with the limits that the options set.
    pub(super) fn limited(&self, target: Target) -> Result<Target, CliError> {
        let most = self.max_connections.map(usize::from);
        let target = most.iter().try_fold(target, |target, most| target.max_connections(*most));
        let target = target.and_then(|target| self.rate.iter().try_fold(target, |target, rate| target.rate(*rate)));
        target.map_err(CliError::new)
    }

    fn identity(&self) -> Result<Option<Identity>, CliError> {
        match (&self.cert, &self.key) {
            (Some(cert), key) => Identity::read(cert, key.as_deref()).map(Some).map_err(CliError::new),
            (None, Some(_)) => {
                Err(CliError::new("--key is the key of a client certificate; give that with --cert FILE"))
            }
            (None, None) => Ok(None),
        }
    }

    /// An option that has an effect on TLS only, and that leads nowhere without it.
    fn only_for_tls(&self) -> Option<&'static str> {
        let given = [
            (self.cert.is_some(), "--cert"),
            (self.server_name.is_some(), "--server-name"),
            (!self.alpn.is_empty(), "--alpn"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, option)| option)
    }
}

/// The password in a file, which editors end with a line break.
fn password_in(file: &Path) -> Result<Vec<u8>, CliError> {
    let unreadable = |error| CliError(format!("cannot read the password in {}: {error}", file.display()));
    let password = fs::read(file).map_err(unreadable)?;
    let line = password.strip_suffix(b"\n").unwrap_or(&password);
    Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}
