//! The certificates to trust for TLS.

use std::{
    fmt, fs, io,
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
        client::{
            WebPkiServerVerifier,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        },
        crypto::{self, CryptoProvider, ring},
    },
};

use super::{Target, stream::Stream, tap::Tapped};
use crate::transport::{recognize, shown};

/// The TLS certificates to trust. The default is those of the system. Cheap to clone.
#[derive(Clone, Default)]
pub struct Trust {
    /// The configuration; `None` means the authorities of the system.
    config: Option<Arc<ClientConfig>>,
    /// The command-line arguments.
    arguments: String,
    anyone: bool,
}

impl Trust {
    /// Trusts the certificates in a PEM file, which may be those of authorities or of brokers.
    ///
    /// # Errors
    /// The file cannot be read or contains no certificate.
    pub fn authorities(file: &Path) -> Result<Self, TrustError> {
        let name = file.display();
        let pem = fs::read(file).map_err(|error| TrustError(format!("cannot read {name}: {error}")))?;
        let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| TrustError(format!("{name} is not PEM: {error}")))?;
        let mut roots = RootCertStore::empty();
        let (usable, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if usable == 0 {
            return Err(TrustError(format!("found no certificate in {name}, expected -----BEGIN CERTIFICATE-----")));
        }
        let config = config(Acceptance::Known { authority: authority(roots), brokers: certificates });
        Ok(Self { config: Some(config), arguments: format!(" --ca {name}"), anyone: false })
    }

    /// Accepts any certificate without verification.
    #[must_use]
    pub fn anyone() -> Self {
        Self { config: Some(config(Acceptance::Anyone)), arguments: " --insecure".to_owned(), anyone: true }
    }

    /// The command-line arguments, with a space before them; empty for the authorities of the system.
    pub(super) fn arguments(&self) -> &str {
        &self.arguments
    }

    /// Whether any certificate is accepted.
    pub(super) const fn accepts_anyone(&self) -> bool {
        self.anyone
    }

    /// Starts TLS on a connection.
    ///
    /// # Errors
    /// The certificate is not trusted, or the peer does not speak TLS. The text is a sentence for people.
    pub(super) async fn secure(&self, target: &Target, stream: TcpStream) -> Result<Stream, String> {
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| format!("{target}: a certificate cannot be issued for this host name"))?;
        let config = self.config.as_ref().unwrap_or_else(|| SYSTEM.get_or_init(system));
        let connector = TlsConnector::from(Arc::clone(config));
        let (stream, first) = Tapped::new(stream);
        let connected = connector.connect(name, stream).await;
        let stream = connected.map_err(|error| without_handshake(target, &error, &first.get()))?;
        Ok(Box::new(stream))
    }
}

fn without_handshake(target: &Target, error: &io::Error, first: &[u8]) -> String {
    match error.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => format!(
            "the certificate of {target} is of no authority that is trusted: name the authority with --ca FILE, or \
             accept any certificate with --insecure"
        ),
        // an authority that shows itself as a broker, as `openssl req -x509` makes it
        Some(Error::InvalidCertificate(CertificateError::Other(other)))
            if other.to_string().contains("CaUsedAsEndEntity") =>
        {
            format!(
                "the certificate of {target} is self-signed; trust it with --ca FILE, or accept any certificate with --insecure"
            )
        }
        Some(Error::InvalidCertificate(error)) => {
            format!(
                "the certificate of {target} is not accepted ({error}); --ca trusts it, and --insecure accepts any certificate"
            )
        }
        Some(Error::InvalidMessage(_)) => match recognize(first) {
            Some(what) => format!("{target} does not answer with TLS: it sent {what}"),
            None => format!("{target} does not answer with TLS ({}); {}", shown(first), target.advice()),
        },
        Some(error) => format!("the TLS handshake with {target} failed: {error}; {}", target.advice()),
        None => format!("{target} ended the connection during the TLS handshake ({error}); {}", target.advice()),
    }
}

/// Why certificates could not be read, as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustError(String);

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TrustError {}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.config.is_some() { "Trust(given)" } else { "Trust(system)" })
    }
}

/// The authorities of the system, read once when they are first needed.
static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();

fn system() -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    // a system without authorities trusts no certificate; the error appears when a broker presents one
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    config(Acceptance::Known { authority: authority(roots), brokers: Vec::new() })
}

/// Returns `None` if there are no authorities.
fn authority(roots: RootCertStore) -> Option<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider())).build().ok()
}

fn config(acceptance: Acceptance) -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier { acceptance, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(tokio_rustls::rustls::DEFAULT_VERSIONS)
        .expect("the provider knows TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Arc::new(config)
}

#[derive(Debug)]
enum Acceptance {
    Anyone,
    Known {
        authority: Option<Arc<WebPkiServerVerifier>>,
        /// Certificates accepted as they are. `openssl req -x509` creates an authority, which by the rules cannot be a
        /// broker's certificate.
        brokers: Vec<CertificateDer<'static>>,
    },
}

#[derive(Debug)]
struct Verifier {
    acceptance: Acceptance,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.acceptance {
            Acceptance::Anyone => Ok(ServerCertVerified::assertion()),
            Acceptance::Known { brokers, .. } if brokers.contains(own) => Ok(ServerCertVerified::assertion()),
            Acceptance::Known { authority: Some(authority), .. } => {
                authority.verify_server_cert(own, others, name, ocsp, now)
            }
            Acceptance::Known { authority: None, .. } => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, own, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, own, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
