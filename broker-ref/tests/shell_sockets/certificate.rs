//! Certificates and keys from files: what is refused, and what is only remarked on.

use mqttspec_broker::{
    core::Config,
    shell::{Certificate, Server},
};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

#[test]
fn key_of_another_certificate_is_refused() {
    let folder = Folder::new(|_| {});
    folder.write("other.pem", &rcgen::KeyPair::generate().unwrap().serialize_pem());
    let error = folder.refused("cert.pem", "other.pem");
    assert!(error.contains("other.pem does not belong to the first certificate in "), "{error}");
}

#[test]
fn file_without_its_content_is_refused() {
    let folder = Folder::new(|_| {});
    folder.write("empty.pem", "");
    folder.write("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    folder.write("no-der.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    folder.write("no-key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    folder.write("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    for (chain, key, starts, contains) in [
        ("missing.pem", "key.pem", "cannot read ", "missing.pem: No such file"),
        ("cert.pem", "missing.pem", "cannot read ", "missing.pem: No such file"),
        ("empty.pem", "key.pem", "no certificate in ", "empty.pem"),
        ("key.pem", "cert.pem", "no certificate in ", "key.pem"),
        ("cert.pem", "cert.pem", "no private key in ", "cert.pem"),
        ("cut.pem", "key.pem", "", "cut.pem is not PEM: "),
        ("no-der.pem", "key.pem", "cannot use ", "no-der.pem for TLS: "),
        ("cert.pem", "no-key.pem", "cannot use ", "no-key.pem for TLS: "),
        ("cert.pem", "locked.pem", "the private key in ", "has a password"),
    ] {
        let error = folder.refused(chain, key);
        assert!(error.starts_with(starts) && error.contains(contains), "{chain} {key}: {error}");
    }
}

#[test]
fn one_file_may_hold_both() {
    let folder = Folder::new(|_| {});
    let both = ["key.pem", "cert.pem"].map(|name| fs::read_to_string(folder.path(name)).unwrap()).concat();
    folder.write("both.pem", &both);
    folder.read("both.pem", "both.pem").unwrap();
}

#[test]
fn expired_certificate_is_only_a_warning() {
    let cases = [(1999, 2000, Some("has expired")), (1999, 3000, None), (2999, 3000, Some("is not yet valid"))];
    for (from, until, remark) in cases {
        let folder = Folder::new(|parameters| {
            parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        });
        assert_eq!(folder.read("cert.pem", "key.pem").unwrap().out_of_date(), remark);
    }
}

#[test]
fn certificate_authority_is_within_its_validity() {
    // What `openssl req -x509` makes unless told otherwise.
    let folder = Folder::new(|parameters| {
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    assert_eq!(folder.read("cert.pem", "key.pem").unwrap().out_of_date(), None);
}

#[test]
fn key_is_never_shown() {
    let folder = Folder::new(|_| {});
    let shown = format!("{:?}", folder.read("cert.pem", "key.pem").unwrap());
    assert_eq!(shown, "Certificate { out_of_date: None, .. }");
}

#[test]
fn listener_under_tls_needs_a_certificate() {
    for url in ["wss://127.0.0.1:0/mqtt", "mqtts://127.0.0.1:0"] {
        let error = Server::bind(Config::default(), &[url.parse().unwrap()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "failed to listen on {url}: TLS needs a certificate and its key: tls.certificate and tls.key, or --cert and --key"
            )
        );
    }
}

struct Folder(TempDir);

impl Folder {
    /// With a certificate that signs itself in `cert.pem`, and its key in `key.pem`.
    fn new(change: impl FnOnce(&mut rcgen::CertificateParams)) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        change(&mut parameters);
        let key = rcgen::KeyPair::generate().unwrap();
        folder.write("cert.pem", &parameters.self_signed(&key).unwrap().pem());
        folder.write("key.pem", &key.serialize_pem());
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, chain: &str, key: &str) -> Result<Certificate, String> {
        Certificate::read(&self.path(chain), &self.path(key)).map_err(|error| error.to_string())
    }

    fn refused(&self, chain: &str, key: &str) -> String {
        self.read(chain, key).unwrap_err()
    }
}
