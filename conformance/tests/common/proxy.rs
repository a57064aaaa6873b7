//! A TCP proxy that delays what it passes on, and may change it.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

/// Changes what a broker sends. It is given the first bytes of the client, and what the broker sends.
pub(crate) type Change = dyn Fn(&[u8], &mut Vec<u8>) + Send + Sync;

/// Listens until the process ends, and connects each client to `broker`, which is `HOST:PORT`. Opening a connection takes
/// a round trip too. Returns the URL.
pub(crate) fn proxy(broker: &str, round_trip: Duration, change: Arc<Change>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("mqtt://{}", listener.local_addr().expect("bound"));
    let broker = broker.to_owned();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (broker, change) = (broker.clone(), change.clone());
            thread::spawn(move || {
                thread::sleep(round_trip);
                // an error ends this connection, as it would without a proxy
                let _ = join(client, &broker, round_trip / 2, change);
            });
        }
    });
    url
}

fn join(mut client: TcpStream, broker: &str, delay: Duration, change: Arc<Change>) -> std::io::Result<()> {
    let mut broker = TcpStream::connect(broker)?;
    client.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let mut first = vec![0; 4096];
    let len = client.read(&mut first)?;
    first.truncate(len);
    let (to_client, from_broker) = (client.try_clone()?, broker.try_clone()?);
    let connect = first.clone();
    thread::spawn(move || pass(from_broker, to_client, delay, move |bytes| change(&connect, bytes)));
    thread::sleep(delay);
    broker.write_all(&first)?;
    pass(client, broker, delay, |_| {});
    Ok(())
}

/// Passes everything on until one side ends.
fn pass(mut from: TcpStream, mut to: TcpStream, delay: Duration, change: impl Fn(&mut Vec<u8>)) {
    let (queue, queued) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        for (due, bytes) in queued {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut bytes = vec![0; 65536];
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        let mut piece = bytes[..len].to_vec();
        change(&mut piece);
        if queue.send((Instant::now() + delay, piece)).is_err() {
            return;
        }
    }
    // the end arrives later too
    let _ = queue.send((Instant::now() + delay, Vec::new()));
}
