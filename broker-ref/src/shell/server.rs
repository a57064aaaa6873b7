//! Bind, serve, stop.

use super::{
    BindError, DescribePacket, ServeError,
    bind::bind,
    commit_queue::{CommitQueue, Progress},
    connection, driver,
    limits::Limits,
    listen::Listen,
    metrics,
    metrics_address::MetricsAddress,
    reload::{Reload, Reloader},
    shared::Shared,
};
use crate::{
    core::{Access, Config},
    store::{Loaded, Persist, StoreError},
};
use std::{
    cell::RefCell,
    convert::Infallible,
    future::{Future, pending},
    io, net,
    panic::resume_unwind,
    rc::Rc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
    task::{JoinError, LocalSet, spawn_local},
    time::{sleep, timeout},
};
use tracing::{info, warn};

/// A broker whose listeners are bound: clients can connect already, and are served once it [runs](Self::run).
///
/// ```
/// use mqttspec_broker::{core::Config, shell::Server};
/// let server = Server::bind(Config::default(), &["ws://127.0.0.1:0/mqtt".parse()?, "mqtt://127.0.0.1:0".parse()?])?;
/// for url in server.urls() {
///     println!("listening on {url}");
/// }
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// runtime.block_on(server.run(async { /* until Ctrl-C, say */ }))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    config: Config,
    limits: Limits,
    describe: Option<DescribePacket>,
    listeners: Vec<(Listen, net::TcpListener)>,
    /// The state to continue from, and the store for further changes.
    store: Option<(Loaded, Box<dyn Persist>)>,
    metrics: Option<net::TcpListener>,
    reloads: (UnboundedSender<Reload>, UnboundedReceiver<Reload>),
}

impl Server {
    /// A server without listeners.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            limits: Limits::default(),
            describe: None,
            listeners: Vec::new(),
            store: None,
            metrics: None,
            reloads: unbounded_channel(),
        }
    }

    /// A server that listens already: [`Server::new`] and [`Server::listen`].
    ///
    /// # Errors
    /// Those of [`Server::listen`].
    pub fn bind(config: Config, listeners: &[Listen]) -> Result<Self, BindError> {
        Self::new(config).listen(listeners)
    }

    /// Binds every listener, in place of those that were bound before. With a store, read that first: clients can
    /// connect from here on, and those that do would wait for it.
    ///
    /// # Errors
    /// When a listener under TLS has no certificate, a host has no address, or the address cannot be listened on;
    /// nothing is bound then.
    pub fn listen(self, listeners: &[Listen]) -> Result<Self, BindError> {
        let listeners = listeners.iter().map(bind).collect::<Result<_, _>>()?;
        Ok(Self { listeners, ..self })
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Continues from the state in the store, and keeps there what a restart must not lose. Nothing is acknowledged
    /// before it is stored. Without a store everything is kept in memory.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_store(self, mut store: impl Persist) -> Result<Self, StoreError> {
        let loaded = store.load()?;
        Ok(Self { store: Some((loaded, Box::new(store))), ..self })
    }

    /// Serves metrics and health there too.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn with_metrics(self, address: MetricsAddress) -> Result<Self, ServeError> {
        let bound = net::TcpListener::bind(address.0).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        let listener = bound.map_err(|cause| ServeError::Metrics { address, cause })?;
        Ok(Self { metrics: Some(listener), ..self })
    }

    /// Where metrics are served, with the actual port.
    #[must_use]
    pub fn metrics(&self) -> Option<MetricsAddress> {
        self.metrics.as_ref()?.local_addr().ok().map(MetricsAddress)
    }

    /// Logs every packet at level DEBUG under the target `mqttspec::packets`, as `describe` formats it. Costs nothing
    /// if that target is disabled.
    #[must_use]
    pub fn with_packet_log(self, describe: DescribePacket) -> Self {
        Self { describe: Some(describe), ..self }
    }

    /// Reaches the server while it runs.
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        Reloader(self.reloads.0.clone())
    }

    /// The listeners in the order given, each with its actual port.
    #[must_use]
    pub fn urls(&self) -> Vec<Listen> {
        self.listeners.iter().map(|(listen, _)| listen.clone()).collect()
    }

    /// Serves until `stop` is ready or the store fails. Then ends all connections, in v5 with DISCONNECT 0x8B, commits
    /// the last changes, and returns.
    ///
    /// Needs a tokio runtime with I/O and time enabled. A `current_thread` runtime suits it best, since everything runs
    /// on the thread that polls it. Raises the process's soft limit of open files towards the hard one when
    /// [`Limits::connections`] asks for more.
    ///
    /// # Errors
    /// When the runtime cannot watch a listener, or the operating system has no random numbers; and when the store
    /// fails: then nothing was sent that depends on changes that could not be stored.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        // Tasks that have not ended when this returns are dropped with the set.
        LocalSet::new().run_until(self.serve(stop)).await
    }

    async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        raise_file_limit(&self.limits);
        if self.store.is_none() {
            info!("in memory: nothing survives a restart without a data folder");
        }
        let (loaded, commits, mut progress) = match self.store {
            Some((loaded, store)) => {
                let (commits, progress) =
                    CommitQueue::start(store).map_err(ServeError::start("start the thread of its store"))?;
                (loaded, commits, Some(progress))
            }
            None => Default::default(),
        };
        #[cfg(feature = "tls")]
        for listen in self.listeners.iter().map(|(listen, _)| listen) {
            if let Some(why) = listen.certificate().and_then(super::Certificate::out_of_date) {
                warn!(%listen, "the certificate {why}: most clients refuse it");
            }
        }
        let exposed = exposed(&self.listeners);
        warn_if_open(&self.config.access, &exposed);
        let shared = Shared::new(self.config, self.limits, self.describe, loaded, commits);
        let shared = shared.map_err(ServeError::start("get random numbers"))?;
        let mut driver = spawn_local(driver::drive(Rc::clone(&shared)));
        let (mut doors, mut listens) = (Vec::new(), Vec::new());
        if let Some(listener) = self.metrics {
            if listener.local_addr().is_ok_and(|at| !at.ip().is_loopback()) {
                warn!("everybody who reaches the address of the metrics can read them");
            }
            let listener = TcpListener::from_std(listener).map_err(ServeError::start("watch a listener"))?;
            doors.push(spawn_local(metrics::serve(Rc::clone(&shared), listener)));
        }
        for (listen, listener) in self.listeners {
            let listener = TcpListener::from_std(listener).map_err(ServeError::start("watch a listener"))?;
            let listen = Rc::new(RefCell::new(Rc::new(listen)));
            listens.push(Rc::clone(&listen));
            doors.push(spawn_local(accept(Rc::clone(&shared), listener, listen)));
        }
        tokio::select! {
            () = stop => {}
            () = follow(&shared, &mut progress) => {}
            ended = &mut driver => return pass_on(ended),
            () = take_over(&shared, &listens, &exposed, self.reloads) => {}
        }
        doors.iter().for_each(tokio::task::JoinHandle::abort);
        shared.stop();
        // Only peers that do not read make this wait.
        tokio::select! {
            _ = timeout(STOP_WITHIN, shared.mailboxes.empty()) => {}
            // The last packets wait for the store too.
            () = async { follow(&shared, &mut progress).await; pending().await } => {}
        }
        // Blocks for as long as the last commit takes; there is nothing else left to do.
        Ok(shared.gate.close()?)
    }
}

