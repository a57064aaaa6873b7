//! Runs a case over sockets, with one task per connection and direction and one loop that carries out the commands.

use std::{collections::BTreeMap, pin::pin, time::Duration};

use tokio::sync::mpsc;

use super::{bystander::Bystander, door::Door};
use crate::{
    judge::{Command, ConnectionNumber, Judge, Observation, Upcoming},
    rt::{self, Instant, sleep, sleep_until, timeout_at},
    runner::trace::{Choice, Watcher},
    transport::{
        LinkError, Reservation, Target,
        network::{Admission, Incoming, Opening, QUEUE, Socket, Write},
    },
    vector::script::Name,
};

/// Carries out commands until the judge is done.
pub(super) async fn run_case(
    judge: &mut Judge,
    clock: &mut Clock,
    nodes: &[Target],
    places: Places,
    bystander: &Bystander,
    door: &Door,
    watcher: Option<&Watcher>,
) {
    let (observed, mut observations) = mpsc::channel(QUEUE);
    let (sockets, current) = (BTreeMap::new(), BTreeMap::new());
    let mut sockets = CaseSockets { nodes, door, places, sockets, current, observed };
    loop {
        match clock.ask(|now| judge.next(now)) {
            Command::Done => return,
            Command::Wait(until) => {
                let until = clock.instant(until);
                match timeout_at(until, observations.recv()).await {
                    Ok(Some(observation)) => {
                        let observation = sockets.settle(observation);
                        clock.ask(|now| judge.observe(now, observation));
                    }
                    // `sockets` holds a sender, so the channel stays open
                    Ok(None) => sleep_until(until).await,
                    Err(_) => {}
                }
            }
            Command::Step(step) => match watcher {
                Some(watcher) => sockets.stand_still(judge, clock, &mut observations, watcher, &step).await,
                None => clock.ask(|now| judge.observe(now, Observation::GoOn)),
            },
            Command::PingBystander => {
                let alive = bystander.ping().await;
                clock.ask(|now| judge.observe(now, Observation::Bystander { alive }));
            }
            Command::Open { connection, who, node, subprotocols, path, .. } => {
                let opening = Opening { subprotocols, path };
                sockets.make_room(who, connection);
                let observation = sockets.open(connection, node, &opening).await;
                clock.ask(|now| judge.observe(now, observation));
            }
            Command::Broker(outage) => {
                let outage = bystander.outage(outage);
                let observation = sockets.outlast(judge, clock, &mut observations, outage).await;
                clock.ask(|now| judge.observe(now, observation));
            }
            Command::Drop(connection) => {
                if let Some(socket) = sockets.sockets.remove(&connection) {
                    socket.reset().await;
                }
            }
            command => sockets.carry_out(command),
        }
    }
}

/// The time of one case.
pub(super) struct Clock {
    start: Instant,
    /// For how long it stood still.
    stood: Duration,
    /// Whether it stands still while the judge works, because somebody may watch it step by step.
    stands: bool,
}

impl Clock {
    pub(super) fn new(stands: bool) -> Self {
        Self { start: Instant::now(), stood: Duration::ZERO, stands }
    }

    pub(super) fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.stood)
    }

    fn instant(&self, at: Duration) -> Instant {
        self.start + self.stood + at
    }

    fn ask<T>(&mut self, judge: impl FnOnce(Duration) -> T) -> T {
        let (now, before) = (self.now(), Instant::now());
        let answer = judge(now);
        if self.stands {
            self.stood += before.elapsed();
        }
        answer
    }
}

/// The sockets of one case.
struct CaseSockets<'a> {
    nodes: &'a [Target],
    door: &'a Door,
    places: Places,
    sockets: BTreeMap<ConnectionNumber, Socket>,
    /// The last connection of each client.
    current: BTreeMap<Name, ConnectionNumber>,
    observed: mpsc::Sender<Observation>,
}

/// Places for all connections that a case needs at once, and the permission to open the first one.
pub(super) struct Places {
    pub(super) reserved: Reservation,
    pub(super) first: Option<Admission>,
}

