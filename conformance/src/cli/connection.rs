//! How to reach the brokers and log in to them: the options that `check` and other subcommands share.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::{
    runner::Login,
    transport::{Header, Target, Trust},
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
    /// Trust the certificates in this PEM file, of authorities or of the broker itself, instead of those of the system
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Do not verify TLS certificates
    #[arg(long, conflicts_with = "ca")]
    insecure: bool,
    /// Header for the WebSocket handshake, such as 'Authorization: Bearer TOKEN' (repeatable); no report repeats its value
    #[arg(long, value_name = "NAME: VALUE", hide_env_values = true)]
    header: Vec<String>,
}

impl Connection {
    pub(super) fn login(&self) -> Result<Login, CliError> {
        if self.password.is_some() && self.user_name.is_none() {
            return Err(CliError::new("a password needs --user-name: MQTT 3.1.1 allows none without a user name"));
        }
        let password = self.password.as_ref().map(|password| password.clone().into_bytes());
        Ok(Login { user_name: self.user_name.clone(), password, ..Login::default() })
    }

    /// The brokers at these URLs, with what the options say about connections.
    pub(super) fn targets(&self, urls: &[String]) -> Result<Vec<Target>, CliError> {
        let trust = match &self.ca {
            Some(file) => Trust::authorities(file).map_err(CliError::new)?,
            None if self.insecure => Trust::anyone(),
            None => Trust::default(),
        };
        let headers = self.header.iter().map(|header| header.parse()).collect::<Result<Vec<Header>, _>>();
        let headers = headers.map_err(CliError::new)?;
        let target = |url: &String| {
            let target: Target = url.parse().map_err(CliError::new)?;
            Ok(target.trusting(trust.clone()).headers(headers.clone()))
        };
        urls.iter().map(target).collect()
    }
}
