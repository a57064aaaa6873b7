//! [`Judge`]: commands out, observations in.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use super::{
    Command, Leftovers, Observation, Setup, Stray, Transcript, TranscriptEntry, Verdict,
    blocks::walk,
    ending::{self, Ending},
    expect::raw,
    failure,
    state::{Case, recording::Watch},
    steps::{
        self, Todo,
        task::{Progress, Task},
    },
    stepwise::Stepwise,
};
use crate::vector::script::{Expectation, Expected, Name, Script};

/// Runs a script and judges what the broker does. It has no clock and no sockets: it returns commands, and takes
/// observations.
#[derive(Debug)]
pub struct Judge {
    case: Case,
    /// The next one is at the front.
    todo: VecDeque<Todo>,
    /// What the judge is waiting for.
    task: Option<Task>,
    /// The latest time to check again.
    wake: Duration,
    verdict: Option<Verdict>,
    stage: Stage,
    stepwise: Stepwise,
    /// Whether the case has a `<- hex`. If not, packets are not compared with the steps that follow.
    expects_bytes: bool,
}

/// The phase of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Steps,
    /// The fences at the end, and the bystander's ping.
    Ending,
    /// There is a verdict; the connections are being closed.
    Disconnecting,
}

/// The result of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Everything that happened.
    pub transcript: Transcript,
    /// What must be removed from the broker.
    pub leftovers: Leftovers,
    /// Messages of other cases that the case received. They do not count against it.
    pub strays: Vec<Stray>,
}

impl Judge {
    /// A judge at the start of a case.
    #[must_use]
    pub fn new(script: Script, setup: Setup) -> Self {
        let (case, steps) = Case::new(setup, script);
        let is_raw = |expectation: &Expectation| matches!(expectation.what, Expected::Raw(_));
        let expects_bytes = walk::any_step(&steps, &is_raw);
        Self {
            case,
            todo: steps.into_iter().map(Todo::Step).collect(),
            task: None,
            wake: Duration::ZERO,
            verdict: None,
            stage: Stage::Steps,
            stepwise: Stepwise::default(),
            expects_bytes,
        }
    }

    /// Calls the function for each entry of the transcript: for what is sent, before it is sent.
    #[must_use]
    pub fn watched(mut self, watch: Arc<dyn Fn(&TranscriptEntry) + Send + Sync>) -> Self {
        self.case.transcript.watch(Watch(Some(watch)));
        self
    }

    /// Stops before each step, with [`Command::Step`].
    #[must_use]
    pub fn stepwise(self) -> Self {
        Self { stepwise: Stepwise::on(), ..self }
    }

    /// Sends pings while time stands still, as the broker's time does not. `stood` is for how long it has stood before
    /// this step, on the player's clock.
    pub fn stand(&mut self, stood: Duration) {
        let due = if self.verdict.is_none() { self.stepwise.due(&self.case, stood) } else { Vec::new() };
        for who in due {
            self.case.ping_unrecorded(&who);
        }
    }

    /// The next command. Call it until it returns `Wait` or `Done`; calling it again at any time is allowed.
    #[must_use]
    pub fn next(&mut self, now: Duration) -> Command {
        self.tick(now);
        loop {
            if let Some(command) = self.case.commands.pop_front() {
                return command;
            }
            if self.stage == Stage::Disconnecting {
                return Command::Done;
            }
            self.advance();
            if self.case.commands.is_empty() && self.stage != Stage::Disconnecting {
                // an act that writes nothing is over at once
                self.case.last_act.in_progress = false;
                let pings = self.case.connections.values().filter_map(|connection| connection.ping_due());
                let wake = pings.min().map_or(self.wake, |due| self.wake.min(due));
                return Command::Wait(wake.max(self.case.now));
            }
        }
    }

    /// What the player observed.
    pub fn observe(&mut self, now: Duration, observation: Observation) {
        self.tick(now);
        if self.verdict.is_some() {
            return;
        }
        match observation {
            Observation::Opened { connection, subprotocol } => {
                if let Some(who) = self.case.client_of(connection) {
                    self.case.opened(&who, subprotocol);
                }
            }
            Observation::Refused { connection, why } => {
                if let Some(who) = self.case.client_of(connection) {
                    self.case.ended(&who, why, true);
                }
            }
            Observation::Ended { connection, how } => {
                if let Some(who) = self.case.client_of(connection) {
                    self.case.ended(&who, how, false);
                }
            }
            Observation::Bytes { connection, bytes } => {
                if let Some(who) = self.case.client_of(connection) {
                    return self.bytes(&who, connection, &bytes);
                }
            }
            Observation::TransportViolation { connection, what, statement } => {
                if let Some(who) = self.case.client_of(connection)
                    && self.case.listens_to(&who, connection)
                {
                    let failure = failure::always_on(&self.case, format!("{who}: {what}"), statement, None);
                    self.decide(Verdict::Fail(Box::new(failure)));
                }
            }
            Observation::BrokerIsBack => self.case.broker_is_back = true,
            Observation::Bystander { alive } => self.case.bystander = Some(alive),
            Observation::GoOn => self.stepwise.go_on(),
            Observation::Unable(why) => self.decide(Verdict::Error(why.into())),
        }
        self.advance();
    }

    /// The verdict, and the evidence. If called before `Done`, the verdict is an error, because the case was stopped
    /// early.
    #[must_use]
    pub fn finish(self) -> Outcome {
        let leftovers = self.case.leftovers();
        let verdict = self.verdict.unwrap_or_else(|| Verdict::Error("stopped before its end".into()));
        Outcome { verdict, transcript: self.case.transcript.into_transcript(), leftovers, strays: self.case.strays }
    }

