//! `--pcap`: what the suite and the broker exchange, for Wireshark.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufWriter},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use crate::{
    pcap::{ConnectionId, End, MQTT_PORT, Side, Writer},
    transport::{Scheme, Wire},
};

/// A capture that is being written. The first error ends it, and is told at the end.
pub(super) struct CaptureFile {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    writer: Writer<BufWriter<File>>,
    connections: HashMap<u64, ConnectionId>,
    /// The port by which Wireshark recognizes what the broker speaks.
    port: u16,
    done: io::Result<()>,
}

impl CaptureFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let writer = Writer::new(BufWriter::new(File::create(path)?))?;
        let inner = Inner { writer, connections: HashMap::new(), port: MQTT_PORT, done: Ok(()) };
        Ok(Self { path: path.to_owned(), inner: Mutex::new(inner) })
    }

    /// The connections that follow are of this scheme.
    pub(super) fn next(&self, scheme: Scheme) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.connections.clear();
        inner.port = match scheme {
            Scheme::Tcp | Scheme::Unix => MQTT_PORT,
            Scheme::WebSocket => HTTP_PORT,
        };
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The first error since the beginning, as a sentence.
    pub(super) fn finish(&self) -> Result<(), String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let done = std::mem::replace(&mut inner.done, Ok(()));
        let done = done.and_then(|()| inner.writer.flush());
        done.map_err(|error| format!("cannot write the capture {}: {error}", self.path.display()))
    }

    fn write(&self, number: u64, write: impl FnOnce(&mut Inner, Option<ConnectionId>, Duration) -> io::Result<()>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // a clock before 1970 is set to it
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let connection = inner.connections.get(&number).copied();
        if inner.done.is_ok() {
            inner.done = write(&mut inner, connection, now);
        }
    }
}

impl Wire for CaptureFile {
    fn opened(&self, number: u64, client: SocketAddr, broker: SocketAddr) {
        self.write(number, |inner, _, now| {
            let comment = format!("the broker is {broker}");
            let shown = SocketAddr::new(broker.ip(), inner.port);
            let connection = inner.writer.connection(now, client, shown, Some(&comment))?;
            inner.connections.insert(number, connection);
            Ok(())
        });
    }

    fn sent(&self, number: u64, bytes: &[u8]) {
        self.write(number, |inner, id, now| id.map_or(Ok(()), |id| inner.writer.sent(id, now, bytes)));
    }

    fn received(&self, number: u64, bytes: &[u8]) {
        self.write(number, |inner, id, now| id.map_or(Ok(()), |id| inner.writer.received(id, now, bytes)));
    }

    fn ended_by_broker(&self, number: u64) {
        self.write(number, |inner, id, now| {
            id.map_or(Ok(()), |id| inner.writer.closed(id, now, Side::Server, End::Fin))
        });
    }

    fn closed(&self, number: u64) {
        self.write(number, |inner, id, now| {
            inner.connections.remove(&number);
            id.map_or(Ok(()), |id| inner.writer.closed(id, now, Side::Client, End::Fin))
        });
    }
}

/// The port by which Wireshark knows HTTP, and in it WebSocket.
const HTTP_PORT: u16 = 80;
