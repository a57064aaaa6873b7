//! A campaign: many cases at once against one broker over sockets. It learns what the broker offers, plays what can be
//! played side by side, then what must run alone, and leaves nothing behind, also when it is interrupted.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mqttspec_codec::Version;
use tokio::{runtime::Builder, sync::watch};

use super::{
    Dial, Target,
    bystander::Bystander,
    rounds::{Play, Stage},
};
use crate::{
    guest::{Capabilities, Login, ProbeError, probe},
    judge::Outcome,
    run::{CaseRun, Prepared, RunId, prepare},
    value::Value,
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
        if !bystander.is_ready().await {
            return Err(format!("{} accepts no further connection", self.target));
        }
        let (mut beside, mut alone) = (Vec::new(), Vec::new());
        for (index, case) in cases.iter().enumerate() {
            let Some(capabilities) = known.get(&case.version) else {
                tell(Progress::Finished(CaseRun::skipped(case, format!("the broker does not speak {}", case.version))));
                continue;
            };
            match prepare(case, index, &run, capabilities, &self.login) {
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
        let (target, login, interrupted) = (self.target.clone(), self.login.clone(), interruption());
        let stage = Arc::new(Stage { target, login, bystander, interrupted });
        let watch = stage.clone();
        let imposed = known.values().filter_map(|known| known.value("server_keep_alive")?.as_number()).min();
        let staying = imposed.filter(|seconds| *seconds > 0).map(|seconds| {
            tokio::spawn(async move { watch.bystander.stay(Duration::from_millis(seconds * 500)).await })
        });
        let mut finished = |case: &'a Case, outcome: Outcome, elapsed| {
            let Outcome { verdict, transcript, .. } = outcome;
            tell(Progress::Finished(CaseRun { case, verdict, transcript, elapsed }));
        };
        let first = stage.round(cases, beside, self.jobs, &mut finished).await;
        let second = stage.round(cases, first.spoilt, FEW, &mut finished).await;
        let mut not_played: Vec<Play> = first.not_played.into_iter().chain(second.not_played).collect();
        for play in alone.into_iter().chain(second.spoilt) {
            match stage.alone(play).await {
                Ok((index, outcome, elapsed)) => {
                    if let Some(case) = cases.get(index) {
                        finished(case, outcome, elapsed);
                    }
                }
                Err(play) => not_played.push(play),
            }
        }
        staying.inspect(tokio::task::JoinHandle::abort);
        if *stage.interrupted.borrow() {
            tell(Progress::Interrupted);
        } else if !not_played.is_empty() {
            return Err(format!(
                "{} ended or stopped answering during the run and did not come back: {} cases were not played",
                self.target,
                not_played.len()
            ));
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
                Ok(capabilities) => {
                    let mut capabilities = capabilities.clone();
                    capabilities.learn("websocket", Value::Bool(self.target.is_websocket()), "the URL");
                    known.insert(version, capabilities);
                }
                Err(ProbeError::Unreachable(why)) => return Err(why.clone()),
                Err(ProbeError::NotAllowed(why)) => return Err(format!("{}: {why}", self.target)),
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

/// How many at once in the second round.
const FEW: usize = 8;
