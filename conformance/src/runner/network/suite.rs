//! Runs a suite against a broker over sockets.

use std::{collections::BTreeSet, pin::pin, sync::Arc};

use mqttspec_codec::Version;
use tokio::sync::watch;

use super::{
    Runner,
    bystander::{COMES_BACK, TRIES_AGAIN},
    outages::Outages,
    stop::{Deadline, Watching},
    wait,
};
use crate::{
    rt::{Instant, sleep, time_of_day},
    runner::{
        Report, Reporter, RunError, Suite, Transport,
        recorder::{Reached, Recorder},
        suite::quoted,
    },
    transport::Target,
    vector::Case,
};

impl Suite {
    /// Runs the cases against a broker. It must be awaited in a tokio runtime with time and I/O enabled; on WebAssembly, on
    /// the event loop of a page or a Web Worker, as `wasm_bindgen_futures` does.
    ///
    /// # Errors
    /// See [`RunError`]. Failures are not errors.
    pub async fn run(&self, target: &Target) -> Result<Report, RunError> {
        self.run_with(target, &mut (), std::future::pending()).await
    }

    /// Runs the cases against a broker, and sends events to a reporter. When `interruption` completes, no more cases
    /// start, and everything left on the broker is removed.
    ///
    /// # Errors
    /// See [`RunError`]. Failures are not errors.
    pub async fn run_with(
        &self,
        target: &Target,
        reporter: &mut dyn Reporter,
        interruption: impl Future<Output = ()>,
    ) -> Result<Report, RunError> {
        let cases = self.chosen()?;
        let start = Instant::now();
        let url = target.to_string();
        let arguments: String = target.arguments().iter().map(|word| format!(" {}", quoted(word))).collect();
        let rerun = format!("{}{arguments}{}{}", quoted(&url), self.options(), self.vector_arguments());
        let transport = if target.is_websocket() { Transport::WebSocket } else { Transport::Tcp };
        let baseline = self.baseline.over(Some(transport));
        let failed = watch::Sender::new(false);
        let failure = failed.subscribe();
        let mut watching = Watching { reporter, failed, fail_fast: self.pace.fail_fast };
        let mut recorder = Recorder::new(&baseline, &mut watching).repeated(self.times).strict(self.strict);
        recorder.started(&url, &rerun, target.accepts_anyone(), cases.len(), Some(time_of_day()));
        let campaign = Runner {
            target: target.clone(),
            login: self.login.clone(),
            jobs: self.jobs,
            outages: Outages::new(&self.restarting),
            denied: self.denied.clone(),
            nodes: std::iter::once(target).chain(&self.nodes).cloned().collect(),
            trace: self.trace.clone(),
            deadline: self.pace.timeout.map(Deadline::after),
            fail_fast: self.pace.fail_fast,
            failed: failure,
        };
        let mut interruption = pin!(interruption);
        let mut done = self.await_broker(target, &cases, &mut recorder, &mut interruption).await;
        for time in 1..=self.times {
            if done.is_err() || recorder.is_over() {
                break;
            }
            if self.times > 1 {
                recorder.repeats(time, self.times);
            }
            done = campaign.run(&cases, &mut recorder, &mut interruption).await;
            let lost = Instant::now();
            while time > 1 && matches!(done, Err(RunError::Unreachable(_))) && lost.elapsed() < COMES_BACK {
                // the last case may have ended the broker, and something starts it again
                sleep(TRIES_AGAIN).await;
                done = campaign.run(&cases, &mut recorder, &mut interruption).await;
            }
            if time > 1
                && let Err(why) = done
            {
                recorder.broken_off(format!("the cases were played {} times: {why}", time - 1), 0, Vec::new());
                done = Ok(());
            }
        }
        let reached = Reached { target: url, transport: Some(transport), rerun: Some(rerun) };
        recorder.end(done, &self.library, start.elapsed(), reached)
    }

    /// The options of the command line that say what this suite knows of the broker, each with a space before it.
    fn options(&self) -> String {
        let user = self.login.user_name.iter().map(|name| ("--user-name", name.clone()));
        let nodes = self.nodes.iter().map(|node| ("--node", node.to_string()));
        let denied = self.denied.iter().map(|denied| ("--denied-topic", denied.to_string()));
        let told = user.chain(nodes).chain(denied).map(|(name, value)| format!(" {name} {}", quoted(&value)));
        told.chain([self.restarting.arguments()]).collect()
    }

    /// Waits for a broker that is starting, as long as the suite should.
    async fn await_broker(
        &self,
        target: &Target,
        cases: &[Arc<Case>],
        recorder: &mut Recorder<'_>,
        interruption: impl Future<Output = ()>,
    ) -> Result<(), RunError> {
        let Some(wait) = self.pace.wait else { return Ok(()) };
        let limit = self.pace.timeout.map_or(wait, |timeout| wait.min(timeout));
        let versions: BTreeSet<Version> = cases.iter().map(|case| case.version).collect();
        let versions: Vec<Version> = versions.into_iter().rev().collect();
        let answer = wait::for_answer(target, &versions, &self.login, limit, |text| recorder.note(text));
        let answered = tokio::select! {
            answered = answer => Some(answered),
            () = interruption => None,
        };
        match answered {
            Some(answered) => answered.map_err(RunError::Unreachable),
            None => {
                recorder.interrupted();
                Ok(())
            }
        }
    }

    /// Runs the cases against a broker in a new runtime, for callers that have none.
    ///
    /// # Errors
    /// See [`RunError`]. Failures are not errors.
    ///
    /// # Panics
    /// If called within a tokio runtime; await [`run_with`](Self::run_with) there.
    #[cfg(not(target_family = "wasm"))]
    pub fn run_blocking(
        &self,
        target: &Target,
        reporter: &mut dyn Reporter,
        interruption: impl Future<Output = ()>,
    ) -> Result<Report, RunError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Runtime)?;
        let report = runtime.block_on(self.run_with(target, reporter, interruption));
        // a task that hangs in a DNS lookup must not delay the end
        runtime.shutdown_timeout(std::time::Duration::from_millis(200));
        report
    }
}
