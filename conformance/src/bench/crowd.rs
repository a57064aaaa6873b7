//! Many clients at once.

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

/// Connects so many clients; with the first that could not be connected, the reason, and those that were till then.
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

/// All of them, or why not.
pub(super) fn clients(turn: &Turn<'_>, role: &str, count: usize, purpose: Purpose) -> Result<Vec<Client>, BenchError> {
    match connect(turn, role, count, purpose) {
        (clients, None) => Ok(clients),
        (_, Some(why)) => Err(turn.error("connecting a client", why)),
    }
}

/// The same, each with the turn's topic subscribed.
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

/// Handshakes at a time. Some brokers take long for each and not much longer for many: mosquitto 2.0.11 lets 200 ms pass
/// in a WebSocket's.
const AT_ONCE: usize = 32;
