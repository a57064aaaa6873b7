//! The servers. Each is a process of its own, so that its processor time can be read, and runs on one thread.

mod http;
mod room;
mod socket;

use std::{
    error::Error,
    io::{self, Write},
    time::Duration,
};

use axum::serve::ListenerExt;
use mqttspec_broker::{core::Config, shell::Server};
use tokio::{net::TcpListener, runtime};

use crate::transport::Transport;

/// Serves on loopback, prints the URL as the only line, and runs until standard input ends. `quiet` is the longest silence
/// on a connection, `retry` what an EventSource is told to wait.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn serve(transport: Transport, quiet: Duration, retry: Duration) -> Result<(), Box<dyn Error>> {
    std::thread::spawn(|| {
        // an error means as well that nobody is there any more
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match transport.qos() {
            Some(_) => mqtt().await,
            None => http(quiet, retry).await,
        }
    })
}

async fn mqtt() -> Result<(), Box<dyn Error>> {
    let server = Server::bind(Config::default(), &["ws://127.0.0.1:0/mqtt".parse()?])?;
    for url in server.urls() {
        announce(&url.to_string())?;
    }
    Ok(server.run(std::future::pending()).await?)
}

async fn http(quiet: Duration, retry: Duration) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&format!("http://{}/", listener.local_addr()?))?;
    let listener = listener.tap_io(|stream| {
        // without it, the kernel waits to fill a segment; if that cannot be set, messages come late
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, http::router(quiet, retry)).await?)
}

fn announce(url: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{url}")?;
    stdout.flush()
}
