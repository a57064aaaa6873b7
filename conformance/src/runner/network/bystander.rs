//! A client that takes part in no case. It must stay connected whatever the others do, since v5 [MQTT-4.13.1-1] closes
//! only the connection at fault. If it loses its connection, the broker has crashed or hangs.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use mqttspec_codec::Version;
use tokio::{sync::Mutex, time::sleep};

use crate::{
    packet::{Fields, Value},
    runner::{Client, Login},
    transport::Dial,
};

/// A connection that is kept for the whole run, and reopened after it was lost.
#[derive(Debug)]
pub(super) struct Bystander {
    dial: Dial,
    version: Version,
    login: Login,
    client_id: String,
    client: Mutex<Option<Client<Dial>>>,
    /// When the last ping was sent, and whether it was answered.
    last_ping: Mutex<Option<(Instant, bool)>>,
    lost: AtomicU64,
    gone: AtomicBool,
}

impl Bystander {
    pub(super) fn new(dial: Dial, version: Version, login: Login, client_id: String) -> Self {
        let (client, last_ping) = (Mutex::new(None), Mutex::new(None));
        let (lost, gone) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { dial, version, login, client_id, client, last_ping, lost, gone }
    }

    /// How often the connection has been lost.
    pub(super) fn times_lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Whether there is a connection. If not, waits for the broker to come back; if it does not, it is considered gone.
    pub(super) async fn is_ready(&self) -> bool {
        let mut client = self.client.lock().await;
        let start = Instant::now();
        while client.is_none() {
            if self.gone.load(Ordering::Relaxed) || start.elapsed() > COMES_BACK {
                self.gone.store(true, Ordering::Relaxed);
                return false;
            }
            let connect = Fields::from([("client_id", Value::text(&self.client_id)), ("keep_alive", Value::Number(0))]);
            match Client::connect(&mut self.dial.clone(), self.version, &self.login, connect).await {
                Ok((connected, _)) => *client = Some(connected),
                Err(_) => sleep(TRIES_AGAIN).await,
            }
        }
        true
    }

    /// Pings periodically without end, for brokers that impose a Keep Alive.
    pub(super) async fn stay(&self, every: Duration) {
        loop {
            sleep(every).await;
            self.ping().await;
        }
    }

    /// Whether a ping is answered on the current connection. Cases that ask while a ping is on its way share the next
    /// one, because on a slow network many ask meanwhile.
    pub(super) async fn ping(&self) -> bool {
        let asked = Instant::now();
        let mut last_ping = self.last_ping.lock().await;
        if let Some((sent, alive)) = *last_ping
            && sent >= asked
        {
            return alive;
        }
        let sent = Instant::now();
        let alive = self.ping_once().await;
        *last_ping = Some((sent, alive));
        alive
    }

    async fn ping_once(&self) -> bool {
        let mut client = self.client.lock().await;
        let Some(connected) = client.as_mut() else { return false };
        let alive = matches!(connected.ping(&mut self.dial.clone(), PATIENCE).await, Ok(Some(_)));
        if !alive {
            *client = None;
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        alive
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
/// How long a crashed broker may take to restart.
pub(super) const COMES_BACK: Duration = Duration::from_secs(15);
pub(super) const TRIES_AGAIN: Duration = Duration::from_millis(200);
