//! A server that runs until the process is asked to end.

use std::io;

use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use super::{BindError, Listen, Server};

/// Tells each listener's URL with its real port, and serves until Ctrl-C (SIGINT) or SIGTERM. Then it ends all
/// connections and returns.
///
/// # Errors
/// When the runtime cannot be started.
pub fn serve(server: Server, listening: impl FnMut(&Listen)) -> Result<(), BindError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(BindError::runtime)?;
    let served: io::Result<()> = runtime.block_on(async {
        // before the URLs are told: whoever reads them may send a signal at once
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        server.urls().iter().for_each(listening);
        let stop = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        server.run(stop).await
    });
    served.map_err(BindError::runtime)
}
