//! A proxy that records what passes.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use mqttspec::conduct::End;

use super::traffic::{Traffic, What};

/// A proxy in front of a broker, and what has passed it.
pub(crate) struct Proxy {
    /// Where the suite connects.
    pub(crate) url: String,
    seen: Seen,
}

type Seen = Arc<Mutex<Vec<Traffic>>>;

impl Proxy {
    /// Listens until the process ends. `broker` is a URL with host and port.
    pub(crate) fn start(broker: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("mqtt://{}", listener.local_addr().expect("bound"));
        let address = broker.trim_start_matches("mqtt://").to_owned();
        let (seen, start) = (Seen::default(), Instant::now());
        let proxy = Self { url, seen: Arc::clone(&seen) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&address) else { continue };
                let number = {
                    let mut seen = seen.lock().expect("no panic");
                    seen.push(Traffic::default());
                    seen.len() - 1
                };
                for to_server in [true, false] {
                    let (client, server) = (client.try_clone(), server.try_clone());
                    let (client, server) = (client.expect("a socket"), server.expect("a socket"));
                    let (from, to) = if to_server { (client, server) } else { (server, client) };
                    let pipe = Pipe { to_server, number, start, seen: Arc::clone(&seen) };
                    thread::spawn(move || pipe.run(from, to));
                }
            }
        });
        proxy
    }

    /// The connections so far, in the order in which they were opened.
    pub(crate) fn connections(&self) -> Vec<Traffic> {
        self.seen.lock().expect("no panic").clone()
    }
}

/// One direction of a connection.
struct Pipe {
    to_server: bool,
    number: usize,
    start: Instant,
    seen: Seen,
}

impl Pipe {
    fn run(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 1 << 16];
        let end = loop {
            match from.read(&mut buffer) {
                Ok(0) if self.to_server => break End::ByClient,
                Ok(0) => break End::ByServer,
                Ok(len) => {
                    let bytes = buffer[..len].to_vec();
                    let what = if self.to_server { What::Sent(bytes) } else { What::Received(bytes) };
                    self.note(|traffic, at| traffic.events.push((at, what)));
                    // the other direction sees why this fails
                    let _ = to.write_all(&buffer[..len]);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break End::Dropped,
            }
        };
        self.note(|traffic, at| {
            traffic.end.get_or_insert((at, end));
        });
        let _ = to.shutdown(Shutdown::Write);
        if end == End::Dropped {
            let _ = to.shutdown(Shutdown::Both);
        }
    }

    fn note(&self, note: impl FnOnce(&mut Traffic, std::time::Duration)) {
        let mut seen = self.seen.lock().expect("no panic");
        if let Some(traffic) = seen.get_mut(self.number) {
            note(traffic, self.start.elapsed());
        }
    }
}
