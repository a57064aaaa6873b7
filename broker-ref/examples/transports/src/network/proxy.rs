//! [`Proxy`]: stands between the clients and a server and is the network.

use std::{io, net::SocketAddr, sync::Arc};

use fastrand::Rng;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::{Meter, Network, link};

/// A proxy on a port of its own, which runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    broken: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy for the server at `upstream`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub(crate) async fn start(
        upstream: SocketAddr,
        network: Network,
        meter: Arc<Meter>,
        seed: u64,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let broken = watch::Sender::new(false);
        let task = tokio::spawn(accept(listener, upstream, network, meter, broken.clone(), Rng::with_seed(seed)));
        Ok(Self { address, broken, task })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks every connection and every new one, or stops doing so. What is on its way is lost.
    pub(crate) fn set_broken(&self, broken: bool) {
        self.broken.send_replace(broken);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort(); // its connections are in a set that is dropped with it
    }
}

async fn accept(
    listener: TcpListener,
    upstream: SocketAddr,
    network: Network,
    meter: Arc<Meter>,
    broken: watch::Sender<bool>,
    mut rng: Rng,
) {
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                if !*broken.borrow() {
                    let (meter, broken, rng) = (Arc::clone(&meter), broken.subscribe(), rng.fork());
                    links.spawn(connect(client, upstream, network, meter, broken, rng));
                }
            }
            Some(_) = links.join_next() => {}
        }
    }
}

async fn connect(
    client: TcpStream,
    upstream: SocketAddr,
    network: Network,
    meter: Arc<Meter>,
    mut broken: watch::Receiver<bool>,
    rng: Rng,
) {
    meter.connection();
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    tokio::select! {
        // an error is the end of the connection, as everything else is
        _ = link::run(client, server, network, &meter, rng) => {}
        _ = broken.wait_for(|broken| *broken) => {}
    }
}
