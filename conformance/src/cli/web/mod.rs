//! `mqttspec web`

#[cfg(feature = "page")]
mod serve;

use std::{net::SocketAddr, process::ExitCode};

use clap::Args;

use super::CliError;

#[derive(Debug, Args)]
pub(super) struct Web {
    /// Address to listen on; with port 0, a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8484")]
    listen: SocketAddr,
}

impl Web {
    /// Serves the page until Ctrl-C or SIGTERM.
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        #[cfg(feature = "page")]
        if !serve::FILES.is_empty() {
            return serve::run(self.listen);
        }
        let (listen, how) = (self.listen, "`conformance/web/build FOLDER` makes it, for any server of files");
        Err(CliError(format!(
            "this binary has no page to serve at {listen}. The packages for pip and npm have one; in a checkout, {how}, or, \
             with MQTTSPEC_PAGE=FOLDER, for `cargo build --features page`"
        )))
    }
}