    /// Advances the time, which never goes back. Commands returned earlier have been carried out by now.
    fn tick(&mut self, now: Duration) {
        self.case.now = self.case.now.max(now);
        if self.case.last_act.in_progress && self.case.commands.is_empty() {
            self.case.last_act.in_progress = false;
            self.case.last_act.written = self.case.now;
        }
    }

    /// Processes one packet at a time, so that the verdict does not depend on how the network splits the bytes.
    fn bytes(&mut self, who: &Name, connection: super::ConnectionNumber, bytes: &[u8]) {
        if !self.case.listens_to(who, connection) {
            return;
        }
        for frame in self.case.split(who, bytes) {
            if self.verdict.is_some() || !self.case.listens_to(who, connection) {
                return;
            }
            if let Some(verdict) = self.case.too_large(who, &frame) {
                return self.decide(verdict);
            }
            let wanted = self.expects_bytes && frame.as_ref().is_ok_and(|frame| self.waits_for_bytes(who, frame));
            match self.case.arrived(who, frame, wanted) {
                Ok(()) => match self.case.overrun(who) {
                    Some(verdict) => self.decide(verdict),
                    None => self.advance(),
                },
                Err(failure) => self.decide(Verdict::Fail(failure)),
            }
        }
    }

    /// Whether a later `<- hex` of this connection expects exactly these bytes.
    fn waits_for_bytes(&self, who: &Name, bytes: &[u8]) -> bool {
        let wanted = |expectation: &Expectation| match &expectation.what {
            Expected::Raw(pieces) => expectation.who == *who && raw::fits(pieces, bytes, &self.case.names).is_some(),
            _ => false,
        };
        self.task.as_ref().is_some_and(|task| task.waits_for(&wanted))
            || self.todo.iter().any(|todo| match todo {
                Todo::Step(step) => walk::any_step(std::slice::from_ref(step), &wanted),
                Todo::Task(task) => task.waits_for(&wanted),
                Todo::Warn(_) | Todo::Flow(_) | Todo::Again(_) => false,
            })
    }

    /// Whether expectations follow after the current step.
    fn goes_on(&self) -> bool {
        self.todo.iter().any(|todo| match todo {
            Todo::Step(step) => walk::any_step(std::slice::from_ref(step), &|_| true),
            _ => false,
        })
    }

    /// Proceeds until there is a command or something to wait for.
    fn advance(&mut self) {
        while self.verdict.is_none() && self.case.commands.is_empty() {
            self.keep_alive();
            if !self.case.commands.is_empty() {
                return;
            }
            self.case.goes_on = self.goes_on();
            let todo = match self.task.take() {
                Some(mut task) => match task.poll(&mut self.case) {
                    Ok(Progress::Done(todo)) => todo,
                    Ok(Progress::Wait(until)) => {
                        self.task = Some(task);
                        self.wake = until;
                        self.case.acknowledge_permitted();
                        return;
                    }
                    Err(verdict) => return self.decide(verdict),
                },
                None if self.is_before_a_step() => return,
                None => match self.start() {
                    Ok(todo) => todo,
                    Err(verdict) => return self.decide(verdict),
                },
            };
            for todo in todo.into_iter().rev() {
                self.todo.push_front(todo);
            }
        }
    }

    /// Whether the next item is a step that must wait for [`Observation::GoOn`].
    fn is_before_a_step(&mut self) -> bool {
        let Some(Todo::Step(step)) = self.todo.front() else { return false };
        let (waits, command) = self.stepwise.before(step, &self.case);
        if waits {
            self.wake = Duration::MAX;
        }
        self.case.commands.extend(command);
        waits
    }

    /// Starts the next item. Returns what must be done before anything else.
    fn start(&mut self) -> Result<Vec<Todo>, Verdict> {
        match self.todo.pop_front() {
            Some(Todo::Step(step) | Todo::Again(step)) => return steps::start(step, &mut self.case),
            Some(Todo::Task(task)) => self.task = Some(task),
            Some(Todo::Flow(flow)) => self.task = Some(Task::Flow(flow)),
            Some(Todo::Warn(warning)) => self.case.add_warning(&warning),
            None if self.stage == Stage::Steps => {
                self.stage = Stage::Ending;
                self.case.flush(None);
                self.task = Some(Task::Ending(Ending::start(&mut self.case)));
                self.todo.push_back(Todo::Task(Task::Bystander { asked: false, refused: None }));
            }
            None => {
                let warnings = std::mem::take(&mut self.case.warnings);
                return Err(if warnings.is_empty() { Verdict::Pass } else { Verdict::Warn(warnings) });
            }
        }
        Ok(Vec::new())
    }

    fn decide(&mut self, verdict: Verdict) {
        self.verdict = Some(self.stepwise.fair(verdict));
        self.stage = Stage::Disconnecting;
        ending::disconnect_all(&mut self.case);
    }

    /// Sends automatic pings for clients whose vector writes no Keep Alive.
    fn keep_alive(&mut self) {
        let now = self.case.now;
        let due =
            self.case.connections.iter().filter(|(_, connection)| connection.ping_due().is_some_and(|due| due <= now));
        let due: Vec<Name> = due.map(|(who, _)| Name::clone(who)).collect();
        for who in due {
            self.case.ping(&who);
        }
    }
}
