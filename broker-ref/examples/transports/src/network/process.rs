//! [`Process`]: a server in a process of its own.

use std::{env, fs, io, net::SocketAddr, process::Stdio, time::Duration};

use hyper::Uri;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{chat::Pace, transport::Transport};

/// Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts this program as a server.
    ///
    /// # Errors
    /// When it cannot be started, or does not say where it listens.
    pub(crate) async fn start(transport: Transport, pace: Pace) -> io::Result<Self> {
        let name = clap::ValueEnum::to_possible_value(&transport).ok_or_else(|| io::Error::other("no name"))?;
        let time = |time: Duration| humantime::format_duration(time).to_string();
        let mut child = Command::new(env::current_exe()?)
            .args(["serve", name.get_name(), "--quiet", &time(pace.quiet), "--retry", &time(pace.retry)])
            .stdin(Stdio::piped()) // it ends when this does, however this program ends
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("the server has no output"))?;
        let url = BufReader::new(stdout).lines().next_line().await?.unwrap_or_default();
        let address = url.parse::<Uri>().ok().and_then(|url| url.authority()?.as_str().parse().ok());
        let address = address.ok_or_else(|| io::Error::other(format!("the server started with {url:?}, not a URL")))?;
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long its thread has run on a processor, in user and kernel mode.
    ///
    /// # Errors
    /// When the process has ended, or the system is not Linux with scheduler statistics.
    pub(crate) fn processor_time(&self) -> io::Result<Duration> {
        let id = self.child.id().ok_or_else(|| io::Error::other("the server has ended"))?;
        let path = format!("/proc/{id}/schedstat");
        let text = fs::read_to_string(&path).map_err(|error| io::Error::other(format!("{path}: {error}")))?;
        let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
        let unknown = || io::Error::other(format!("{path}: expected nanoseconds first, found {text:?}"));
        Ok(Duration::from_nanos(nanoseconds.ok_or_else(unknown)?))
    }
}
