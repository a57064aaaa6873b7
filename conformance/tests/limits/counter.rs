//! A proxy that counts connections.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use mqttspec_broker::{core::Config, shell::Embedded};

/// A proxy in front of a broker.
pub(crate) struct Counter {
    pub(crate) url: String,
    seen: Arc<Mutex<Seen>>,
    _broker: Embedded,
}

#[derive(Default)]
struct Seen {
    most: usize,
    opened: u32,
    first_and_last: Option<(Instant, Instant)>,
}

impl Counter {
    /// Listens until the process ends.
    pub(crate) fn start() -> Self {
        let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
        let behind = ("127.0.0.1", broker.urls()[0].port());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("mqtt://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Seen>>::default();
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            let mut open: Vec<Arc<AtomicBool>> = Vec::new();
            for client in listener.incoming().flatten() {
                let now = Instant::now();
                let ended = Arc::<AtomicBool>::default();
                open.push(Arc::clone(&ended));
                let mut seen = noted.lock().unwrap();
                seen.most = alive(&mut open, seen.most);
                seen.opened += 1;
                seen.first_and_last = Some((seen.first_and_last.map_or(now, |(first, _)| first), now));
                let broker = TcpStream::connect(behind).unwrap();
                for (from, to, ended) in [(&client, &broker, ended), (&broker, &client, Arc::default())] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || pass(from, to, &ended));
                }
            }
        });
        Self { url, seen, _broker: broker }
    }

    /// The most connections at the same time.
    pub(crate) fn most(&self) -> usize {
        self.seen.lock().unwrap().most
    }

    /// How many connections were opened, and the time from the first to the last.
    pub(crate) fn opened(&self) -> (u32, Duration) {
        let seen = self.seen.lock().unwrap();
        let (first, last) = seen.first_and_last.expect("there was a connection");
        (seen.opened, last - first)
    }
}

/// The most connections that their clients have not ended. The threads that read may take a moment to notice an end.
fn alive(open: &mut Vec<Arc<AtomicBool>>, most: usize) -> usize {
    for _ in 0..100 {
        open.retain(|ended| !ended.load(Ordering::Relaxed));
        if open.len() <= most {
            return most;
        }
        thread::sleep(Duration::from_millis(1));
    }
    open.len()
}

fn pass(mut from: TcpStream, mut to: TcpStream, ended: &AtomicBool) {
    let mut buffer = [0; 1 << 16];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        // the other direction sees why this fails
        let _ = to.write_all(&buffer[..len]);
    }
    ended.store(true, Ordering::Relaxed);
    let _ = to.shutdown(Shutdown::Write);
}
