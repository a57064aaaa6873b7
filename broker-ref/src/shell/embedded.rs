//! [`Embedded`]: a server on its own thread.

use super::{ServeError, limits::Limits, listen::Listen, reload::Reloader, server::Server};
use crate::core::Config;
use std::thread::{Builder, JoinHandle};
use tokio::{runtime, sync::oneshot};

/// A broker on its own thread, which runs until it is dropped.
///
/// ```
/// use mqttspec_broker::{core::Config, shell::Embedded};
/// let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse()?])?;
/// let url = &broker.urls()[0];
/// std::net::TcpStream::connect((url.host(), url.port()))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Embedded {
    urls: Vec<Listen>,
    reloader: Reloader,
    /// Dropped to stop the server.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Binds the listeners and starts the thread. Clients can connect when this returns.
    ///
    /// # Errors
    /// When a listener cannot be bound, or the thread not be started.
    pub fn start(config: Config, listeners: &[Listen]) -> Result<Self, ServeError> {
        Self::start_with_limits(config, listeners, Limits::default())
    }

    /// The same with limits other than the default.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with_limits(config: Config, listeners: &[Listen], limits: Limits) -> Result<Self, ServeError> {
        Self::run(Server::bind(config, listeners)?.with_limits(limits))
    }

    /// Runs a server that is bound.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn run(server: Server) -> Result<Self, ServeError> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(ServeError::start("start its runtime"))?;
        let (urls, reloader) = (server.urls(), server.reloader());
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            let served = runtime.block_on(server.run(async {
                let _ = stopped.await; // either a message or the end of the channel means to stop
            }));
            if let Err(error) = served {
                tracing::error!("{error}");
            }
        };
        let thread = Builder::new().name("mqttspec-broker".to_owned()).spawn(serve);
        let thread = thread.map_err(ServeError::start("start its thread"))?;
        Ok(Self { urls, reloader, stop: Some(stop), thread: Some(thread) })
    }

    /// The listeners in the order given, each with its actual port.
    #[must_use]
    pub fn urls(&self) -> &[Listen] {
        &self.urls
    }

    /// Reaches the server while it runs.
    #[must_use]
    pub fn reloader(&self) -> &Reloader {
        &self.reloader
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            let _ = thread.join();
        }
    }
}
