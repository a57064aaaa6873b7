//! A client that takes part in no case. It must stay connected whatever the others do, since v5 [MQTT-4.13.1-1] closes
//! only the connection at fault. If it loses its connection, the broker has crashed or hangs.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use mqttspec_codec::{ReasonCode, Version};
use tokio::sync::{Mutex, MutexGuard};

use super::{outages::Outages, restart::Restart};
use crate::{
    packet::{Fields, Value},
    rt::{Instant, sleep},
    runner::{
        Client, Login,
        client::{KEEP_ALIVE, reason_code},
    },
    transport::{Dial, LinkError},
    vector::script::Outage,
};

/// A connection that is kept for the whole run, and reopened after it was lost.
#[derive(Debug)]
pub(super) struct Bystander {
    dial: Dial,
    version: Version,
    login: Login,
    client_id: String,
    /// How long an answer may take.
    patience: Duration,
    outages: Outages,
    connected: Mutex<Option<Connected>>,
    /// When the last ping was sent, and whether it was answered.
    last_ping: Mutex<Option<(Instant, bool)>>,
    lost: AtomicU64,
    /// Why there will be no connection any more.
    gone: OnceLock<String>,
}

#[derive(Debug)]
struct Connected {
    client: Client<Dial>,
    /// The longest time between two pings.
    pause: Duration,
}

impl Bystander {
    pub(super) fn new(dial: Dial, version: Version, login: Login, client_id: String, patience: Duration) -> Self {
        let (connected, last_ping) = (Mutex::new(None), Mutex::new(None));
        let (lost, gone) = (AtomicU64::new(0), OnceLock::new());
        let outages = Outages::default();
        Self { dial, version, login, client_id, patience, outages, connected, last_ping, lost, gone }
    }

    /// Restarts the broker by these commands if it does not come back by itself, or if a case needs that.
    pub(super) fn restarting(self, outages: Outages) -> Self {
        Self { outages, ..self }
    }

    /// Whether there is a command that restarts the broker.
    pub(super) fn can_restart(&self) -> bool {
        self.outages.can_recover()
    }

    /// How often the connection has been lost.
    pub(super) fn times_lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Why the broker is considered gone, as a fragment for people; `None` if it is not.
    pub(super) fn why_gone(&self) -> Option<&str> {
        self.gone.get().map(String::as_str)
    }

    /// Whether there is a connection. If not, waits for the broker to come back, or restarts it; if it does not come
    /// back, it is considered gone.
    pub(super) async fn is_ready(&self) -> bool {
        self.reconnect(self.connected.lock().await, false).await
    }

    /// Restarts the broker, and waits until it accepts connections again. Returns false if it does not.
    pub(super) async fn restart_broker(&self) -> bool {
        let mut connected = self.connected.lock().await;
        *connected = None;
        self.reconnect(connected, true).await
    }

    async fn reconnect(&self, mut connected: MutexGuard<'_, Option<Connected>>, mut restart_now: bool) -> bool {
        let (mut start, mut limit) = (Instant::now(), if self.can_restart() { SOON } else { COMES_BACK });
        let (mut restart, mut failed) = (self.outages.recovery(), String::new());
        while connected.is_none() {
            if self.gone.get().is_some() {
                return false;
            }
            if restart_now {
                // it may fail because the broker is being restarted anyway
                if let Some(Err(why)) = maybe(restart.take()).await {
                    failed = format!("; {why}");
                }
                (start, limit, restart_now) = (Instant::now(), STARTS, false);
            }
            match self.connect().await {
                Ok(new) => *connected = Some(new),
                Err(_) if start.elapsed() <= limit => sleep(TRIES_AGAIN).await,
                Err(_) if restart.is_some() => restart_now = true,
                Err(why) => drop(self.gone.set(format!("{why}{failed}"))),
            }
        }
        true
    }

