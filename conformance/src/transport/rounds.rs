//! Plays cases in rounds, so that nobody is blamed for what another case did: many side by side; those during which the
//! broker was lost again, few side by side; those that are still in doubt alone. A case that ends the broker while it is
//! alone has done it.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{Dial, Target, bystander::Bystander, network};
use crate::{
    guest::{Login, sweep},
    judge::{Judge, Leftovers, Outcome, Setup},
    script::Script,
    vector::Case,
    verdict::{Failure, Verdict},
};

/// A case that is to be played: its place in the list of cases, and what the judge needs.
pub(super) type Play = (usize, Box<Script>, Setup);

/// What all cases of a campaign share.
pub(super) struct Stage {
    pub(super) target: Target,
    pub(super) login: Login,
    pub(super) bystander: Bystander,
    pub(super) interrupted: watch::Receiver<bool>,
}

/// What became of a play.
enum Played {
    /// It has its verdict.
    Done(usize, Outcome, Duration),
    /// The broker was lost meanwhile: whose doing that was is not known.
    Spoilt(Play, Outcome),
    /// The broker is gone, or the run was interrupted.
    Withheld(Play),
}

/// What is left after a round.
#[derive(Default)]
pub(super) struct Left {
    /// To be played again.
    pub(super) spoilt: Vec<Play>,
    /// Never begun, or never ended.
    pub(super) not_played: Vec<Play>,
}

impl Stage {
    /// Plays cases side by side, so many at once.
    pub(super) async fn round<'a>(
        self: &Arc<Self>,
        cases: &[&'a Case],
        plays: Vec<Play>,
        jobs: usize,
        tell: &mut impl FnMut(&'a Case, Outcome, Duration),
    ) -> Left {
        let permits = Arc::new(Semaphore::new(jobs.max(1)));
        let mut tasks = JoinSet::new();
        for play in plays {
            let (stage, permits) = (self.clone(), permits.clone());
            tasks.spawn(async move {
                // the semaphore is never closed
                let _permit = permits.acquire().await;
                stage.play(play).await
            });
        }
        let mut left = Left::default();
        while let Some(joined) = tasks.join_next().await {
            match joined {
                Ok(Played::Done(index, outcome, elapsed)) => {
                    if let Some(case) = cases.get(index) {
                        tell(case, outcome, elapsed);
                    }
                }
                Ok(Played::Spoilt(play, _)) => left.spoilt.push(play),
                Ok(Played::Withheld(play)) => left.not_played.push(play),
                // a panic became a verdict in `play`, and nobody cancels a task
                Err(_) => {}
            }
        }
        left
    }

    /// Plays one case alone; if the broker is lost each time, the case has done it.
    pub(super) async fn alone(&self, mut play: Play) -> Result<(usize, Outcome, Duration), Play> {
        let mut attempt = 1;
        loop {
            play = match self.play(play).await {
                Played::Done(index, outcome, elapsed) => return Ok((index, outcome, elapsed)),
                Played::Withheld(play) => return Err(play),
                Played::Spoilt(play, _) if attempt < ATTEMPTS => play,
                Played::Spoilt((index, script, _), outcome) => {
                    return Ok((index, blamed(&script, outcome), Duration::ZERO));
                }
            };
            attempt += 1;
        }
    }

    async fn play(&self, play: Play) -> Played {
        let index = play.0;
        // what a panic leaves half done is the case's own
        match AssertUnwindSafe(self.try_to_play(play)).catch_unwind().await {
            Ok(played) => played,
            Err(panic) => Played::Done(index, panicked(panic.as_ref()), Duration::ZERO),
        }
    }

    async fn try_to_play(&self, (index, script, setup): Play) -> Played {
        if *self.interrupted.borrow() || !self.bystander.is_ready().await {
            return Played::Withheld((index, script, setup));
        }
        let (start, lost_before) = (Instant::now(), self.bystander.times_lost());
        let mut judge = Judge::new((*script).clone(), setup.clone());
        let mut interrupted = self.interrupted.clone();
        let complete = tokio::select! {
            () = network::play(&mut judge, std::slice::from_ref(&self.target), &self.bystander) => true,
            _ = interrupted.wait_for(|now| *now) => false,
        };
        let elapsed = start.elapsed();
        let outcome = judge.finish();
        sweep(&mut Dial::new(self.target.clone()), script.version, &self.login, 1, &outcome.leftovers).await;
        if !complete {
            return Played::Withheld((index, script, setup));
        }
        // a pass has pinged already
        if !matches!(outcome.verdict, Verdict::Pass) {
            self.bystander.ping().await;
        }
        match self.bystander.times_lost() == lost_before {
            true => Played::Done(index, outcome, elapsed),
            false => Played::Spoilt((index, script, setup), outcome),
        }
    }
}

/// The outcome of a case during which the broker was lost though nothing else ran.
fn blamed(script: &Script, mut outcome: Outcome) -> Outcome {
    let first = script.steps.first();
    let failure = match outcome.verdict {
        Verdict::Fail(mut failure) => {
            failure.what = format!("the broker ends or hangs: {}", failure.what);
            failure
        }
        _ => Box::new(Failure {
            what: "the broker ends or hangs: an uninvolved client lost its connection".to_owned(),
            place: first.map(|step| step.place.clone()),
            step: first.map(|step| step.text.clone()),
            expected: Vec::new(),
            observed: None,
            statement: None,
        }),
    };
    outcome.verdict = Verdict::Fail(failure);
    outcome
}

/// The outcome of a case in which the suite failed, not the broker.
fn panicked(panic: &(dyn Any + Send)) -> Outcome {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref().map(String::as_str));
    let verdict = Verdict::Error(format!("the suite panicked: {}", text.unwrap_or("without a message")));
    Outcome { verdict, transcript: Vec::new(), leftovers: Leftovers::default() }
}

