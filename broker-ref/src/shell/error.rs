//! [`ServeError`] and [`BindError`]: why a server did not start, or ended early.

#[cfg(feature = "tls")]
use super::CertificateError;
use super::{listen::Listen, metrics_address::MetricsAddress};
use crate::store::StoreError;
use std::{error::Error, fmt, io};

/// Why a server did not start, or ended early.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// It cannot listen.
    Bind(BindError),
    /// It cannot use its certificate.
    #[cfg(feature = "tls")]
    Certificate(CertificateError),
    /// It cannot serve metrics.
    Metrics {
        /// Where.
        address: MetricsAddress,
        /// What the operating system says.
        cause: io::Error,
    },
    /// It cannot start for another reason. No client was served.
    Start {
        /// What it failed to do: completes "cannot ...".
        action: &'static str,
        /// What the operating system says.
        cause: io::Error,
    },
    /// It ended while running, although it was not stopped and its store had not failed.
    Ended {
        /// What happened to it.
        cause: io::Error,
    },
    /// The store cannot be used, from the start or since a commit failed.
    Store(StoreError),
}

impl ServeError {
    /// For `map_err`: `action` completes "cannot ...".
    pub(super) fn start(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |cause| Self::Start { action, cause }
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            Self::Certificate(error) => error.fmt(f),
            Self::Metrics { address, cause } => write!(f, "failed to serve metrics on {address}: {cause}"),
            Self::Start { action, cause } => write!(f, "failed to start the broker: cannot {action}: {cause}"),
            Self::Ended { cause } => write!(f, "the broker ended while running: {cause}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Bind(error) => Some(error),
            #[cfg(feature = "tls")]
            Self::Certificate(error) => Some(error),
            Self::Metrics { cause, .. } | Self::Start { cause, .. } | Self::Ended { cause } => Some(cause),
            Self::Store(error) => Some(error),
        }
    }
}

impl From<BindError> for ServeError {
    fn from(error: BindError) -> Self {
        Self::Bind(error)
    }
}

#[cfg(feature = "tls")]
impl From<CertificateError> for ServeError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A server cannot listen: where, and why.
#[derive(Debug)]
pub struct BindError {
    pub(super) listen: Listen,
    pub(super) cause: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, cause } = self;
        write!(f, "failed to listen on {listen}: ")?;
        match cause.kind() {
            io::ErrorKind::AddrInUse => f.write_str("address already in use"),
            io::ErrorKind::AddrNotAvailable => f.write_str("no such address on this machine"),
            io::ErrorKind::PermissionDenied => {
                f.write_str("permission denied, ports below 1024 often need a privilege")
            }
            _ => write!(f, "{cause}"),
        }
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_to_start_differs_from_ending_while_running() {
        let cause = || io::Error::other("the reason");
        let not_started = ServeError::start("get random numbers")(cause());
        assert_eq!(not_started.to_string(), "failed to start the broker: cannot get random numbers: the reason");
        let ended = ServeError::Ended { cause: cause() };
        assert_eq!(ended.to_string(), "the broker ended while running: the reason");
    }
}
