//! The client certificate that the suite presents to brokers.

use std::{fmt, path::Path, sync::Arc};

use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use tokio_rustls::rustls::{Error, InconsistentKeys, crypto::ring, sign::CertifiedKey};

use super::trust::{TrustError, certificates, no_certificate, read};

/// A client certificate with its private key, for brokers that ask for one (mutual TLS). Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    /// The command-line arguments.
    arguments: Vec<String>,
}

impl Identity {
    /// Reads a certificate, which may be followed by those of the authorities that issued it, and its private key. Both
    /// files are PEM; without `key_file`, the key is in the file of the certificate.
    ///
    /// # Errors
    /// A file cannot be read, has no certificate or no key in it, or the key does not belong to the first certificate.
    pub fn read(file: &Path, key_file: Option<&Path>) -> Result<Self, TrustError> {
        let (name, key_name) = (file.display(), key_file.unwrap_or(file).display());
        let pem = read(file)?;
        let chain = certificates(file, &pem)?;
        if chain.is_empty() {
            return Err(no_certificate(file));
        }
        let key = match key_file {
            Some(key_file) => private_key(key_file, &read(key_file)?, ""),
            None => private_key(file, &pem, "; if it is in another file, name that with --key FILE"),
        }?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| {
            TrustError::new(match error {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => format!(
                    "the private key in {key_name} does not belong to the certificate in {name}, which must be the first \
                     one in its file"
                ),
                Error::InvalidCertificate(error) => format!("the certificate in {name} cannot be used ({error})"),
                error => format!("the private key in {key_name} cannot be used ({error}); RSA, ECDSA and Ed25519 can"),
            })
        })?;
        let mut arguments = vec!["--cert".to_owned(), name.to_string()];
        if key_file.is_some() {
            arguments.extend(["--key".to_owned(), key_name.to_string()]);
        }
        Ok(Self { key: Arc::new(key), arguments })
    }

    pub(super) fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// The command-line arguments.
    pub(super) fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

/// A private key is never shown.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.arguments.join(" "))
    }
}

/// The first private key in a PEM file; `hint` ends the message if there is none.
fn private_key(file: &Path, pem: &[u8], hint: &str) -> Result<PrivateKeyDer<'static>, TrustError> {
    let name = file.display();
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        let is_encrypted = String::from_utf8_lossy(pem).lines().any(|line| line.contains("ENCRYPTED"));
        TrustError::new(match is_encrypted {
            true => {
                format!("the private key in {name} is encrypted; write it in the clear with `openssl pkey -in {name}`")
            }
            false => format!("found no private key in {name}, expected -----BEGIN PRIVATE KEY-----{hint}"),
        })
    })
}
