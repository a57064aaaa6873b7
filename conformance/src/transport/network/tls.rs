//! TLS: the handshake, and why it failed.

use std::{
    fmt, io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        AlertDescription, CertificateError, ClientConfig, DEFAULT_VERSIONS, Error, SignatureScheme,
        client::ResolvesClientCert, crypto::ring, sign::CertifiedKey,
    },
};

use super::{Target, TargetError, stream::Stream, tap::Tapped};
pub use super::{
    identity::Identity,
    trust::{Trust, TrustError},
};
use crate::transport::{recognize, shown};

/// How TLS is used with a broker. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Tls {
    trust: Trust,
    identity: Option<Identity>,
    /// The name of the broker, instead of the host in its URL.
    server_name: Option<ServerName<'static>>,
    /// The application protocols that are offered, the preferred one first.
    alpn: Vec<String>,
    /// Made when it is first needed, so that all connections share their TLS sessions.
    prepared: Arc<OnceLock<Prepared>>,
}

struct Prepared {
    config: Arc<ClientConfig>,
    presenter: Arc<Presenter>,
}

impl Tls {
    pub(super) fn trusting(self, trust: Trust) -> Self {
        Self { trust, prepared: Arc::default(), ..self }
    }

    pub(super) fn presenting(self, identity: Identity) -> Self {
        Self { identity: Some(identity), prepared: Arc::default(), ..self }
    }

    pub(super) fn named(self, name: &str) -> Result<Self, TargetError> {
        let server_name = ServerName::try_from(name.to_owned());
        let server_name = server_name.map_err(|_| {
            TargetError::new(format!(
                "`{name}` is no name of a server, expected a host name such as broker.example.com"
            ))
        })?;
        Ok(Self { server_name: Some(server_name), ..self })
    }

    pub(super) fn offering(self, alpn: Vec<String>) -> Result<Self, TargetError> {
        if let Some(wrong) = alpn.iter().find(|name| !(1..=MOST_ALPN).contains(&name.len())) {
            let why =
                format!("`{wrong}` is no name of an ALPN protocol, expected 1 to {MOST_ALPN} bytes such as `mqtt`");
            return Err(TargetError::new(why));
        }
        Ok(Self { alpn, prepared: Arc::default(), ..self })
    }

    pub(super) fn accepts_anyone(&self) -> bool {
        self.trust.accepts_anyone()
    }

    /// The command-line arguments.
    pub(super) fn arguments(&self) -> Vec<String> {
        let identity = self.identity.iter().flat_map(Identity::arguments);
        let mut arguments: Vec<String> = self.trust.arguments().iter().chain(identity).cloned().collect();
        if let Some(name) = &self.server_name {
            arguments.extend(["--server-name".to_owned(), name.to_str().into_owned()]);
        }
        arguments.extend(self.alpn.iter().flat_map(|name| ["--alpn".to_owned(), name.clone()]));
        arguments
    }

