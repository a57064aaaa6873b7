//! A way for bytes to a broker and back: TCP, or TLS over it.

use std::io;

use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::rustls::{CertificateError, Error};

use super::{LinkError, Target};

/// Plain or under TLS.
pub(super) type Stream = Box<dyn Duplex>;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// Connects; also gives a second handle to the same socket.
///
/// # Errors
/// Nobody answers, or under TLS not somebody who is trusted.
pub(super) async fn connect(target: &Target) -> Result<(Stream, std::net::TcpStream), LinkError> {
    let unreachable =
        |error: io::Error| refused(format!("cannot connect to {target}: {error}; is the broker running there?"));
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let raw = socket2::SockRef::from(&stream).try_clone().map_err(unreachable)?.into();
    if !target.tls {
        return Ok((Box::new(stream), raw));
    }
    let name = ServerName::try_from(target.host.clone())
        .map_err(|_| refused(format!("{target}: the host is no name that a certificate can hold")))?;
    let stream = target.trust.connector().connect(name, stream).await;
    let stream = stream.map_err(|error| refused(without_handshake(target, &error)))?;
    Ok((Box::new(stream), raw))
}

fn refused(why: String) -> LinkError {
    LinkError { why, answered: false, is_silence: false }
}

fn without_handshake(target: &Target, error: &io::Error) -> String {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => format!(
            "the certificate of {target} is of no authority that is trusted: name the authority with --ca FILE, or \
             accept any certificate with --insecure"
        ),
        Some(Error::InvalidCertificate(error)) => {
            format!("the certificate of {target} is not accepted ({error}): accept any certificate with --insecure")
        }
        Some(Error::InvalidMessage(_)) => format!("{target} does not answer with TLS: is this the TLS port?"),
        Some(error) => format!("{target} and the suite find no common TLS: {error}"),
        None => format!("{target} ends the connection during the TLS handshake ({error}): is this the TLS port?"),
    }
}
