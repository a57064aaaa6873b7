//! What reaches a broker beside its URL, and who sees that.

use std::sync::Arc;

use super::{
    Header, Target, Trust,
    wire::{Watchers, Wire},
};

/// The certificates to trust, the headers of the WebSocket handshake, and who sees what connections carry.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    pub(super) trust: Trust,
    pub(super) headers: Vec<Header>,
    pub(super) watchers: Watchers,
}

impl Access {
    pub(super) const fn accepts_anyone(&self) -> bool {
        self.trust.accepts_anyone()
    }

    /// The command-line arguments that reach the target.
    pub(super) fn arguments(&self, target: &Target) -> String {
        let trust = if target.tls { self.trust.arguments() } else { "" };
        let headers = self.headers.iter().filter(|_| target.is_websocket());
        // the value may be a secret
        let headers: String = headers.map(|header| format!(" --header '{}: ***'", header.name())).collect();
        format!("{trust}{headers}")
    }
}

impl Target {
    /// Sets the TLS certificates to trust. The default is those of the authorities that the system trusts.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        self.access.trust = trust;
        self
    }

    /// Lets somebody see what all connections carry.
    #[must_use]
    pub fn watched(mut self, wire: Arc<dyn Wire>) -> Self {
        self.access.watchers = Watchers::new(wire);
        self
    }

    /// Sets the headers that every WebSocket handshake has beside its own. TCP has none.
    #[must_use]
    pub fn headers(mut self, headers: Vec<Header>) -> Self {
        self.access.headers = headers;
        self
    }
}
