//! [`Reloader`]: what a running server takes over without a restart.

#[cfg(feature = "tls")]
use super::certificate::Certificate;
use crate::core::Access;
use tokio::sync::mpsc::UnboundedSender;

/// What a running server is to take over. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Reload {
    /// Who may connect, publish and subscribe: [`Broker::set_access`](crate::core::Broker::set_access).
    pub access: Option<Access>,
    /// For new connections to listeners under TLS. Open connections keep the one that they have seen.
    #[cfg(feature = "tls")]
    pub certificate: Option<Certificate>,
}

/// Reaches a server while it runs, from any thread.
#[derive(Debug, Clone)]
pub struct Reloader(pub(super) UnboundedSender<Reload>);

impl Reloader {
    /// Asks the server to take this over. Does nothing if the server has ended.
    pub fn reload(&self, reload: Reload) {
        let _ = self.0.send(reload);
    }
}
