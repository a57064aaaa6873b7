//! A proxy that takes TLS off, in front of a broker without it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
};

use mqttspec_broker::{core::Config, shell::Embedded};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        DEFAULT_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion, crypto::ring,
        server::WebPkiClientVerifier,
    },
};

use super::house::House;

/// What the server demands of clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demands {
    /// A certificate of the house.
    pub(crate) certificate: bool,
    /// One of these application protocols.
    pub(crate) alpn: Vec<&'static str>,
    /// No other version of TLS.
    pub(crate) only: Option<&'static SupportedProtocolVersion>,
}

/// What a client said in its handshake.
#[derive(Debug, Clone)]
pub(crate) struct Hello {
    pub(crate) server_name: Option<String>,
    pub(crate) alpn: Option<Vec<u8>>,
    pub(crate) certificates: usize,
}

/// A server with the certificate of a house. It serves until the process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    hellos: Arc<Mutex<Vec<Hello>>>,
    _broker: Embedded,
}

impl Server {
    pub(crate) fn start(scheme: &str, house: &House, demands: Demands) -> Self {
        let (inner, path) = if scheme == "wss" { ("ws", "/mqtt") } else { ("mqtt", "") };
        let listen = format!("{inner}://127.0.0.1:0{path}").parse().unwrap();
        let broker = Embedded::start(Config::default(), &[listen]).unwrap();
        let behind = SocketAddr::from(([127, 0, 0, 1], broker.urls()[0].port()));
        let acceptor = TlsAcceptor::from(Arc::new(config(house, demands)));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}{path}", listener.local_addr().unwrap());
        let hellos = Arc::<Mutex<Vec<Hello>>>::default();
        let heard = Arc::clone(&hellos);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                listener.set_nonblocking(true).unwrap();
                let listener = TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, behind, acceptor.clone(), Arc::clone(&heard)));
                }
            });
        });
        Self { url, hellos, _broker: broker }
    }

    /// The handshakes that were completed.
    pub(crate) fn hellos(&self) -> Vec<Hello> {
        let hellos = self.hellos.lock().unwrap().clone();
        assert!(!hellos.is_empty(), "no handshake was completed");
        hellos
    }
}

async fn serve(stream: TcpStream, behind: SocketAddr, acceptor: TlsAcceptor, heard: Arc<Mutex<Vec<Hello>>>) {
    // the client sees why
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let (_, session) = stream.get_ref();
    heard.lock().unwrap().push(Hello {
        server_name: session.server_name().map(str::to_owned),
        alpn: session.alpn_protocol().map(<[u8]>::to_vec),
        certificates: session.peer_certificates().unwrap_or_default().len(),
    });
    let mut broker = TcpStream::connect(behind).await.unwrap();
    // either side may end the connection in any way
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut broker).await;
}

fn config(house: &House, demands: Demands) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let versions = demands.only.map(|version| vec![version]).unwrap_or_else(|| DEFAULT_VERSIONS.to_vec());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&versions).unwrap();
    let builder = match demands.certificate {
        true => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(house.path("authority.pem")).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
        false => builder.with_no_client_auth(),
    };
    let chain = vec![CertificateDer::from_pem_file(house.path("cert.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(house.path("key.pem")).unwrap();
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = demands.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}