    /// Starts TLS on a connection.
    ///
    /// # Errors
    /// The certificate is not trusted, or the peer does not speak TLS. The text is a sentence for people.
    pub(super) async fn secure(&self, target: &Target, stream: TcpStream) -> Result<Stream, String> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => ServerName::try_from(target.host.clone()).map_err(|_| {
                format!("{target}: a certificate cannot be issued for this host name; give another with --server-name")
            })?,
        };
        let connector = TlsConnector::from(Arc::clone(&self.prepared().config));
        let (stream, first) = Tapped::new(stream);
        let connected = connector.connect(name, stream).await;
        let stream = connected.map_err(|error| self.without_handshake(target, &error, &first.get()))?;
        Ok(Box::new(stream))
    }

    /// Why the broker refuses TLS, if this error says so, as a fragment that follows the broker's name. With TLS 1.3, that
    /// comes after the handshake.
    pub(super) fn refusal(&self, error: &io::Error) -> Option<String> {
        let Some(Error::AlertReceived(alert)) = error.get_ref()?.downcast_ref::<Error>() else { return None };
        let asked = self.prepared.get().is_some_and(|prepared| prepared.presenter.was_asked());
        let given = self.identity.is_some();
        let presented = self.identity.iter().flat_map(|identity| identity.arguments().get(1)).next();
        let why = match alert {
            AlertDescription::NoApplicationProtocol => {
                return Some(match self.alpn.is_empty() {
                    true => {
                        "requires an application protocol (TLS alert no_application_protocol); give it with --alpn, \
                             such as --alpn mqtt"
                            .to_owned()
                    }
                    false => format!(
                        "knows no application protocol of --alpn {} (TLS alert no_application_protocol)",
                        self.alpn.join(" --alpn ")
                    ),
                });
            }
            AlertDescription::UnrecognisedName => {
                let why =
                    "serves no host of this name (TLS alert unrecognized_name); give another with --server-name NAME";
                return Some(why.to_owned());
            }
            AlertDescription::CertificateRequired if given => "it takes none of this kind",
            AlertDescription::CertificateRequired => return Some(required("certificate_required")),
            AlertDescription::HandshakeFailure if asked && !given => return Some(required("handshake_failure")),
            AlertDescription::BadCertificate if asked && !given => return Some(required("bad_certificate")),
            AlertDescription::UnknownCA => "it does not know the authority that issued it",
            AlertDescription::CertificateExpired => "it has expired",
            AlertDescription::CertificateRevoked => "it was revoked",
            AlertDescription::AccessDenied => "its owner has no access",
            AlertDescription::UnsupportedCertificate => "the broker does not support its kind",
            AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::DecryptError
            | AlertDescription::HandshakeFailure => "it is not acceptable",
            _ => return None,
        };
        let presented = presented.filter(|_| asked)?;
        let alert = name(*alert);
        Some(format!("refuses the client certificate in {presented}: {why} (TLS alert {alert})"))
    }

    fn prepared(&self) -> &Prepared {
        self.prepared.get_or_init(|| {
            let provider = Arc::new(ring::default_provider());
            let key = self.identity.as_ref().map(Identity::key);
            let presenter = Arc::new(Presenter { key, asked: AtomicBool::new(false) });
            let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_protocol_versions(DEFAULT_VERSIONS)
                .expect("the provider knows TLS 1.2 and 1.3")
                .dangerous()
                .with_custom_certificate_verifier(self.trust.verifier(provider))
                .with_client_cert_resolver(Arc::<Presenter>::clone(&presenter));
            config.alpn_protocols = self.alpn.iter().map(|name| name.clone().into_bytes()).collect();
            Prepared { config: Arc::new(config), presenter }
        })
    }

    fn without_handshake(&self, target: &Target, error: &io::Error, first: &[u8]) -> String {
        if let Some(refusal) = self.refusal(error) {
            return format!("{target} {refusal}");
        }
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
                    "the certificate of {target} is self-signed; trust it with --ca FILE, or accept any certificate with \
                     --insecure"
                )
            }
            Some(Error::InvalidCertificate(
                error @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
            )) => {
                format!(
                    "the certificate of {target} is not accepted ({error}); --server-name gives the name in it, --ca \
                     trusts it, and --insecure accepts any certificate"
                )
            }
            Some(Error::InvalidCertificate(error)) => {
                format!(
                    "the certificate of {target} is not accepted ({error}); --ca trusts it, and --insecure accepts any \
                     certificate"
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
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trust, identity, server_name, alpn, prepared: _ } = self;
        f.debug_struct("Tls")
            .field("trust", trust)
            .field("identity", identity)
            .field("server_name", server_name)
            .field("alpn", alpn)
            .finish()
    }
}

/// Presents the client certificate, if there is one, and remembers whether the broker asked for it.
#[derive(Debug)]
struct Presenter {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl Presenter {
    fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

fn required(alert: &str) -> String {
    format!("requires a client certificate (TLS alert {alert}); give one with --cert FILE and --key FILE")
}

/// The name of an alert about a certificate in RFC 8446 section 6.2.
const fn name(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::HandshakeFailure => "handshake_failure",
        AlertDescription::BadCertificate => "bad_certificate",
        AlertDescription::UnsupportedCertificate => "unsupported_certificate",
        AlertDescription::CertificateRevoked => "certificate_revoked",
        AlertDescription::CertificateExpired => "certificate_expired",
        AlertDescription::CertificateUnknown => "certificate_unknown",
        AlertDescription::UnknownCA => "unknown_ca",
        AlertDescription::AccessDenied => "access_denied",
        AlertDescription::DecryptError => "decrypt_error",
        AlertDescription::CertificateRequired => "certificate_required",
        _ => "of another kind",
    }
}

/// The most bytes of the name of a protocol (RFC 7301 section 3.1).
const MOST_ALPN: usize = 255;
