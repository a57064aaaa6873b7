//! MQTT under TLS, over both transports.

use crate::client::{CONNACK, PINGREQ, PINGRESP, SUBACK, Tcp, Ws, connect, publish, socket, subscribe};
use mqttspec_broker::{
    core::Config,
    shell::{Certificate, Embedded, Limits, Listen, Reload},
};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, ClientConnection, Error, ProtocolVersion, RootCertStore, StreamOwned,
    SupportedProtocolVersion, crypto::ring, pki_types::CertificateDer, version,
};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[test]
fn connect_is_answered_over_both_transports_in_both_versions_of_tls() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    for (version, name) in [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)] {
        let mut tcp = Tcp::over(authority.encrypt(&broker.urls()[0], version));
        tcp.send(&connect("t"));
        tcp.expect(&CONNACK);
        assert_eq!(tcp.0.conn.protocol_version(), Some(name));
        let url = &broker.urls()[1];
        let mut websocket = Ws::over(authority.encrypt(url, version), url, "mqtt");
        websocket.send(&connect("w"));
        websocket.expect(&CONNACK);
    }
}

#[test]
fn large_message_arrives_whole() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    let url = &broker.urls()[1];
    let mut subscriber = Ws::over(authority.encrypt(url, &version::TLS13), url, "mqtt");
    subscriber.send(&[connect("s"), subscribe("t")].concat());
    subscriber.expect(&CONNACK);
    subscriber.expect(&SUBACK);
    let mut publisher = Tcp::over(authority.encrypt(&broker.urls()[0], &version::TLS13));
    publisher.send(&[connect("p"), subscribe("t")].concat());
    publisher.expect(&CONNACK);
    publisher.expect(&SUBACK);
    let message = publish("t", &(0..500_000).map(|at: u32| at as u8).collect::<Vec<_>>());
    publisher.send(&message);
    subscriber.expect(&message);
    publisher.expect(&message);
}

#[test]
fn one_byte_in_each_record() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    let mut client = Tcp::over(authority.encrypt(&broker.urls()[0], &version::TLS13));
    for packet in [connect("a"), PINGREQ.to_vec()] {
        packet.iter().for_each(|byte| client.send(&[*byte]));
    }
    client.expect(&CONNACK);
    client.expect(&PINGRESP);
}

#[test]
fn end_of_connection_sends_close_notify() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    let mut tcp = Tcp::over(authority.encrypt(&broker.urls()[0], &version::TLS13));
    tcp.send(&connect("a"));
    // Packet type 0 is forbidden: the broker closes, and leaves what follows unread.
    tcp.send(&vec![0; 100_000]);
    // Without close_notify this is an error: an attacker may have cut the connection.
    assert_eq!(tcp.rest(), CONNACK);
    let url = &broker.urls()[1];
    let mut websocket = Ws::over(authority.encrypt(url, &version::TLS12), url, "mqtt");
    websocket.send(&[0, 0]);
    assert_eq!(websocket.expect_close(), CloseCode::Normal);
}

#[test]
fn stop_sends_close_notify() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    let mut tcp = Tcp::over(authority.encrypt(&broker.urls()[0], &version::TLS13));
    tcp.send(&connect("a"));
    tcp.expect(&CONNACK);
    drop(broker);
    // Without close_notify this is an error.
    assert_eq!(tcp.rest(), []);
}

#[test]
fn client_with_another_authority_fails_without_affecting_others() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    let mut stranger = Authority::new().encrypt(&broker.urls()[0], &version::TLS13);
    let error = stranger.write_all(&connect("a")).unwrap_err();
    let error = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    assert!(
        matches!(
            error,
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature))
        ),
        "{error:?}"
    );
    let mut friend = Tcp::over(authority.encrypt(&broker.urls()[0], &version::TLS13));
    friend.send(&connect("a"));
    friend.expect(&CONNACK);
}

#[test]
fn plaintext_is_answered_with_an_alert() {
    let authority = Authority::new();
    let broker = authority.broker(Limits::default());
    for url in broker.urls() {
        for plaintext in [connect("a"), b"GET /mqtt HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()] {
            let mut plain = Tcp(socket(url));
            plain.send(&plaintext);
            let alert = plain.rest();
            // RFC 8446, section 6: content type 21, fatal
            assert!(matches!(alert[..], [21, 3, _, 0, 2, 2, _]), "{alert:?}");
        }
    }
}

#[test]
fn tls_on_a_plain_port_is_refused() {
    let authority = Authority::new();
    let plain = crate::client::broker();
    let mut client = authority.encrypt(&plain.urls()[0], &version::TLS13);
    assert!(client.write_all(&connect("a")).is_err());
}

#[test]
fn handshake_has_a_time_limit_and_counts_as_a_connection() {
    let authority = Authority::new();
    let mut limits = Limits::default();
    limits.connections = 1;
    let broker = authority.broker(limits.clone());
    // The start of a ClientHello.
    let start = [22, 3, 1, 2, 0, 1];
    let mut stalls = socket(&broker.urls()[0]);
    stalls.write_all(&start).unwrap();
    assert_eq!(socket(&broker.urls()[0]).read(&mut [0]).unwrap(), 0, "the only seat is taken");
    limits.handshake = Duration::from_millis(1);
    let broker = authority.broker(limits);
    for url in broker.urls() {
        let mut stalls = socket(url);
        stalls.write_all(&start).unwrap();
        match stalls.read(&mut [0]) {
            Ok(len) => assert_eq!(len, 0),
            // The limit was over before the bytes were read.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

#[test]
fn another_certificate_is_for_new_connections() {
    let (before, after) = (Authority::new(), Authority::new());
    let broker = before.broker(Limits::default());
    let mut old = Tcp::over(before.encrypt(&broker.urls()[0], &version::TLS13));
    old.send(&connect("old"));
    old.expect(&CONNACK);
    let mut reload = Reload::default();
    reload.certificate = Some(after.certificate());
    broker.reloader().reload(reload);
    // the first handshakes may still be with the old one
    let trusts = |url: &Listen| after.encrypt(url, &version::TLS13).write_all(&connect("new")).is_ok();
    for url in broker.urls() {
        assert!((0..1000).any(|_| trusts(url)), "{url}");
    }
    old.send(&PINGREQ);
    old.expect(&PINGRESP);
}

/// Who signed the certificate of the broker.
struct Authority {
    folder: TempDir,
    root: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = rcgen::CertifiedIssuer::self_signed(parameters, rcgen::KeyPair::generate().unwrap()).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let names = ["127.0.0.1".to_owned()];
        let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cert.pem"), certificate.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self { folder, root: issuer.der().clone() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn certificate(&self) -> Certificate {
        Certificate::read(&self.file("cert.pem"), &self.file("key.pem")).unwrap()
    }

    /// TCP first, then WebSocket.
    fn broker(&self, limits: Limits) -> Embedded {
        let certificate = self.certificate();
        let listeners = ["mqtts://127.0.0.1:0", "wss://127.0.0.1:0/mqtt"]
            .map(|url| url.parse::<Listen>().unwrap().with_certificate(certificate.clone()));
        Embedded::start_with_limits(Config::default(), &listeners, limits).unwrap()
    }

    /// A client that trusts this authority. The handshake is made with the first bytes.
    fn encrypt(
        &self,
        url: &Listen,
        version: &'static SupportedProtocolVersion,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = url.host().to_owned().try_into().unwrap();
        StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket(url))
    }
}
