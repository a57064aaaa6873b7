//! A campaign: many cases at once against one broker over sockets. It learns what the broker offers, plays what can be
//! played side by side, then what must run alone, and leaves nothing behind, also when it is interrupted.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use mqttspec_codec::Version;
use tokio::{
    runtime::Builder,
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{Dial, Target, bystander::Bystander, network};
use crate::{
    guest::{Capabilities, Login, ProbeError, probe, sweep},
    judge::{Judge, Outcome, Setup},
    run::{CaseRun, Prepared, RunId, prepare},
    script::Script,
    vector::Case,
    verdict::Verdict,
};

/// Many cases against one broker.
#[derive(Debug)]
pub struct Campaign {
    /// The broker.
    pub target: Target,
    /// User name and password.
    pub login: Login,
    /// How many cases at once, at least one.
    pub jobs: usize,
}

/// What happens in a campaign, as it happens.
#[derive(Debug)]
pub enum Progress<'a> {
    /// What the broker offers in a version, or why its cases are skipped.
    Probed(Version, Result<Capabilities, ProbeError>),
    /// A case has its verdict.
    Finished(CaseRun<'a>),
    /// The run was interrupted: no new cases begin, what was left behind is removed.
    Interrupted,
}

impl Campaign {
    /// Runs to the end, telling what happens. Ctrl-C ends it early.
    ///
    /// # Errors
    /// The broker cannot be reached, or speaks no version that was asked for: a sentence for a person.
    pub fn run<'a>(&self, cases: &[&'a Case], mut tell: impl FnMut(Progress<'a>)) -> Result<(), String> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let result = runtime.block_on(self.run_async(cases, &mut tell));
        // a task that hangs in a lookup must not hold up the end
        runtime.shutdown_timeout(Duration::from_millis(200));
        result
    }

    async fn run_async<'a>(&self, cases: &[&'a Case], tell: &mut impl FnMut(Progress<'a>)) -> Result<(), String> {
        let run = RunId::new();
        let known = self.learn(cases, &run, tell).await?;
        let Some(first) = known.keys().next_back().copied() else { return Ok(()) };
        let bystander =
            Bystander::new(Dial::new(self.target.clone()), first, self.login.clone(), format!("{}watch", run.as_str()));
        if !bystander.connect().await {
            return Err(format!("{} accepts no further connection", self.target));
        }
        let (mut beside, mut alone) = (Vec::new(), Vec::new());
        for (index, case) in cases.iter().enumerate() {
            let Some(capabilities) = known.get(&case.version) else {
                tell(Progress::Finished(CaseRun::skipped(case, format!("the broker does not speak {}", case.version))));
                continue;
            };
            match prepare(case, index, &run, capabilities, &self.login, self.target.is_websocket()) {
                Prepared::Skip(why) => tell(Progress::Finished(CaseRun::skipped(case, why))),
                Prepared::Broken(why) => tell(Progress::Finished(CaseRun {
                    verdict: Verdict::Error(why),
                    ..CaseRun::skipped(case, String::new())
                })),
                Prepared::Play(script, setup) if script.verbatim => alone.push((index, script, setup)),
                Prepared::Play(script, setup) => beside.push((index, script, setup)),
            }
        }
        // the longest first: a run lasts about as long as its slowest case
        beside.sort_by_key(|(_, script, _)| std::cmp::Reverse(script.waits()));
        let stage = Arc::new(Stage {
            target: self.target.clone(),
            login: self.login.clone(),
            bystander,
            permits: Semaphore::new(self.jobs.max(1)),
            interrupted: interruption(),
        });
        let watch = stage.clone();
        let imposed = known.values().filter_map(|known| known.value("server_keep_alive")?.as_number()).min();
        let staying = imposed.filter(|seconds| *seconds > 0).map(|seconds| {
            tokio::spawn(async move { watch.bystander.stay(Duration::from_millis(seconds * 500)).await })
        });
        let again = stage.clone().play_beside(cases, beside, tell).await;
        for (index, script, setup) in alone.into_iter().chain(again) {
            if let Some(case) = cases.get(index) {
                if *stage.interrupted.borrow() {
                    break;
                }
                if let Some((outcome, elapsed)) = stage.play(&script, &setup).await {
                    tell(finished(case, outcome, elapsed));
                }
            }
        }
        staying.inspect(tokio::task::JoinHandle::abort);
        if *stage.interrupted.borrow() {
            tell(Progress::Interrupted);
        }
        Ok(())
    }

    /// What the broker offers, for each version that some case needs.
    async fn learn<'a>(
        &self,
        cases: &[&'a Case],
        run: &RunId,
        tell: &mut impl FnMut(Progress<'a>),
    ) -> Result<BTreeMap<Version, Capabilities>, String> {
        let mut versions: Vec<Version> = cases.iter().map(|case| case.version).collect();
        versions.sort_unstable();
        versions.dedup();
        let mut known = BTreeMap::new();
        let mut why_not = String::new();
        for version in versions {
            let mut dial = Dial::new(self.target.clone());
            let learned = probe(&mut dial, version, &self.login, run.as_str()).await;
            match &learned {
                Ok(capabilities) => drop(known.insert(version, capabilities.clone())),
                Err(ProbeError::Unreachable(why)) => return Err(why.clone()),
                Err(error) => why_not = error.to_string(),
            }
            tell(Progress::Probed(version, learned));
        }
        match known.is_empty() && !cases.is_empty() {
            true => Err(format!("{}: {why_not}", self.target)),
            false => Ok(known),
        }
    }
}

