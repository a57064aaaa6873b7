//! The client that takes part in no case: it must stay connected whatever the others do (v5 [MQTT-4.13.1-1] closes only
//! the connection at fault).

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use mqttspec_codec::Version;
use tokio::sync::Mutex;

use super::Dial;
use crate::{
    guest::{Client, Login},
    value::{Fields, Value},
};

/// One connection, kept for the whole run; opened again after it was lost.
#[derive(Debug)]
pub(super) struct Bystander {
    dial: Dial,
    version: Version,
    login: Login,
    client_id: String,
    client: Mutex<Option<Client<Dial>>>,
    lost: AtomicU64,
}

impl Bystander {
    pub(super) fn new(dial: Dial, version: Version, login: Login, client_id: String) -> Self {
        Self { dial, version, login, client_id, client: Mutex::new(None), lost: AtomicU64::new(0) }
    }

    /// How often the connection was lost so far.
    pub(super) fn times_lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Connects if there is no connection. Whether there is one now.
    pub(super) async fn connect(&self) -> bool {
        let mut client = self.client.lock().await;
        if client.is_none() {
            let connect = Fields::from([("client_id", Value::text(&self.client_id)), ("keep_alive", Value::Number(0))]);
            let opened = Client::connect(&mut self.dial.clone(), self.version, &self.login, connect).await;
            *client = opened.ok().map(|(client, _)| client);
        }
        client.is_some()
    }

    /// Pings now and then for ever, for brokers that impose a Keep Alive.
    pub(super) async fn stay(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            self.ping().await;
        }
    }

    /// Whether a ping is answered on the connection that was open before.
    pub(super) async fn ping(&self) -> bool {
        let alive = {
            let mut client = self.client.lock().await;
            let answered = match client.as_mut() {
                Some(client) => client.ping(&mut self.dial.clone(), PATIENCE).await,
                None => Ok(None),
            };
            if !matches!(answered, Ok(Some(_))) {
                *client = None;
            }
            client.is_some()
        };
        if !alive {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self.connect().await;
        }
        alive
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
