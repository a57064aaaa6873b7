//! Listening: what is bound, and why it cannot be.

use super::{CertificateError, listen::Listen};
use std::{fmt, io, net};

/// A server that cannot listen: where, and why.
#[derive(Debug)]
pub struct BindError {
    listen: Option<Listen>,
    cause: io::Error,
}

impl BindError {
    /// The runtime or its thread could not be started.
    pub(super) fn runtime(cause: io::Error) -> Self {
        Self { listen: None, cause }
    }
}

impl From<CertificateError> for BindError {
    fn from(error: CertificateError) -> Self {
        Self { listen: None, cause: io::Error::new(io::ErrorKind::InvalidInput, error) }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, cause } = self;
        match listen {
            Some(listen) => write!(f, "failed to listen on {listen}: ")?,
            None => f.write_str("failed to start the broker: ")?,
        }
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

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// The listener, with the port it really has.
pub(super) fn bind(listen: &Listen) -> Result<(Listen, net::TcpListener), BindError> {
    let bound = || {
        if listen.is_tls() && listen.certificate().is_none() {
            let why = "TLS needs a certificate and its key: tls.certificate and tls.key, or --cert and --key";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = net::TcpListener::bind((listen.host(), listen.port()))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok((listen.with_port(port), listener))
    };
    bound().map_err(|cause| BindError { listen: Some(listen.clone()), cause })
}
