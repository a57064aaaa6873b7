//! What the suite knows of TLS without the feature `tls`: that it is missing.

use std::{convert::Infallible, fmt};

use tokio::net::TcpStream;

use super::{Target, stream::Stream};

/// Whose certificate is accepted; without the feature `tls` nobody's.
#[derive(Debug, Clone, Default)]
pub struct Trust(());

/// Why certificates could not be read; without the feature `tls` none are.
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
        Err(format!("{target} is under TLS, and mqttspec was built without the feature `tls`"))
    }
}
