//! A server that runs until the process is asked to end.

use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use super::{Listen, Reload, ServeError, Server};

/// Reports each listener's URL with its actual port, and serves until Ctrl-C (SIGINT) or SIGTERM. Then it ends all
/// connections and returns. At SIGHUP it takes over what `reload` gives; `None` changes nothing.
///
/// # Errors
/// When the runtime cannot be started, and those of [`Server::run`].
pub fn serve(
    server: Server,
    listening: impl FnMut(&Listen),
    mut reload: impl FnMut() -> Option<Reload>,
) -> Result<(), ServeError> {
    let runtime =
        runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::start("start its runtime"))?;
    runtime.block_on(async {
        // before the URLs are reported, because a signal may follow at once
        let mut interrupt =
            signal(SignalKind::interrupt()).map_err(ServeError::start("install its signal handlers"))?;
        let mut terminate =
            signal(SignalKind::terminate()).map_err(ServeError::start("install its signal handlers"))?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(ServeError::start("install its signal handlers"))?;
        server.urls().iter().for_each(listening);
        let reloader = server.reloader();
        let stop = async {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => return,
                    _ = terminate.recv() => return,
                    _ = hang_up.recv() => {
                        if let Some(reload) = reload() {
                            reloader.reload(reload);
                        }
                    }
                }
            }
        };
        server.run(stop).await
    })
}
