//! One connection through the proxy.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use fastrand::Rng;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Meter, Network, hold::Hold};

/// Carries bytes in both directions until either side ends or the connection is cut.
///
/// # Errors
/// Those of the sockets.
pub(super) async fn run(
    mut client: TcpStream,
    mut server: TcpStream,
    network: Network,
    meter: &Meter,
    mut rng: Rng,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let heard = Mutex::new(Instant::now());
    let way = |hold, rng| Way { network, hold, meter, heard: &heard, rng };
    let up = way(None, rng.fork());
    let down = way(network.buffers.then(Hold::default), rng.fork());
    tokio::select! {
        ended = up.carry(from_client, to_server) => ended,
        ended = down.carry(from_server, to_client) => ended,
        () = silence(&heard, network.cuts_after) => Ok(()),
    }
}

/// One direction.
struct Way<'a> {
    network: Network,
    /// Only towards the client, and only if the proxy buffers.
    hold: Option<Hold>,
    meter: &'a Meter,
    /// When bytes came last, in either direction.
    heard: &'a Mutex<Instant>,
    rng: Rng,
}

impl Way<'_> {
    /// Ends when the sender has ended and everything before that was written.
    async fn carry(mut self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        let (queue, mut due) = mpsc::channel::<(Instant, Bytes)>(CHUNKS);
        let read = async move {
            let mut buffer = vec![0; CHUNK];
            let mut last = Instant::now();
            loop {
                let len = from.read(&mut buffer).await?;
                if len == 0 {
                    return io::Result::Ok(());
                }
                self.meter.bytes(len);
                *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                // a stream keeps its order, so what follows a lost segment waits for it
                last = last.max(Instant::now() + self.latency(len));
                let bytes = match &mut self.hold {
                    Some(hold) => hold.push(&buffer[..len]),
                    None => Bytes::copy_from_slice(&buffer[..len]),
                };
                if queue.send((last, bytes)).await.is_err() {
                    return Ok(());
                }
            }
        };
        let write = async move {
            while let Some((at, bytes)) = due.recv().await {
                if at > Instant::now() {
                    sleep_until(at).await;
                }
                to.write_all(&bytes).await?;
            }
            to.shutdown().await
        };
        let (read, written) = tokio::join!(read, write);
        read.and(written)
    }

    /// The delay of so many bytes, with that of segments which have to be sent again.
    fn latency(&mut self, len: usize) -> Duration {
        let Network { delay, loss, .. } = self.network;
        let lost = (0..len.div_ceil(SEGMENT)).filter(|_| self.rng.f64() < loss).count();
        let again = if lost > 0 { RETRANSMISSION.max(delay * 2) } else { Duration::ZERO };
        delay + again
    }
}

/// Waits until there were no bytes for so long.
async fn silence(heard: &Mutex<Instant>, longest: Option<Duration>) {
    let Some(longest) = longest else { return std::future::pending().await };
    loop {
        let end = *heard.lock().unwrap_or_else(PoisonError::into_inner) + longest;
        if end <= Instant::now() {
            return;
        }
        sleep_until(end).await;
    }
}

/// The largest payload of a segment on Ethernet.
const SEGMENT: usize = 1460;
/// The shortest time after which Linux sends a segment again.
const RETRANSMISSION: Duration = Duration::from_millis(200);
const CHUNK: usize = 16 * 1024;
/// Chunks on their way; the sender waits when there are more.
const CHUNKS: usize = 1024;