/// Without its driver a broker would leave its clients waiting, so the end of the driver ends the broker in the same
/// way.
fn pass_on(driver: Result<Infallible, JoinError>) -> Result<(), ServeError> {
    match driver.map_err(JoinError::try_into_panic) {
        Err(Ok(panic)) => resume_unwind(panic),
        Err(Err(cancelled)) => Err(ServeError::Ended { cause: io::Error::other(cancelled) }),
        Ok(never) => match never {},
    }
}

/// Reports the progress of the store. Returns when the store's thread has ended, which happens only after an error.
async fn follow(shared: &Shared, progress: &mut Option<watch::Receiver<Progress>>) {
    let Some(progress) = progress else { return pending().await };
    while progress.changed().await.is_ok() {
        let told = *progress.borrow_and_update();
        shared.advance(told);
    }
    shared.lose_store();
}

/// What is to be taken over, for as long as the server runs.
async fn take_over(
    shared: &Shared,
    listens: &[Rc<RefCell<Rc<Listen>>>],
    exposed: &[Listen],
    (_open, mut reloads): (UnboundedSender<Reload>, UnboundedReceiver<Reload>),
) {
    while let Some(reload) = reloads.recv().await {
        if let Some(access) = reload.access {
            warn_if_open(&access, exposed);
            shared.handle(|broker, now| broker.set_access(now, access));
        }
        #[cfg(feature = "tls")]
        for listen in listens {
            if let Some(certificate) = &reload.certificate {
                let renewed = Listen::clone(&listen.borrow()).with_certificate(certificate.clone());
                listen.replace(Rc::new(renewed));
            }
        }
        #[cfg(not(feature = "tls"))]
        let _ = listens;
    }
}

/// The listeners that can be reached from other machines.
fn exposed(listeners: &[(Listen, net::TcpListener)]) -> Vec<Listen> {
    let is_exposed = |listener: &net::TcpListener| listener.local_addr().is_ok_and(|at| !at.ip().is_loopback());
    listeners.iter().filter(|(_, listener)| is_exposed(listener)).map(|(listen, _)| listen.clone()).collect()
}

fn warn_if_open(access: &Access, exposed: &[Listen]) {
    for listen in exposed.iter().filter(|_| *access == Access::Open) {
        warn!(%listen, "everybody who reaches this address may read and publish everything: there is no file of users");
    }
}

fn raise_file_limit(limits: &Limits) {
    let wanted = u64::try_from(limits.connections).unwrap_or(u64::MAX).saturating_add(FILES_BESIDES);
    // Fewer files only mean fewer clients.
    let _ = rlimit::increase_nofile_limit(wanted);
}

/// Accepts for one listener until it is aborted.
async fn accept(shared: Rc<Shared>, listener: TcpListener, listen: Rc<RefCell<Rc<Listen>>>) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => match shared.permit() {
                Some(permit) => {
                    let listen = Rc::clone(&listen.borrow());
                    spawn_local(connection::serve(Rc::clone(&shared), permit, socket, listen));
                }
                // Full: dropping the socket closes it.
                None => info!(%peer, "refused: no room for another connection"),
            },
            // Usually there are no file descriptors left, until a client leaves.
            Err(error) => {
                warn!(listen = %listen.borrow(), "cannot accept connections: {error}");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// Listeners, the runtime's own, and what else the process has open.
const FILES_BESIDES: u64 = 256;
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
const STOP_WITHIN: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a bug of the core")]
    fn panic_of_the_driver_ends_the_broker() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let driver = async { spawn_local(async { panic!("a bug of the core") }).await };
        let ended = runtime.block_on(LocalSet::new().run_until(driver));
        assert!(pass_on(ended).is_err());
    }

    #[test]
    fn cancelled_driver_is_not_a_failure_to_start() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(LocalSet::new().run_until(async {
            let driver = spawn_local(pending());
            driver.abort();
            driver.await
        }));
        let error = pass_on(ended).unwrap_err();
        assert!(matches!(error, ServeError::Ended { .. }));
        assert!(error.to_string().starts_with("the broker ended while running: "), "{error}");
    }
}
