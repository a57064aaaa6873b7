//! [`Actor`]: something that tells a player what to do and is told what happened. The judge is one; players are the
//! in-memory broker with its virtual clock and real sockets.

use std::time::Duration;

use crate::judge::{Command, Judge, Observation};

/// A pure side of a conversation: it commands, a player carries out and reports. Times are since the case began.
pub trait Actor {
    /// What to do now. Called again until it says `Wait` or `Done`.
    fn next(&mut self, now: Duration) -> Command;
    /// What happened.
    fn observe(&mut self, now: Duration, observation: Observation);
}

impl Actor for Judge {
    fn next(&mut self, now: Duration) -> Command {
        Judge::next(self, now)
    }

    fn observe(&mut self, now: Duration, observation: Observation) {
        Judge::observe(self, now, observation);
    }
}
