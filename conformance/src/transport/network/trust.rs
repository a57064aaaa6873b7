//! The certificates to trust for TLS.

use std::{
    fmt, fs,
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{self, CryptoProvider, ring},
};

/// The TLS certificates to trust. The default is those of the system. Cheap to clone.
#[derive(Clone, Default)]
pub struct Trust {
    /// What is accepted; `None` means what the authorities of the system have issued.
    acceptance: Option<Arc<Acceptance>>,
    /// The command-line arguments.
    arguments: Vec<String>,
}

impl Trust {
    /// Trusts the certificates in a PEM file, which may be those of authorities or of brokers.
    ///
    /// # Errors
    /// The file cannot be read or contains no certificate.
    pub fn authorities(file: &Path) -> Result<Self, TrustError> {
        let certificates = certificates(file, &read(file)?)?;
        let mut roots = RootCertStore::empty();
        let (usable, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if usable == 0 {
            return Err(no_certificate(file));
        }
        let acceptance = Acceptance::Known { authority: authority(roots), brokers: certificates };
        let arguments = vec!["--ca".to_owned(), file.display().to_string()];
        Ok(Self { acceptance: Some(Arc::new(acceptance)), arguments })
    }

    /// Accepts any certificate without verification.
    #[must_use]
    pub fn anyone() -> Self {
        Self { acceptance: Some(Arc::new(Acceptance::Anyone)), arguments: vec!["--insecure".to_owned()] }
    }

    /// The command-line arguments; none for the authorities of the system.
    pub(super) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// Whether any certificate is accepted.
    pub(super) fn accepts_anyone(&self) -> bool {
        matches!(self.acceptance.as_deref(), Some(Acceptance::Anyone))
    }

    /// Verifies the certificates of brokers.
    pub(super) fn verifier(&self, provider: Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier> {
        let acceptance = self.acceptance.as_ref().unwrap_or_else(|| SYSTEM.get_or_init(system));
        Arc::new(Verifier { acceptance: Arc::clone(acceptance), provider })
    }
}

/// Why certificates could not be read, as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustError(String);

impl TrustError {
    pub(super) fn new(why: String) -> Self {
        Self(why)
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TrustError {}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.acceptance.is_some() { "Trust(given)" } else { "Trust(system)" })
    }
}

/// The bytes of a file.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, TrustError> {
    fs::read(file).map_err(|error| TrustError(format!("cannot read {}: {error}", file.display())))
}

/// The certificates in a PEM file.
pub(super) fn certificates(file: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    certificates.map_err(|error| TrustError(format!("{} is not PEM: {error}", file.display())))
}

pub(super) fn no_certificate(file: &Path) -> TrustError {
    TrustError(format!("found no certificate in {}, expected -----BEGIN CERTIFICATE-----", file.display()))
}

/// The authorities of the system, read once when they are first needed.
static SYSTEM: OnceLock<Arc<Acceptance>> = OnceLock::new();

fn system() -> Arc<Acceptance> {
    let mut roots = RootCertStore::empty();
    // a system without authorities trusts no certificate; the error appears when a broker presents one
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(Acceptance::Known { authority: authority(roots), brokers: Vec::new() })
}

/// Returns `None` if there are no authorities.
fn authority(roots: RootCertStore) -> Option<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider())).build().ok()
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
    acceptance: Arc<Acceptance>,
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
        match &*self.acceptance {
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
