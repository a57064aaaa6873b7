//! The stand-in for TLS without the feature `tls`.

use std::{convert::Infallible, fmt};

use tokio::net::TcpStream;

use super::{Target, stream::Stream};

/// The TLS certificates to trust; without the feature `tls`, none.
#[derive(Debug, Clone, Default)]
pub struct Trust(());

/// Why certificates could not be read; without the feature `tls`, this never happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustError(Infallible);

impl fmt::Display for TrustError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl std::error::Error for TrustError {}

impl Trust {
    pub(super) const fn arguments(&self) -> &str {
        ""
    }

    pub(super) const fn accepts_anyone(&self) -> bool {
        false
    }

    pub(super) async fn secure(&self, target: &Target, _: TcpStream) -> Result<Stream, String> {
        Err(format!("{target} needs TLS, but mqttspec was built without the feature `tls`"))
    }
}
