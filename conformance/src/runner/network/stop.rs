//! Why a run stops before all cases have run: an interruption, the time, or a failure.

use std::{io, time::Duration};

use tokio::sync::watch;

use crate::{
    rt::{Instant, sleep_until},
    runner::{Event, Reporter, suite::FAILED_FAST},
};

/// Why no more cases start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The caller interrupted the run.
    Interrupted,
    /// The run took longer than it may.
    Timeout(Duration),
    /// A case failed, and that is enough.
    Failed,
}

impl Stop {
    /// Why that many cases have no verdict, as a sentence for people; `None` if the caller knows.
    pub(super) fn why(self, not_run: usize) -> Option<String> {
        let why = match self {
            Stop::Interrupted => return None,
            Stop::Timeout(limit) => format!("the run took longer than {limit:?}, which --timeout allows"),
            Stop::Failed => FAILED_FAST.to_owned(),
        };
        let cases = if not_run == 1 { "1 case has" } else { &format!("{not_run} cases have") };
        Some(format!("{why}; {cases} no verdict"))
    }
}

/// When a run must stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) limit: Duration,
    pub(super) at: Instant,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self { limit, at: Instant::now() + limit }
    }
}

/// Waits for the first reason to stop.
pub(super) async fn first(
    interruption: impl Future<Output = ()>,
    deadline: Option<Deadline>,
    mut failed: watch::Receiver<bool>,
) -> Stop {
    let late = async {
        match deadline {
            Some(deadline) => sleep_until(deadline.at).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interruption => Stop::Interrupted,
        () = late => Stop::Timeout(deadline.map(|deadline| deadline.limit).unwrap_or_default()),
        Ok(_) = failed.wait_for(|failed| *failed) => Stop::Failed,
    }
}

/// Passes events on, and says when the first case has failed unexpectedly.
pub(super) struct Watching<'a> {
    pub(super) reporter: &'a mut dyn Reporter,
    pub(super) failed: watch::Sender<bool>,
    pub(super) fail_fast: bool,
}

impl Reporter for Watching<'_> {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Finished(run) = event
            && self.fail_fast
            && run.is_unexpected_failure()
        {
            self.failed.send_replace(true);
        }
        self.reporter.on_event(event)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn the_first_reason_counts() {
        let failed = watch::Sender::new(false);
        let deadline = Deadline::after(Duration::from_millis(20));
        assert_eq!(first(async {}, Some(deadline), failed.subscribe()).await, Stop::Interrupted);
        let late = first(pending(), Some(deadline), failed.subscribe()).await;
        assert_eq!(late, Stop::Timeout(Duration::from_millis(20)));
        assert_eq!(
            late.why(7).as_deref(),
            Some("the run took longer than 20ms, which --timeout allows; 7 cases have no verdict")
        );
        failed.send_replace(true);
        assert_eq!(first(pending(), None, failed.subscribe()).await, Stop::Failed);
    }
}