impl CaseSockets<'_> {
    /// Gives up connections whose clients have others by now, if a place is missing otherwise.
    fn make_room(&mut self, who: Name, connection: ConnectionNumber) {
        self.current.insert(who, connection);
        if self.places.reserved.is_full() {
            self.sockets.retain(|number, _| self.current.values().any(|current| current == number));
        }
    }

    /// The broker's time goes on meanwhile, so the clock of the case does too; its deadlines are longer for that.
    async fn admission(&mut self) -> Admission {
        match self.places.first.take() {
            Some(admission) => admission,
            None => self.places.reserved.admit(true).await,
        }
    }

    async fn open(&mut self, connection: ConnectionNumber, node: usize, opening: &Opening) -> Observation {
        let Some(target) = node.checked_sub(1).and_then(|index| self.nodes.get(index)) else {
            return Observation::Unable(format!("there is no node {node}"));
        };
        let admission = self.admission().await;
        let (mut came, mut incoming) = mpsc::channel(QUEUE);
        let (mut opened, place) = self.door.open(Socket::open(target, admission, opening, came)).await;
        if matches!(opened, Err(LinkError::Silent(_))) {
            // many concurrent connections overflow a small backlog, which is not caused by this case
            (came, incoming) = mpsc::channel(QUEUE);
            let admission = self.admission().await;
            opened = Socket::open(target, admission, opening, came).await;
        }
        match opened {
            Ok(socket) => {
                let subprotocol = socket.subprotocol.clone();
                self.sockets.insert(connection, socket);
                let observed = self.observed.clone();
                // the answer to a WebSocket handshake has come from the broker
                let place = place.filter(|_| !target.is_websocket());
                rt::spawn(async move {
                    if let Some(place) = place
                        && let Some(came) = place.until_accepted(&mut incoming).await
                        && observed.send(observation(connection, came)).await.is_err()
                    {
                        return;
                    }
                    while let Some(came) = incoming.recv().await {
                        if observed.send(observation(connection, came)).await.is_err() {
                            return;
                        }
                    }
                });
                Observation::Opened { connection, subprotocol }
            }
            Err(error) => Observation::Refused { connection, why: error.why().to_owned() },
        }
    }

    /// Lets time stand still until the watcher has chosen. What the broker sends meanwhile is observed at once.
    async fn stand_still(
        &mut self,
        judge: &mut Judge,
        clock: &mut Clock,
        observations: &mut mpsc::Receiver<Observation>,
        watcher: &Watcher,
        step: &Upcoming,
    ) {
        let (now, since) = (clock.now(), Instant::now());
        watcher.step(step);
        let mut choice = pin!(watcher.choice());
        let mut stands = true;
        while stands {
            tokio::select! {
                biased;
                chosen = &mut choice => {
                    stands = false;
                    judge.observe(now, match chosen {
                        Choice::GoOn => Observation::GoOn,
                        Choice::Stop => Observation::Unable(STOPPED.to_owned()),
                    });
                }
                // `self` holds a sender, so the channel stays open
                Some(observation) = observations.recv() => judge.observe(now, self.settle(observation)),
                () = sleep(BEAT) => judge.stand(since.elapsed()),
            }
            while stands {
                match judge.next(now) {
                    Command::Wait(_) => break,
                    Command::Done => stands = false,
                    command => self.carry_out(command),
                }
            }
        }
        clock.stood += since.elapsed();
    }

    /// Waits until the broker has been restarted. What it sends meanwhile is observed at once, and all connections are
    /// over afterwards.
    async fn outlast(
        &mut self,
        judge: &mut Judge,
        clock: &mut Clock,
        observations: &mut mpsc::Receiver<Observation>,
        outage: impl Future<Output = Result<(), String>>,
    ) -> Observation {
        let mut outage = pin!(outage);
        let restarted = loop {
            tokio::select! {
                biased;
                // `self` holds a sender, so the channel stays open
                Some(observation) = observations.recv() => {
                    let observation = self.settle(observation);
                    clock.ask(|now| judge.observe(now, observation));
                }
                restarted = &mut outage => break restarted,
            }
        };
        if let Err(why) = restarted {
            return Observation::Unable(why);
        }
        // something between the suite and the broker may keep a connection open
        for connection in std::mem::take(&mut self.sockets).into_keys() {
            let how = "the broker was restarted".to_owned();
            clock.ask(|now| judge.observe(now, Observation::Ended { connection, how }));
        }
        Observation::BrokerIsBack
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Send { connection, pieces } => {
                if let Some(socket) = self.sockets.get(&connection) {
                    pieces.into_iter().for_each(|piece| socket.write(Write::Piece(piece)));
                }
            }
            Command::Frame { connection, opcode, fin, payload } => {
                if let Some(socket) = self.sockets.get(&connection) {
                    socket.write(Write::Frame { opcode, fin, payload });
                }
            }
            Command::Close(connection) => {
                if let Some(socket) = self.sockets.get(&connection) {
                    socket.write(Write::Close);
                }
            }
            Command::Open { .. }
            | Command::Drop(_)
            | Command::Broker(_)
            | Command::PingBystander
            | Command::Step(_)
            | Command::Wait(_)
            | Command::Done => {}
        }
    }

    /// Drops the socket of a connection that has ended.
    fn settle(&mut self, observation: Observation) -> Observation {
        if let Observation::Ended { connection, .. } = &observation {
            self.sockets.remove(connection);
        }
        observation
    }
}

fn observation(connection: ConnectionNumber, came: Incoming) -> Observation {
    match came {
        Incoming::Bytes(bytes) => Observation::Bytes { connection, bytes },
        Incoming::Ended(how) | Incoming::Refused(how) => Observation::Ended { connection, how },
        Incoming::Violation(what, statement) => Observation::TransportViolation { connection, what, statement },
    }
}

/// How often connections are looked after while time stands still; the shortest Keep Alive is a second.
const BEAT: Duration = Duration::from_millis(200);
/// Why a case has no verdict whose watcher stopped it.
const STOPPED: &str = "stopped before a step, as you asked";