/// What all cases of a campaign share.
struct Stage {
    target: Target,
    login: Login,
    bystander: Bystander,
    permits: Semaphore,
    interrupted: watch::Receiver<bool>,
}

type Play = (usize, Box<Script>, Setup);

impl Stage {
    /// Plays cases side by side, and returns those whose verdict another case may have spoilt: they are played again,
    /// alone.
    async fn play_beside<'a>(
        self: Arc<Self>,
        cases: &[&'a Case],
        plays: Vec<Play>,
        tell: &mut impl FnMut(Progress<'a>),
    ) -> Vec<Play> {
        let mut tasks = JoinSet::new();
        for (index, script, setup) in plays {
            let stage = self.clone();
            tasks.spawn(async move {
                // the semaphore is never closed
                let _permit = stage.permits.acquire().await;
                if *stage.interrupted.borrow() {
                    return None;
                }
                let lost_before = stage.bystander.times_lost();
                let (outcome, elapsed) = stage.play(&script, &setup).await?;
                let spoilt = stage.bystander.times_lost() != lost_before;
                Some(((index, script, setup), outcome, elapsed, spoilt))
            });
        }
        let mut again = Vec::new();
        while let Some(joined) = tasks.join_next().await {
            let Ok(Some((play, outcome, elapsed, spoilt))) = joined else { continue };
            // fairness: when the broker hurt an uninvolved client, it is not known which case was to blame
            if spoilt && matches!(outcome.verdict, Verdict::Fail(_) | Verdict::Error(_)) {
                again.push(play);
            } else if let Some(case) = cases.get(play.0) {
                tell(finished(case, outcome, elapsed));
            }
        }
        again
    }

    /// `None`: interrupted before the verdict. What the case left behind is removed in any case.
    async fn play(&self, script: &Script, setup: &Setup) -> Option<(Outcome, Duration)> {
        let start = Instant::now();
        let mut judge = Judge::new(script.clone(), setup.clone());
        let nodes = [self.target.clone()];
        let mut interrupted = self.interrupted.clone();
        let complete = tokio::select! {
            () = network::play(&mut judge, &nodes, &self.bystander) => true,
            _ = interrupted.wait_for(|now| *now) => false,
        };
        let elapsed = start.elapsed();
        let outcome = judge.finish();
        let mut dial = Dial::new(self.target.clone());
        sweep(&mut dial, script.version, &self.login, 1, &outcome.leftovers).await;
        complete.then_some((outcome, elapsed))
    }
}

fn finished<'a>(case: &'a Case, outcome: Outcome, elapsed: Duration) -> Progress<'a> {
    Progress::Finished(CaseRun { case, verdict: outcome.verdict, transcript: outcome.transcript, elapsed })
}

/// Becomes true with Ctrl-C.
fn interruption() -> watch::Receiver<bool> {
    let (tell, interrupted) = watch::channel(false);
    tokio::spawn(async move {
        match tokio::signal::ctrl_c().await {
            // nobody may be listening any more
            Ok(()) => drop(tell.send(true)),
            // without a signal handler the sender stays, silent
            Err(_) => std::future::pending().await,
        }
    });
    interrupted
}
