//! `mqttspec broker`

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::ExitCode};

use crate::{packet::describe_redacted, text::Text};
use clap::{Args, Subcommand};
use mqttspec_broker::{
    core::Access,
    settings::Settings,
    shell::{Listen, Origin, Reload, serve},
    users,
};

use super::{
    CliError,
    log::{Filter, Log},
    passwd::Passwd,
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct BrokerCommand {
    #[command(subcommand)]
    command: Option<BrokerSubcommand>,
    /// Read settings from this TOML file; flags override it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Set a single setting, for example limits.sessions=1000 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Address to listen on (repeatable): mqtt:// or ws://, or mqtts:// or wss:// for TLS; port 0 selects a free port
    /// [default: ws://127.0.0.1:8083/mqtt mqtt://127.0.0.1:1883]
    #[arg(long, value_name = "URL")]
    listen: Vec<Listen>,
    /// Store Sessions, queued messages and retained messages in this folder, so that they survive restarts and crashes
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Accept only the users in this TOML file, with the permissions it grants; create it with `mqttspec broker passwd`, then add
    /// permissions to it
    #[arg(long, value_name = "FILE")]
    users: Option<String>,
    /// Certificate chain for TLS, starting with the broker's own certificate (PEM)
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Of web pages, allow only those of this origin to open a WebSocket, such as https://HOST (repeatable); clients that
    /// send no origin are always allowed
    #[arg(long, value_name = "URL")]
    allow_origin: Vec<Origin>,
    #[command(flatten)]
    log: Log,
    /// Print the effective settings as TOML and exit
    #[arg(long)]
    print_settings: bool,
}

#[derive(Debug, Subcommand)]
enum BrokerSubcommand {
    /// Add a user without permissions to a users file, change a password, or remove a user
    Passwd(Passwd),
}

impl BrokerCommand {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        if let Some(BrokerSubcommand::Passwd(passwd)) = &self.command {
            return passwd.run();
        }
        let mut settings = self.settings()?;
        if self.print_settings {
            print!("{}", settings.to_toml());
            return Ok(ExitCode::SUCCESS);
        }
        let filter = self.log.start(settings.log)?;
        settings.core.access = access(settings.users.as_deref())?;
        let server = settings.bind().map_err(CliError::new)?.with_packet_log(describe_redacted);
        let reload = || match self.reload(&filter) {
            Ok(reload) => {
                tracing::warn!("SIGHUP: users, certificate and log level were read again");
                Some(reload)
            }
            Err(CliError(error)) => {
                tracing::error!("SIGHUP: {}; everything stays as it is", Text::from(error));
                None
            }
        };
        if let Some(url) = server.metrics() {
            println!("metrics on {url}/metrics");
        }
        serve(server, |url| println!("listening on {url}"), reload).map_err(CliError::new)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Reads again what can change while the broker runs. The log level changes here.
    fn reload(&self, filter: &Filter) -> Result<Reload, CliError> {
        let settings = self.settings()?;
        let mut reload = Reload::default();
        reload.access = Some(access(settings.users.as_deref())?);
        reload.certificate = settings.tls.read().map_err(CliError::new)?;
        self.log.change(filter, settings.log)?;
        Ok(reload)
    }

    /// The defaults, then the file, then the flags.
    fn settings(&self) -> Result<Settings, CliError> {
        let mut settings = Settings::default();
        if let Some(path) = &self.settings {
            let file = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| CliError(format!("cannot read {file}: {error}")))?;
            settings.read(&file, &text).map_err(CliError::new)?;
        }
        for assignment in &self.set {
            settings.set(assignment).map_err(CliError::new)?;
        }
        if !self.listen.is_empty() {
            settings.listen.clone_from(&self.listen);
        }
        if self.data.is_some() {
            settings.data.clone_from(&self.data);
        }
        if let Some(users) = &self.users {
            settings.users = Some(users.as_str().into());
        }
        if !self.allow_origin.is_empty() {
            settings.shell.allowed_origins = Some(self.allow_origin.clone());
        }
        for (flag, file) in [(&self.cert, &mut settings.tls.certificate), (&self.key, &mut settings.tls.key)] {
            if flag.is_some() {
                file.clone_from(flag);
            }
        }
        Ok(settings)
    }
}

/// The permissions in a users file; without a file, access is unrestricted.
fn access(file: Option<&str>) -> Result<Access, CliError> {
    let Some(file) = file else { return Ok(Access::Open) };
    let text = fs::read_to_string(file).map_err(|error| CliError(format!("cannot read {file}: {error}")))?;
    if fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS_MAY_WRITE != 0) {
        let file = Text::from(file);
        tracing::warn!("everybody on this machine may write {file}, and so give themselves every right: chmod o-w it");
    }
    users::parse(&text).map_err(|error| CliError(format!("{file}:{error}")))
}

/// Of a file's mode.
const OTHERS_MAY_WRITE: u32 = 0o002;
