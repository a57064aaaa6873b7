//! A server that runs until the process is asked to end.

use std::fmt;

use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use super::{BindError, Listen, Server};
use crate::store::StoreError;

/// Tells each listener's URL with its real port, and serves until Ctrl-C (SIGINT) or SIGTERM. Then it ends all
/// connections and returns.
///
/// # Errors
/// When the runtime cannot be started; later as [`Server::run`].
pub fn serve(server: Server, listening: impl FnMut(&Listen)) -> Result<(), ServeError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(BindError::runtime)?;
    runtime.block_on(async {
        // before the URLs are told: whoever reads them may send a signal at once
        let mut interrupt = signal(SignalKind::interrupt()).map_err(BindError::runtime)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(BindError::runtime)?;
        server.urls().iter().for_each(listening);
        let stop = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        server.run(stop).await
    })
}

/// Why a server does not serve, or does no longer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// It cannot listen, or not run.
    Bind(BindError),
    /// It cannot keep what it must.
    Store(StoreError),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind(error) => Some(error),
            Self::Store(error) => Some(error),
        }
    }
}

impl From<BindError> for ServeError {
    fn from(error: BindError) -> Self {
        Self::Bind(error)
    }
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
