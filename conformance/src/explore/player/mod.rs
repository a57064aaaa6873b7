//! Plays a plan over a [`Link`], and records what happens.

mod connect;
mod fence;
mod line;
mod names;
mod operate;
mod remove;
mod seat;

use std::time::Duration;

pub use self::names::Names;
use self::{line::Live, seat::Seat};
use super::{
    history::{Entry, History, Line, Moment, What},
    plan::{CLIENTS, Plan},
};
use crate::{runner::Login, transport::Link};

/// How fast a plan is played, and how long to wait.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// After each operation of a plan with pings.
    pub settle: Duration,
    /// At the end, before it is judged.
    pub quiet: Duration,
    /// For an answer.
    pub patience: Duration,
    /// For the broker to end a connection whose other side is closed.
    pub farewell: Duration,
}

/// A plan that is being played.
#[derive(Debug)]
pub struct Player<'a, L: Link> {
    link: &'a mut L,
    plan: &'a Plan,
    names: &'a Names,
    login: &'a Login,
    tempo: Tempo,
    seats: Vec<Seat<L::Connection>>,
    /// Connections that were taken over and have not ended, of which the rest is read.
    old: Vec<Live<L::Connection>>,
    history: History,
    tick: usize,
    /// Counts what happened besides pings.
    news: usize,
    /// The index of the operation.
    op: usize,
}

impl<'a, L: Link> Player<'a, L> {
    /// Nothing is played yet.
    pub fn new(link: &'a mut L, plan: &'a Plan, names: &'a Names, login: &'a Login, tempo: Tempo) -> Self {
        let history = History { version: plan.version, lines: Vec::new(), end: Moment::START, void: None, applied: 0 };
        let seats = (0..CLIENTS.len()).map(|_| Seat::default()).collect();
        Self { link, plan, names, login, tempo, seats, old: Vec::new(), history, tick: 0, news: 0, op: 0 }
    }

    /// Plays all operations, and then what gets all that is due: acknowledgements are sent, and Clients whose Session
    /// was kept come back.
    pub async fn run(&mut self) {
        for (index, op) in self.plan.ops.iter().enumerate() {
            self.op = index;
            if !self.operate(op).await {
                continue;
            }
            self.history.applied += 1;
            if self.history.void.is_some() {
                return;
            }
            if self.plan.fenced {
                self.fence().await;
                self.wait(self.tempo.settle).await;
            } else {
                self.read_all(Duration::ZERO).await;
                self.link.pause(Duration::ZERO).await;
            }
        }
        self.op = self.plan.ops.len();
        for client in 0..self.seats.len() {
            self.come_back(client).await;
        }
        self.look(self.tempo.quiet).await;
    }

    /// Lets that time pass, and reads what comes.
    pub async fn look(&mut self, time: Duration) {
        self.fence().await;
        self.wait(time).await;
        self.history.end = self.moment();
    }

    /// What has happened.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Pings all the time, because a broker may end a connection that is silent for seconds.
    async fn wait(&mut self, time: Duration) {
        let until = self.link.now() + time;
        while self.history.void.is_none() {
            let left = until.saturating_sub(self.link.now());
            if left.is_zero() {
                return;
            }
            self.link.pause(left.min(STEP)).await;
            self.fence().await;
        }
    }

    fn moment(&self) -> Moment {
        Moment { tick: self.tick, clock: self.link.now() }
    }

    fn open_line(&mut self, client: usize) -> usize {
        self.history.lines.push(Line { client, log: Vec::new() });
        self.history.lines.len() - 1
    }

    /// A PINGREQ was answered.
    fn fenced(&mut self, line: usize) {
        let last = self.history.lines.get(line).and_then(|line| line.log.last());
        if last.is_some_and(|last| last.what != What::Fenced) {
            self.note(line, What::Fenced);
        }
    }

    fn note(&mut self, line: usize, what: What) {
        self.tick += 1;
        self.news += usize::from(what != What::Fenced);
        let entry = Entry { at: self.moment(), op: self.op, what };
        if self.tick > MOST {
            self.history.void.get_or_insert_with(|| format!("the broker sent more than {MOST} packets"));
        } else if let Some(line) = self.history.lines.get_mut(line) {
            line.log.push(entry);
        }
    }
}

const STEP: Duration = Duration::from_secs(1);
/// Packets of a plan; it has some hundreds.
const MOST: usize = 10_000;