/// A broker that is lost once may have been lost by chance.
const ATTEMPTS: u32 = 2;

#[cfg(test)]
mod tests {
    use mqttspec_broker::{core::Config, shell::Embedded};
    use mqttspec_codec::Version;

    use super::*;
    use crate::{
        guest::probe,
        run::{Prepared, RunId, prepare},
        vector::Library,
    };

    #[tokio::test]
    async fn a_panic_is_an_error_of_its_case() {
        let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
        let target: Target = broker.urls()[0].to_string().parse().unwrap();
        let (dial, login, run) = (Dial::new(target.clone()), Login::default(), RunId::new());
        let capabilities = probe(&mut dial.clone(), Version::V5, &login, run.as_str()).await.unwrap();
        let library = Library::embedded().unwrap();
        let is_chosen = |case: &&Case| case.version == Version::V5 && case.id.starts_with("3.12-pingreq/");
        let case = library.cases().find(is_chosen).unwrap();
        let plays: Vec<Play> = (0..3)
            .map(|index| {
                let Prepared::Play(script, mut setup) = prepare(case, index, &run, &capabilities, &login) else {
                    panic!("it needs nothing")
                };
                if index == 1 {
                    // over the end of the clock
                    setup.deadline = Duration::MAX;
                }
                (index, script, setup)
            })
            .collect();
        let bystander = Bystander::new(dial, Version::V5, login.clone(), "watch".to_owned());
        let (_never, interrupted) = watch::channel(false);
        let stage = Arc::new(Stage { target, login, bystander, interrupted });
        let mut verdicts = Vec::new();
        let mut tell = |_: &Case, outcome: Outcome, _| verdicts.push(outcome.verdict);
        let left = stage.round(&[case; 3], plays, 2, &mut tell).await;
        assert!(left.spoilt.is_empty() && left.not_played.is_empty());
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count(), 2, "{verdicts:?}");
        let panicked = |verdict: &Verdict| matches!(verdict, Verdict::Error(why) if why.contains("overflow"));
        assert_eq!(verdicts.iter().filter(|verdict| panicked(verdict)).count(), 1, "{verdicts:?}");
    }
}
