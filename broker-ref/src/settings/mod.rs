//! Settings: what `mqttspec broker` reads from a TOML file and from flags.
//!
//! Text in, values out; only [`Settings::bind`] touches files and sockets. One table, `keys`, lists for every setting
//! its key, its syntax, the section of the standard it comes from, and what it does. Reading, printing, flags and the
//! README follow from it.
//!
//! # To add a setting
//! 1. Add a field to [`Config`], [`Limits`] or [`Settings`].
//! 2. Add an entry to `keys`: `/// What it does.` above `"group.key" settings.field: form;`.
//! 3. `cargo test -p mqttspec-broker --test settings` prints the table for `README.md`.
//!
//! A new type of field needs an implementation of `Field` in `field`; a new group needs a sentence in `keys`.
//!
//! ```
//! use mqttspec_broker::settings::Settings;
//! let mut settings = Settings::default();
//! settings.read("broker.toml", "listen = ['mqtt://127.0.0.1:0']\n[limits]\nqueued_bytes = '16 MiB'\n")?;
//! settings.set("limits.queued_messages=1000")?;
//! assert_eq!(settings.core.queued_bytes, 16 * 1024 * 1024);
//!
//! let mistakes = settings.read("broker.toml", "[limits]\nqueued_byte = '16 MB'\nsessions = -1\n").unwrap_err();
//! assert_eq!(
//!     mistakes.to_string(),
//!     "broker.toml:2:1: limits.queued_byte: unknown key, did you mean limits.queued_bytes?\n\
//!      broker.toml:3:12: limits.sessions: expected a whole number from 0 to 4294967295, found -1"
//! );
//! # Ok::<(), mqttspec_broker::settings::Mistakes>(())
//! ```

mod field;
mod form;
mod key;
mod keys;
mod mistake;
mod near;
mod print;
mod read;

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{
    core::Config,
    shell::{Certificate, CertificateError, Limits, Listen, MetricsAddress, ServeError, Server},
    store::Store,
};

pub use mistake::{Mistake, Mistakes};

/// All settings. [`Settings::default`] listens on loopback only.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Where to listen. At least one URL.
    pub listen: Vec<Listen>,
    /// Folder of the store; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The file of users. The caller reads it into [`Config::access`]; `None` allows everything to every client.
    pub users: Option<Arc<str>>,
    /// Where metrics and health are served; `None` means nowhere.
    pub metrics: Option<MetricsAddress>,
    /// What is logged, from the least to the most. The caller sets it up.
    pub log: LogLevel,
    /// The certificate for TLS.
    pub tls: TlsFiles,
    /// Features and limits of the core.
    pub core: Config,
    /// Limits of the shell.
    pub shell: Limits,
}

/// What is logged. Each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// `Info` on a terminal, `Warn` elsewhere.
    #[default]
    Auto,
    /// Nothing works any more.
    Error,
    /// What somebody should look at, such as refused logins.
    Warn,
    /// Connections.
    Info,
    /// Packets.
    Debug,
    /// Everything.
    Trace,
}

/// A certificate and its key, in PEM files. Without them no listener can be under TLS.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    /// The chain, the broker's own certificate first.
    pub certificate: Option<PathBuf>,
    /// The key of the broker's own certificate.
    pub key: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads the certificate; `None` unless both files are named.
    ///
    /// # Errors
    /// As [`Certificate::read`].
    pub fn read(&self) -> Result<Option<Certificate>, CertificateError> {
        let (Some(chain), Some(key)) = (&self.certificate, &self.key) else { return Ok(None) };
        Certificate::read(chain, key).map(Some)
    }
}

impl Default for Settings {
    fn default() -> Self {
        let listen = ["ws://127.0.0.1:8083/mqtt", "mqtt://127.0.0.1:1883"];
        Self {
            listen: listen.into_iter().filter_map(|url| url.parse().ok()).collect(),
            data: None,
            users: None,
            metrics: None,
            log: LogLevel::default(),
            tls: TlsFiles::default(),
            core: Config { sys_interval: Some(Duration::from_secs(10)), ..Config::default() },
            shell: Limits::default(),
        }
    }
}

impl Settings {
    /// Applies a settings file; keys that it does not contain are left alone. `file` is its name in mistakes.
    ///
    /// # Errors
    /// All mistakes of the text. Nothing was applied.
    pub fn read(&mut self, file: &str, text: &str) -> Result<(), Mistakes> {
        let mut changed = self.clone();
        read::file(&mut changed, file, text)?;
        *self = changed;
        Ok(())
    }

    /// Applies one setting, given as `key=value`, such as `limits.queued_bytes=16 MiB`. The value is written as in the
    /// file; the quotes of a string may be omitted.
    ///
    /// # Errors
    /// The mistake. Nothing was applied.
    pub fn set(&mut self, assignment: &str) -> Result<(), Mistakes> {
        read::assignment(self, assignment)
    }

    /// All settings as a settings file with comments. Reading it gives the same settings.
    #[must_use]
    pub fn to_toml(&self) -> String {
        print::toml(self)
    }

    /// All keys as a Markdown table.
    #[must_use]
    pub fn table() -> String {
        print::markdown(&Self::default())
    }

    /// Makes a server with these settings: reads the certificate, opens the store and then binds the listeners.
    ///
    /// # Errors
    /// As [`Certificate::read`], [`Store::open`], [`Server::with_store`] and [`Server::listen`].
    pub fn bind(self) -> Result<Server, ServeError> {
        let listen = match self.tls.read()? {
            Some(certificate) => {
                self.listen.into_iter().map(|listen| listen.with_certificate(certificate.clone())).collect()
            }
            None => self.listen,
        };
        let mut server = Server::new(self.core).with_limits(self.shell);
        if let Some(folder) = self.data {
            server = server.with_store(Store::open(&folder)?)?;
        }
        if let Some(address) = self.metrics {
            server = server.with_metrics(address)?;
        }
        Ok(server.listen(&listen)?)
    }
}
