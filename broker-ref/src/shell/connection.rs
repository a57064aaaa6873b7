//! One connection, from the first byte to the last. Its task owns the socket in both directions.

#[cfg(feature = "tls")]
use super::{certificate::Certificate, wire::close_gently};
use super::{
    commit_queue::Step,
    connection_handle::ConnectionHandle,
    handshake,
    listen::Listen,
    log::Log,
    outgoing::{Ending, Outgoing},
    shared::{ConnectionPermit, Shared},
    stream::Stream,
    wire::Wire,
};
use crate::core::{Flow, Peer};
use std::{
    cell::RefCell,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    time::{Sleep, sleep, timeout},
};

/// Serves one accepted socket. Ends when it is closed.
pub(super) async fn serve(shared: Rc<Shared>, permit: ConnectionPermit, socket: TcpStream, listen: Rc<Listen>) {
    let peer = socket.peer_addr().ok();
    let address = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
    // Boxed, because it happens once: 10 000 idle connections need not keep room for it.
    let log = Log::new(&listen, &address, shared.describe);
    let Some(mut wire) = Box::pin(open(&shared, socket, &listen, &log)).await else { return };
    log.opened();
    let mut connection =
        Connection::new(ConnectionHandle::open(shared, Peer { address, ip: peer.map(|peer| peer.ip()) }), log);
    let why = poll_fn(|cx| SCRATCH.with_borrow_mut(|scratch| connection.poll(cx, &mut wire, scratch))).await;
    connection.tell_end(why);
    // Dropping it tells the core, which need not wait for the peer to close; but a server that stops waits for the last
    // packets.
    let told_last = (why == Ending::Stopping).then_some(connection);
    let _ = Box::pin(timeout(CLOSE_WITHIN, wire.close(why))).await;
    drop((told_last, wire, permit));
}

/// Up to the first byte of MQTT.
async fn open(shared: &Shared, socket: TcpStream, listen: &Listen, log: &Log) -> Option<Wire> {
    // Batches are whole already; Nagle's algorithm would only hold them back. Failure costs speed, nothing else.
    let _ = socket.set_nodelay(true);
    let opened = async {
        #[cfg(feature = "tls")]
        let stream = match listen.certificate() {
            Some(certificate) => encrypt(socket, certificate, log).await?,
            None => Stream::Plain(socket),
        };
        #[cfg(not(feature = "tls"))]
        let stream = Stream::Plain(socket);
        match listen.path() {
            Some(path) => {
                let socket = handshake::accept(stream, path, shared, log).await?;
                Some(Wire::WebSocket(Box::new(socket)))
            }
            None => Some(Wire::Tcp(stream)),
        }
    };
    timeout(shared.limits.handshake, opened).await.unwrap_or_else(|_| {
        log.refused("the handshake takes too long");
        None
    })
}

/// The handshake of TLS.
#[cfg(feature = "tls")]
async fn encrypt(socket: TcpStream, certificate: &Certificate, log: &Log) -> Option<Stream> {
    match certificate.acceptor().accept(socket).into_fallible().await {
        Ok(stream) => Some(Stream::Tls(Box::new(stream))),
        Err((error, mut socket)) => {
            log.refused(format_args!("the TLS handshake failed: {error}"));
            // The peer was sent an alert that says why, and should be able to read it.
            close_gently(&mut socket).await;
            None
        }
    }
}

/// The open phase.
#[derive(Debug)]
struct Connection {
    handle: ConnectionHandle,
    log: Log,
    outgoing: Outgoing,
    /// `outgoing` may leave when this step is durable.
    after: Step,
    /// How to end once `outgoing` has left.
    ending: Option<Ending>,
    /// The peer has ended its direction.
    gone: bool,
    /// Runs while the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    fn new(handle: ConnectionHandle, log: Log) -> Self {
        Self {
            handle,
            log,
            outgoing: Outgoing::default(),
            after: Step::default(),
            ending: None,
            gone: false,
            stalled: None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, wire: &mut Wire, scratch: &mut [u8]) -> Poll<Ending> {
        match self.turn(cx, wire, scratch) {
            Ok(()) => Poll::Pending,
            Err(ending) => Poll::Ready(ending),
        }
    }

