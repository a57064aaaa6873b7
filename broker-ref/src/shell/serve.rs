//! A server that runs until the process is asked to end.

use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use super::{Listen, ServeError, Server};

/// Reports each listener's URL with its actual port, and serves until Ctrl-C (SIGINT) or SIGTERM. Then it ends all
/// connections and returns.
///
/// # Errors
/// When the runtime cannot be started, and those of [`Server::run`].
pub fn serve(server: Server, listening: impl FnMut(&Listen)) -> Result<(), ServeError> {
    let runtime =
        runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::start("start its runtime"))?;
    runtime.block_on(async {
        // before the URLs are reported, because a signal may follow at once
        let mut interrupt =
            signal(SignalKind::interrupt()).map_err(ServeError::start("install its signal handlers"))?;
        let mut terminate =
            signal(SignalKind::terminate()).map_err(ServeError::start("install its signal handlers"))?;
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
