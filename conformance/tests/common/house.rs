//! Certificates for a test.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

/// An authority, and a broker's certificate for 127.0.0.1: `authority.pem`, `cert.pem`, `key.pem`.
pub(crate) struct House {
    folder: TempDir,
    issuer: rcgen::CertifiedIssuer<'static, rcgen::KeyPair>,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        // a unique name, because authorities with the same name differ only in their signatures
        parameters.distinguished_name.push(rcgen::DnType::CommonName, folder.path().display().to_string());
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = rcgen::CertifiedIssuer::self_signed(parameters, rcgen::KeyPair::generate().unwrap()).unwrap();
        let house = Self { folder, issuer };
        fs::write(house.path("authority.pem"), house.issuer.pem()).unwrap();
        house.issue("127.0.0.1", "cert.pem", "key.pem");
        house
    }

    /// Writes a certificate for that name, and its key.
    pub(crate) fn issue(&self, name: &str, file: &str, key_file: &str) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        parameters.use_authority_key_identifier_extension = true;
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.path(file), certificate.pem()).unwrap();
        fs::write(self.path(key_file), key.serialize_pem()).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}