    /// Reads and writes until both would block or enough was read, so that other tasks get their turn.
    fn turn(&mut self, cx: &mut Context<'_>, wire: &mut Wire, scratch: &mut [u8]) -> Result<(), Ending> {
        self.handle.listen(cx.waker());
        let mut budget = TURN;
        loop {
            let was_gone = self.gone;
            let paused = self.read(cx, wire, scratch, &mut budget)?;
            self.write(cx, wire, was_gone)?;
            // Nothing else wakes a paused connection when its backlog has shrunk.
            if !(paused && self.has_room()) {
                return Ok(());
            }
        }
    }

    /// Returns whether reading is paused because the peer does not read either.
    fn read(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut Wire,
        scratch: &mut [u8],
        budget: &mut usize,
    ) -> Result<bool, Ending> {
        while !(self.gone || self.ending.is_some()) {
            if !self.has_room() {
                return Ok(true);
            }
            if *budget == 0 {
                cx.waker().wake_by_ref();
                break;
            }
            match wire.poll_read(cx, scratch) {
                Poll::Pending => break,
                Poll::Ready(Ok(bytes)) => {
                    *budget = budget.saturating_sub(bytes.len() + EACH);
                    if !bytes.is_empty() {
                        self.log.received(&bytes);
                        self.handle.received(&bytes);
                    }
                }
                Poll::Ready(Err(Ending::Gone)) => {
                    // Runs after the driver, so the answer to what came before the end is still sent.
                    self.gone = true;
                    cx.waker().wake_by_ref();
                }
                Poll::Ready(Err(ending)) => return Err(ending),
            }
        }
        Ok(false)
    }

    /// Sends what the driver has permitted, batch by batch; the next is taken when the last one has left. A peer that
    /// has already ended its direction gets one more batch, the answer to what it sent.
    fn write(&mut self, cx: &mut Context<'_>, wire: &mut Wire, was_gone: bool) -> Result<(), Ending> {
        // Output that depends on the store waits for it, and so does later output of this connection only.
        while self.handle.is_durable(self.after)? {
            let before = self.outgoing.len();
            let Poll::Ready(written) = wire.poll_write(cx, &mut self.outgoing) else {
                if was_gone {
                    return Err(Ending::Gone);
                }
                return self.wait(cx, self.outgoing.len() < before);
            };
            written?;
            self.stalled = None;
            if let Some(ending) = self.ending {
                return Err(ending);
            }
            if !self.handle.may_transmit() {
                return if was_gone { Err(Ending::Gone) } else { Ok(()) };
            }
            self.log.look(|| self.handle.stats());
            let (flow, after) = self.handle.transmit(&mut self.outgoing);
            self.after = after;
            self.ending = match flow {
                Flow::Last => Some(self.handle.last()),
                Flow::Open => was_gone.then_some(Ending::Gone),
            };
            self.log.sent(self.outgoing.rest());
        }
        Ok(())
    }

    /// The peer does not read: wait for it, within a limit. The core cannot end this, since its last packet would wait
    /// too.
    fn wait(&mut self, cx: &mut Context<'_>, progress: bool) -> Result<(), Ending> {
        if progress {
            self.stalled = None;
        }
        let limit = self.handle.limits().stalled;
        let sleep = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        if sleep.as_mut().poll(cx).is_ready() { Err(Ending::Stalled) } else { Ok(()) }
    }

    fn tell_end(&mut self, why: Ending) {
        self.log.look(|| self.handle.stats());
        self.log.closed(why);
    }

    fn has_room(&self) -> bool {
        self.handle.has_room(self.outgoing.len())
    }
}

thread_local! {
    /// Read into by every TCP connection in turn: an idle one keeps no buffer.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 16 * 1024]);
}

/// Bytes read in one turn. A flooding peer is always readable, and would otherwise occupy the thread.
const TURN: usize = 32 * 1024;
/// The overhead of a read, in bytes, so that empty frames and Pings use up a turn too.
const EACH: usize = 64;
/// For the remaining output, and for the peer to end its direction.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
