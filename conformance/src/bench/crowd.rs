//! Connects many clients.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use mqttspec_codec::QoS;

use super::{
    BenchError, Turn,
    client::{Client, Purpose},
};

/// Connects that many clients. If one cannot be connected, returns the reason and the clients connected until then.
pub(super) fn connect(turn: &Turn<'_>, role: &str, count: usize, purpose: Purpose) -> (Vec<Client>, Option<io::Error>) {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let outcome = Mutex::new((Vec::with_capacity(count), None));
    thread::scope(|scope| {
        for _ in 0..count.min(AT_ONCE) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Relaxed);
                    if number >= count || failed.load(Relaxed) {
                        return;
                    }
                    let name = format!("{}-{role}{number}", turn.name);
                    let client = Client::connect(turn.target, turn.plan, &name, purpose);
                    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                    match client {
                        Ok(client) => outcome.0.push(client),
                        Err(why) => {
                            failed.store(true, Relaxed);
                            outcome.1.get_or_insert(why);
                        }
                    }
                }
            });
        }
    });
    outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Connects that many clients, or fails.
pub(super) fn clients(turn: &Turn<'_>, role: &str, count: usize, purpose: Purpose) -> Result<Vec<Client>, BenchError> {
    match connect(turn, role, count, purpose) {
        (clients, None) => Ok(clients),
        (_, Some(why)) => Err(turn.error("connecting a client", why)),
    }
}

/// Connects clients, each subscribed to the topic of the turn.
pub(super) fn subscribers(
    turn: &Turn<'_>,
    role: &str,
    count: usize,
    qos: QoS,
    purpose: Purpose,
) -> Result<Vec<Client>, BenchError> {
    let mut subscribers = clients(turn, role, count, purpose)?;
    for client in &mut subscribers {
        client.subscribe(&turn.topic(), qos).map_err(|why| turn.error("subscribing", why))?;
    }
    Ok(subscribers)
}

/// The number of concurrent handshakes. Some brokers are slow for each but not much slower for many; mosquitto 2.0.11
/// takes 200 ms for a WebSocket handshake.
const AT_ONCE: usize = 32;
