//! Runs a suite against a broker over sockets.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use tokio::{runtime::Builder, time::sleep};

use super::{
    Runner,
    bystander::{COMES_BACK, TRIES_AGAIN},
};
use crate::{
    runner::{Report, Reporter, RunError, Suite, recorder::Recorder},
    transport::Target,
};

impl Suite {
    /// Runs the cases against a broker. It must be awaited in a tokio runtime with time and I/O enabled.
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
        let user = self.login.user_name.as_ref().map_or(String::new(), |name| format!(" --user-name {name}"));
        let rerun = format!("{url}{}{user}", target.trust_arguments());
        let mut recorder = Recorder::new(&self.baseline, reporter).repeated(self.times);
        recorder.started(&url, &rerun, target.accepts_anyone(), cases.len());
        let restart = self.restart_command.clone();
        let campaign = Runner {
            target: target.clone(),
            login: self.login.clone(),
            jobs: self.jobs,
            restart,
            trace: self.trace.clone(),
        };
        let mut interruption = pin!(interruption);
        let mut done = Ok(());
        for time in 1..=self.times {
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
            if done.is_err() || recorder.is_over() {
                break;
            }
        }
        recorder.end(done, &self.library, start.elapsed(), (url, Some(rerun)))
    }

    /// Runs the cases against a broker in a new runtime, for callers that have none.
    ///
    /// # Errors
    /// See [`RunError`]. Failures are not errors.
    ///
    /// # Panics
    /// If called within a tokio runtime; await [`run_with`](Self::run_with) there.
    pub fn run_blocking(
        &self,
        target: &Target,
        reporter: &mut dyn Reporter,
        interruption: impl Future<Output = ()>,
    ) -> Result<Report, RunError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(RunError::Runtime)?;
        let report = runtime.block_on(self.run_with(target, reporter, interruption));
        // a task that hangs in a DNS lookup must not delay the end
        runtime.shutdown_timeout(Duration::from_millis(200));
        report
    }
}
