//! [`Certificate`]: the certificate chain of the broker and its key.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, ServerName, UnixTime,
    pem::{self, PemObject},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, RootCertStore, ServerConfig,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier},
        crypto::ring,
    },
};

/// A certificate chain with the key of its first certificate, ready for TLS 1.2 and 1.3.
///
/// Cheap to clone. Only clones of one another are equal. The key is never shown.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    out_of_date: Option<&'static str>,
}

impl Certificate {
    /// Reads PEM files. The chain begins with the broker's own certificate; the key is PKCS #8, PKCS #1 or SEC 1,
    /// without a password.
    ///
    /// # Errors
    /// When a file cannot be read or contains something else, or the key does not belong to the certificate.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|error| CertificateError { path: path.to_owned(), fault: Fault::Unreadable(error) })
        };
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |fault| CertificateError { path, fault }
        };
        let certificates = certificates(&read(chain)?).map_err(fault(chain))?;
        let private_key = private_key(&read(key)?).map_err(fault(key))?;
        Self::new(certificates, private_key).map_err(|unfit| match unfit {
            rustls::Error::InconsistentKeys(_) => fault(key)(Fault::OtherKey(chain.to_owned())),
            rustls::Error::InvalidCertificate(_) => fault(chain)(Fault::Unfit(unfit)),
            _ => fault(key)(Fault::Unfit(unfit)),
        })
    }

    pub(super) fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, rustls::Error> {
        let out_of_date = chain.first().and_then(out_of_date);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Self { config: Arc::new(config), out_of_date })
    }

    /// "has expired" or "is not yet valid", as of the time when it was read; absent when it is in its time.
    #[must_use]
    pub fn out_of_date(&self) -> Option<&'static str> {
        self.out_of_date
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("out_of_date", &self.out_of_date).finish_non_exhaustive()
    }
}

/// Files do not contain a certificate and its key: which, and why.
#[derive(Debug)]
pub struct CertificateError {
    path: PathBuf,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Unreadable(io::Error),
    NotPem(pem::Error),
    NoCertificate,
    NoKey,
    EncryptedKey,
    /// It is not the key of the certificate in that file.
    OtherKey(PathBuf),
    Unfit(rustls::Error),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.fault {
            Fault::Unreadable(error) => write!(f, "cannot read {path}: {error}"),
            Fault::NotPem(error) => write!(f, "{path} is not PEM: {error}"),
            Fault::NoCertificate => write!(f, "no certificate in {path}, expected -----BEGIN CERTIFICATE-----"),
            Fault::NoKey => write!(f, "no private key in {path}, expected -----BEGIN PRIVATE KEY-----"),
            Fault::EncryptedKey => {
                write!(f, "the private key in {path} has a password; remove it with `openssl pkey -in {path}`")
            }
            Fault::OtherKey(chain) => {
                write!(f, "the private key in {path} does not belong to the first certificate in {}", chain.display())
            }
            Fault::Unfit(error) => write!(f, "cannot use {path} for TLS: {error}"),
        }
    }
}

impl std::error::Error for CertificateError {}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(Fault::NotPem)?;
    if chain.is_empty() { Err(Fault::NoCertificate) } else { Ok(chain) }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Fault> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        pem::Error::NoItemsFound if pem.windows(ENCRYPTED.len()).any(|text| text == ENCRYPTED) => Fault::EncryptedKey,
        pem::Error::NoItemsFound => Fault::NoKey,
        error => Fault::NotPem(error),
    })
}

/// Asks the verifier that clients use, and considers only its errors about time, which it checks first.
fn out_of_date(certificate: &CertificateDer<'static>) -> Option<&'static str> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).ok()?;
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    let name = ServerName::try_from("localhost").ok()?;
    let Err(rustls::Error::InvalidCertificate(error)) =
        verifier.verify_server_cert(certificate, &[], &name, &[], UnixTime::now())
    else {
        return None;
    };
    match error {
        rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. } => Some("has expired"),
        rustls::CertificateError::NotValidYet | rustls::CertificateError::NotValidYetContext { .. } => {
            Some("is not yet valid")
        }
        _ => None,
    }
}

const ENCRYPTED: &[u8] = b"ENCRYPTED PRIVATE KEY-----";
