//! Listening: what is bound, and why it cannot be.

use super::listen::Listen;
use std::{fmt, io, net};

/// A server that cannot listen: where, and why.
#[derive(Debug)]
pub struct BindError {
    listen: Listen,
    cause: io::Error,
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

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// The listener, with the port it really has.
pub(super) fn bind(listen: &Listen) -> Result<(Listen, net::TcpListener), BindError> {
    let bound = || {
        if !listen.can_handshake() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, NO_CERTIFICATE));
        }
        let listener = net::TcpListener::bind((listen.host(), listen.port()))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok((listen.with_port(port), listener))
    };
    bound().map_err(|cause| BindError { listen: listen.clone(), cause })
}

const NO_CERTIFICATE: &str = match cfg!(feature = "tls") {
    true => "TLS needs a certificate and its key: tls.certificate and tls.key, or --cert and --key",
    false => "this program was built without TLS",
};
