//! Runs a case against a broker in this process. Time passes only while the judge waits.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::FutureExt;
use mqttspec_codec::{ReasonCode, Version};

use super::{
    Capabilities, CaseRun, Client, Login, Prepared, ProbeError, RunId, Span, client::reason_code, prepare, probe::probe,
};
use crate::{
    judge::{Command, ConnectionNumber, Judge, Observation, Verdict},
    packet::{Fields, Value},
    transport::{Arrived, Link, LinkError, Memory},
    vector::Case,
};

/// Probes what a broker in memory supports.
///
/// # Errors
/// See [`ProbeError`].
pub fn probe_in_memory(memory: &mut Memory, version: Version, login: &Login) -> Result<Capabilities, ProbeError> {
    let mut capabilities = ready(probe(memory, version, login, "probe"))?;
    let restarts = memory.restart();
    let evidence =
        if restarts { "the in-memory broker restarts from what it stored" } else { "the broker cannot restart" };
    capabilities.learn("restart", Value::Bool(restarts), evidence);
    capabilities.learn("websocket", Value::Bool(false), "the in-memory broker has no WebSocket");
    Ok(capabilities)
}

/// Runs a case against a fresh broker with known capabilities, and connects as the user of `login`.
#[must_use]
pub fn run_case_in_memory(case: &Arc<Case>, mut memory: Memory, capabilities: &Capabilities, login: &Login) -> CaseRun {
    match prepare(case, 0, &RunId::fixed(), capabilities, login) {
        Prepared::Skip(why) => CaseRun::not_run(case, Verdict::Skip(why)),
        Prepared::Invalid(why) => CaseRun::not_run(case, Verdict::Error(why)),
        Prepared::Run(script, setup) => {
            let mut judge = Judge::new(*script, setup);
            let login = Login { fence_by: capabilities.fence_by, ..login.clone() };
            CasePlayer::new(&mut memory, case.version, &login).run(&mut judge);
            let outcome = judge.finish();
            let span = Span { took: memory.now(), ..Span::default() };
            CaseRun::new(case, outcome.verdict, outcome.transcript, span)
        }
    }
}

/// A case that is running.
struct CasePlayer<'a> {
    memory: &'a mut Memory,
    version: Version,
    login: &'a Login,
    start: Duration,
    connections: BTreeMap<ConnectionNumber, u64>,
    bystander: Option<Bystander>,
}

impl<'a> CasePlayer<'a> {
    fn new(memory: &'a mut Memory, version: Version, login: &'a Login) -> Self {
        let start = memory.now();
        let bystander = Bystander::connect(memory, version, login);
        Self { memory, version, login, start, connections: BTreeMap::new(), bystander }
    }

    fn now(&self) -> Duration {
        self.memory.now().saturating_sub(self.start)
    }

    fn run(mut self, judge: &mut Judge) {
        loop {
            let now = self.now();
            match judge.next(now) {
                Command::Done => return,
                Command::Wait(until) => {
                    self.wait(until);
                    self.report(judge);
                }
                command => {
                    for observation in self.carry_out(command) {
                        judge.observe(self.now(), observation);
                    }
                }
            }
            self.report(judge);
        }
    }

    /// Lets time pass in small steps, because a broker may impose a Keep Alive on the bystander too.
    fn wait(&mut self, until: Duration) {
        let now = self.memory.now();
        let connections: Vec<u64> = self.connections.values().copied().collect();
        self.memory.advance((self.start + until).min(now + STEP), &connections);
        if self.bystander.as_mut().is_some_and(|bystander| !bystander.stay(self.memory)) {
            self.bystander = None;
        }
    }

    fn carry_out(&mut self, command: Command) -> Vec<Observation> {
        match command {
            Command::PingBystander => {
                let alive = self.bystander.as_mut().is_some_and(|bystander| bystander.is_alive(self.memory));
                vec![Observation::Bystander { alive }]
            }
            Command::Broker(_) => {
                if !self.memory.restart() {
                    return vec![Observation::Unable("this broker cannot be restarted".to_owned())];
                }
                let stopped = |connection| Observation::Ended { connection, how: "the broker stopped".to_owned() };
                let mut observations: Vec<_> = std::mem::take(&mut self.connections).into_keys().map(stopped).collect();
                self.bystander = Bystander::connect(self.memory, self.version, self.login);
                observations.push(Observation::BrokerIsBack);
                observations
            }
            Command::Open { connection, .. } => {
                self.connections.insert(connection, self.memory.open_for_case());
                vec![Observation::Opened { connection, subprotocol: None }]
            }
            Command::Send { connection, pieces } => {
                if let Some(&id) = self.connections.get(&connection) {
                    pieces.into_iter().for_each(|piece| self.memory.send_for_case(id, piece));
                }
                Vec::new()
            }
            Command::Step(_) => vec![Observation::GoOn],
            Command::Frame { .. } => vec![Observation::Unable("frames exist only over WebSocket".to_owned())],
            Command::Close(connection) | Command::Drop(connection) => match self.connections.remove(&connection) {
                Some(id) => {
                    self.memory.close_for_case(id);
                    vec![Observation::Ended { connection, how: "closed".to_owned() }]
                }
                None => Vec::new(),
            },
            Command::Wait(_) | Command::Done => Vec::new(),
        }
    }

    /// Passes everything that has arrived to the judge.
    fn report(&mut self, judge: &mut Judge) {
        let now = self.now();
        for (&connection, &id) in &self.connections {
            for arrived in self.memory.take_arrived(id) {
                judge.observe(
                    now,
                    match arrived {
                        Arrived::Bytes(bytes) => Observation::Bytes { connection, bytes },
                        Arrived::Ended => Observation::Ended { connection, how: "closed".to_owned() },
                    },
                );
            }
        }
    }
}

/// A client that takes no part in the case. It does not wait for PINGRESP while the case runs, because time would pass.
struct Bystander {
    client: Client<Memory>,
    /// How many pings are not answered yet.
    unanswered: usize,
}

impl Bystander {
    fn connect(memory: &mut Memory, version: Version, login: &Login) -> Option<Self> {
        let connect = Fields::from([("client_id", Value::text("bystander"))]);
        let (client, connack) = ready(Client::connect(memory, version, login, connect)).ok()?;
        (reason_code(&connack) == ReasonCode::Success).then_some(Self { client, unanswered: 0 })
    }

    /// Pings. Returns whether the connection is still open.
    fn stay(&mut self, memory: &mut Memory) -> bool {
        self.ping(memory, Duration::ZERO).is_ok()
    }

    /// Whether all pings are answered in time.
    fn is_alive(&mut self, memory: &mut Memory) -> bool {
        self.ping(memory, PATIENCE).is_ok() && self.unanswered == 0
    }

    fn ping(&mut self, memory: &mut Memory, within: Duration) -> Result<(), LinkError> {
        let Some(answer) = ready(self.client.send_ping(memory))? else { return Ok(()) };
        self.unanswered += 1;
        while self.unanswered > 0 && ready(self.client.wait_for(memory, answer, within))?.is_some() {
            self.unanswered -= 1;
        }
        Ok(())
    }
}

/// The output of a future over [`Memory`], which never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a link in memory is always ready")
}

const PATIENCE: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(500);
