//! Binding a listener.

use super::{error::BindError, listen::Listen};
use std::{io, net};

/// The listener, with its actual port.
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