    /// Lets a case stop the broker and start it again, and waits until it accepts connections. The connection is opened
    /// again, and does not count as lost.
    ///
    /// # Errors
    /// A sentence for people: there is no such command, it failed, or the broker did not stop or did not come back.
    pub(super) async fn outage(&self, outage: Outage) -> Result<(), String> {
        let command = self.outages.command(outage).ok_or("there is no command for that")?;
        let mut connected = self.connected.lock().await;
        let Some(before) = connected.as_mut() else { return Err("the broker is gone".to_owned()) };
        command.run().await?;
        if !self.has_ended(before).await {
            return Err(format!(
                "{command} returned, but {:?} later the broker still serves a client that was connected before; the \
                 command must end the broker and start it again",
                self.outages.limit()
            ));
        }
        *connected = None;
        let start = Instant::now();
        while connected.is_none() {
            match self.connect().await {
                Ok(new) => *connected = Some(new),
                Err(_) if start.elapsed() <= self.outages.limit() => sleep(TRIES_AGAIN).await,
                Err(why) => {
                    return Err(format!(
                        "{command} returned, but {:?} later the broker did not answer ({why}); the command must start it \
                         again, with the same data and at the same address",
                        self.outages.limit()
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether a connection ends soon. A command may return while the broker is still stopping.
    async fn has_ended(&self, connected: &mut Connected) -> bool {
        let start = Instant::now();
        while matches!(connected.client.ping(&mut self.dial.clone(), self.patience).await, Ok(Some(_))) {
            if start.elapsed() > self.outages.limit() {
                return false;
            }
            sleep(TRIES_AGAIN).await;
        }
        true
    }

    async fn connect(&self) -> Result<Connected, String> {
        let connect = Fields::from([("client_id", Value::text(&self.client_id))]);
        let attempt = Client::connect(&mut self.dial.clone(), self.version, &self.login, connect).await;
        let (client, connack) = attempt.map_err(|error| error.why().to_owned())?;
        match reason_code(&connack) {
            ReasonCode::Success => Ok(Connected { client, pause: pause(&connack) }),
            code => Err(format!("CONNACK {code}")),
        }
    }

    /// Pings periodically without end.
    pub(super) async fn stay(&self) {
        loop {
            let pause = self.connected.lock().await.as_ref().map_or(LONGEST_SILENCE, |connected| connected.pause);
            sleep(pause).await;
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
        let mut connected = self.connected.lock().await;
        let Some(current) = connected.as_mut() else { return false };
        let pong = current.client.ping(&mut self.dial.clone(), self.patience).await;
        // a broker that sends without end neither crashed nor hangs; the cases find what it sends
        let alive = matches!(pong, Ok(Some(_)) | Err(LinkError::Endless(_)));
        if !alive {
            *connected = None;
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        alive
    }
}

/// Runs the command, if there is one.
async fn maybe(restart: Option<&Restart>) -> Option<Result<(), String>> {
    match restart {
        Some(restart) => Some(restart.run().await),
        None => None,
    }
}

/// Half the Keep Alive, which is that of CONNACK if it has one (v5 [MQTT-3.1.2-21]).
fn pause(connack: &Fields) -> Duration {
    let seconds = connack.get("server_keep_alive").and_then(Value::as_number).unwrap_or(KEEP_ALIVE);
    match seconds {
        0 => LONGEST_SILENCE,
        seconds => LONGEST_SILENCE.min(Duration::from_millis(seconds * 500)),
    }
}

/// v3.1.1 cannot announce a Keep Alive that the broker imposes, so that the bystander is never silent for long.
const LONGEST_SILENCE: Duration = Duration::from_secs(2);
/// How long a crashed broker may take to restart by itself.
pub(super) const COMES_BACK: Duration = Duration::from_secs(15);
/// The same if there is a command that restarts it.
const SOON: Duration = Duration::from_secs(2);
/// How long a broker may take to start.
const STARTS: Duration = Duration::from_secs(60);
pub(super) const TRIES_AGAIN: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_keep_to_the_keep_alive_of_the_broker() {
        let connack = |seconds| Fields::from([("server_keep_alive", Value::Number(seconds))]);
        assert_eq!(pause(&connack(1)), Duration::from_millis(500));
        assert_eq!(pause(&connack(5)), LONGEST_SILENCE);
        assert_eq!(pause(&connack(0)), LONGEST_SILENCE);
        assert_eq!(pause(&Fields::new()), LONGEST_SILENCE);
    }
}
