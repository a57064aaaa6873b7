//! [`Stage`]: a server, a network and users who chat.

use std::{error::Error, io, sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    chat::{Ledger, Outcome, Pace, Said},
    client::User,
    network::{Count, Meter, Network, Process, Proxy},
    transport::Transport,
};

/// An error with everything that is needed to show it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Who is on a stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cast {
    pub(crate) rooms: usize,
    /// Of each room.
    pub(crate) members: usize,
    /// Messages a second in all rooms together.
    pub(crate) rate: f64,
    pub(crate) pace: Pace,
    /// `None` connects the users to the server without a proxy, so nothing is counted.
    pub(crate) network: Option<Network>,
    pub(crate) seed: u64,
}

/// Ends with everything on it when it is dropped.
#[derive(Debug)]
pub(crate) struct Stage {
    cast: Cast,
    server: Process,
    proxy: Option<Proxy>,
    meter: Arc<Meter>,
    ledger: Arc<Ledger>,
    /// One for each user, room by room.
    outboxes: Vec<mpsc::UnboundedSender<Said>>,
    users: JoinSet<()>,
    rng: Rng,
}

impl Stage {
    /// Starts everything and waits until all users are present.
    ///
    /// # Errors
    /// When the server does not start, or not all users are present in time.
    pub(crate) async fn open(transport: Transport, cast: Cast) -> Result<Self> {
        let server = Process::start(transport, cast.pace).await?;
        let meter = Arc::new(Meter::default());
        let proxy = match cast.network {
            Some(network) => Some(Proxy::start(server.address(), network, Arc::clone(&meter), cast.seed).await?),
            None => None,
        };
        let address = proxy.as_ref().map_or(server.address(), Proxy::address);
        let present = Arc::new(Semaphore::new(0));
        let mut rng = Rng::with_seed(cast.seed);
        let ledger = Arc::new(Ledger::default());
        let (mut outboxes, mut users) = (Vec::new(), JoinSet::new());
        let all = cast.rooms * cast.members;
        for number in 0..all {
            let (outbox, waiting) = mpsc::unbounded_channel();
            let user = User {
                name: format!("user-{number}"),
                room: format!("room-{}", number / cast.members),
                member: number % cast.members,
                address,
                pace: cast.pace,
                seed: rng.u64(..),
                meter: Arc::clone(&meter),
                ledger: Arc::clone(&ledger),
                present: Arc::clone(&present),
            };
            users.spawn(user.chat(transport, waiting));
            outboxes.push(outbox);
            if number % CROWD == CROWD - 1 {
                sleep(Duration::from_millis(20)).await;
            }
        }
        let all = u32::try_from(all)?;
        if timeout(ARRIVAL, present.acquire_many(all)).await.is_err() {
            let arrived = present.available_permits();
            return Err(format!("{}: {arrived} of {all} users were present in time", transport.name()).into());
        }
        Ok(Self { cast, server, proxy, meter, ledger, outboxes, users, rng })
    }

    /// Says messages at the rate of the cast for so long, each in a random room and from a random member.
    pub(crate) async fn talk(&mut self, time: Duration) {
        let end = Instant::now() + time;
        let mut tick = interval(Duration::from_secs_f64(1.0 / self.cast.rate));
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tick.tick().await;
            if Instant::now() >= end {
                return;
            }
            let user = self.rng.usize(..self.outboxes.len());
            let text = (0..self.rng.usize(20..120)).map(|_| self.rng.alphanumeric()).collect();
            let id = self.ledger.say(self.cast.members);
            // a user stays until the stage ends
            let _ = self.outboxes[user].send(Said { from: format!("user-{user}"), id, text });
        }
    }

    /// Waits until everything has arrived, or until nothing has arrived for so long that nothing will. That time is counted in
    /// short sleeps, so that a machine which stands still for a while is not taken for silence.
    pub(crate) async fn settle(&self) {
        let mut lost = self.ledger.outcome().lost();
        let mut still = 0;
        while lost > 0 && still < STILL {
            sleep(Duration::from_millis(50)).await;
            let now = self.ledger.outcome().lost();
            still = if now == lost { still + 1 } else { 0 };
            lost = now;
        }
    }

    /// Breaks all connections and new ones, or stops doing so.
    pub(crate) fn set_broken(&self, broken: bool) {
        if let Some(proxy) = &self.proxy {
            proxy.set_broken(broken);
        }
    }

    pub(crate) fn users(&self) -> f64 {
        self.users.len() as f64
    }

    pub(crate) fn count(&self) -> Count {
        self.meter.count()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.ledger.outcome()
    }

    /// See [`Process::processor_time`].
    pub(crate) fn processor_time(&self) -> io::Result<Duration> {
        self.server.processor_time()
    }
}

/// Users who connect at once.
const CROWD: usize = 25;
/// Sleeps of 50 ms, together twice the longest wait before connecting again.
const STILL: u32 = 80;
/// How long users may take to be present.
const ARRIVAL: Duration = Duration::from_secs(30);
