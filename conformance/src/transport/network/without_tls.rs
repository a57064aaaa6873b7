//! The stand-in for TLS without the feature `tls`.

use std::{convert::Infallible, fmt};

#[cfg(not(target_family = "wasm"))]
use tokio::net::TcpStream;

use super::TargetError;
#[cfg(not(target_family = "wasm"))]
use super::{Target, stream::Stream};

/// The TLS certificates to trust; without the feature `tls`, none.
#[derive(Debug, Clone, Default)]
pub struct Trust(());

/// A client certificate; without the feature `tls`, there is none.
#[derive(Debug, Clone)]
pub struct Identity(Infallible);

/// Why certificates could not be read; without the feature `tls`, this never happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustError(Infallible);

impl fmt::Display for TrustError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl std::error::Error for TrustError {}

/// How TLS is used with a broker: not at all.
#[derive(Debug, Clone, Default)]
pub(super) struct Tls(());

impl Tls {
    pub(super) fn trusting(self, _: Trust) -> Self {
        self
    }

    pub(super) fn presenting(self, identity: Identity) -> Self {
        match identity.0 {}
    }

    pub(super) fn named(self, _: &str) -> Result<Self, TargetError> {
        Err(TargetError::new(format!("a server name is for TLS, but {WITHOUT}")))
    }

    pub(super) fn offering(self, alpn: Vec<String>) -> Result<Self, TargetError> {
        match alpn.is_empty() {
            true => Ok(self),
            false => Err(TargetError::new(format!("ALPN is for TLS, but {WITHOUT}"))),
        }
    }

    pub(super) const fn arguments(&self) -> Vec<String> {
        Vec::new()
    }

    pub(super) const fn accepts_anyone(&self) -> bool {
        false
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) const fn refusal(&self, _: &std::io::Error) -> Option<String> {
        None
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) async fn secure(&self, target: &Target, _: TcpStream) -> Result<Stream, String> {
        Err(format!("{target} needs TLS, but {WITHOUT}"))
    }
}

const WITHOUT: &str = "mqttspec was built without the feature `tls`";
