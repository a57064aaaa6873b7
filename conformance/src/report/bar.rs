//! The line at the bottom of a terminal while cases are played: how many have ended and failed, the time that is left, and
//! what the run waits for. It fits every width, because a line that wraps cannot be erased.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use console::{Term, measure_text_width, truncate_str};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// A progress bar on standard error, if that is a terminal.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    progress: Arc<Mutex<Progress>>,
}

/// What is known of a run that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The selected cases, and those that have a verdict.
    cases: usize,
    ended: usize,
    /// Those that have failed unexpectedly.
    failed: usize,
    /// Of how many times this is which, if the cases are played several times.
    time: Option<(usize, usize)>,
    /// When the run began.
    began: Instant,
    /// When it will be over by the estimate.
    ends: Option<Instant>,
    /// What the run waits for, as words for people that follow a comma.
    waiting: Option<String>,
}

impl Bar {
    pub(super) fn new(cases: usize) -> Self {
        let progress = Arc::new(Mutex::new(Progress::new(cases, Instant::now())));
        let bar = ProgressBar::new(cases as u64);
        let shared = Arc::clone(&progress);
        let line = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
            let (_, columns) = Term::stderr().size();
            // an error would only say that the line could not be kept until it is drawn
            let _ = to.write_str(&locked(&shared).line(columns.into(), Instant::now()));
        };
        if let Ok(style) = ProgressStyle::with_template("{line}") {
            bar.set_style(style.with_key("line", line));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, progress }
    }

    /// Changes what the line says.
    pub(super) fn update(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut locked(&self.progress));
        self.bar.tick();
    }

    /// Writes lines above the bar.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(super) fn clear(self) {
        self.bar.finish_and_clear();
    }
}

/// A panic while the line was changed leaves counts that can still be shown.
fn locked(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Progress {
    fn new(cases: usize, began: Instant) -> Self {
        let waiting = Some("asking what the broker supports".to_owned());
        Self { cases, ended: 0, failed: 0, time: None, began, ends: None, waiting }
    }

    /// A case has its verdict.
    pub(super) fn ended(&mut self, has_failed: bool) {
        self.ended += 1;
        self.failed += usize::from(has_failed);
        if self.ended == self.cases {
            self.waiting = Some("removing what is left on the broker".to_owned());
        }
    }

    /// The cases start, and take about that long.
    pub(super) fn planned(&mut self, estimate: Duration) {
        self.ends = Instant::now().checked_add(estimate);
        self.waiting = None;
    }

    /// The cases are played once more.
    pub(super) fn repeats(&mut self, time: usize, times: usize) {
        self.time = Some((time, times));
        self.waiting = None;
    }

    /// All cases have started, and that one has been running the longest.
    pub(super) fn waits_for(&mut self, case: &str, others: usize) {
        self.waiting = Some(match others {
            0 => format!("waiting for {case}"),
            1 => format!("waiting for {case} and 1 other"),
            others => format!("waiting for {case} and {others} others"),
        });
    }

    /// The line for a terminal of so many columns.
    fn line(&self, columns: usize, now: Instant) -> String {
        // the last column stays free, because some terminals wrap after it
        let width = columns.saturating_sub(1);
        let mut line = format!("{}/{}", self.ended, self.cases);
        let failed = (self.failed > 0).then(|| format!("{} failed", self.failed));
        let time = self.time.map(|(time, times)| format!("time {time} of {times}"));
        for part in [failed, Some(self.clock(now)), time].into_iter().flatten() {
            if measure_text_width(&line) + 2 + part.len() <= width {
                let _ = write!(line, ", {part}");
            }
        }
        if let Some(waiting) = &self.waiting {
            let room = width.saturating_sub(measure_text_width(&line) + 2);
            return match room >= LEAST {
                true => format!("{line}, {}", truncate_str(waiting, room, "…")),
                false => truncate_str(&line, width, "").into_owned(),
            };
        }
        let room = width.saturating_sub(measure_text_width(&line) + 1).min(WIDEST);
        match room >= LEAST {
            true => format!("{} {line}", self.blocks(room)),
            false => truncate_str(&line, width, "").into_owned(),
        }
    }

    /// The time left by the estimate, or else the time that has passed.
    fn clock(&self, now: Instant) -> String {
        let left = self.ends.map(|ends| ends.saturating_duration_since(now)).filter(|left| !left.is_zero());
        match left {
            Some(left) => format!("{} left", span(left)),
            None => span(now.saturating_duration_since(self.began)),
        }
    }

    fn blocks(&self, width: usize) -> String {
        let full = (self.ended * width).checked_div(self.cases).unwrap_or(width).min(width);
        "█".repeat(full) + &"░".repeat(width - full)
    }
}

/// `45 s`, `3 min 20 s`
fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of seconds")]
    let seconds = seconds as u64;
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes} min {} s", seconds % 60),
    }
}

/// The least columns for which a bar, or what the run waits for, is worth showing.
const LEAST: usize = 8;
/// The most columns of the bar.
const WIDEST: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> (Progress, Instant) {
        let began = Instant::now();
        let mut progress = Progress::new(1070, began);
        progress.waiting = None;
        progress.ended = 535;
        progress.failed = 3;
        progress.ends = Some(began + Duration::from_secs(100));
        (progress, began)
    }

    #[test]
    fn it_fits_every_width() {
        let (mut progress, began) = progress();
        for waiting in [None, Some("waiting for v5 3.12-pingreq/every-connection and 12 others".to_owned())] {
            progress.waiting = waiting;
            progress.time = progress.waiting.as_ref().map(|_| (2, 20));
            for columns in 0..200 {
                let line = progress.line(columns, began);
                assert!(measure_text_width(&line) < columns.max(1), "{columns} columns: {line:?}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_has_what_matters_most() {
        let (mut progress, began) = progress();
        let now = began + Duration::from_secs(20);
        assert_eq!(progress.line(20, now), "535/1070, 3 failed");
        assert_eq!(progress.line(40, now), "535/1070, 3 failed, 1 min 20 s left");
        let wide = progress.line(80, now);
        assert!(wide.starts_with("████") && wide.ends_with("535/1070, 3 failed, 1 min 20 s left"), "{wide}");
        assert_eq!(wide.matches('█').count(), 20, "{wide}");
        progress.waits_for("v5 3.12-pingreq/answered", 1);
        assert_eq!(progress.line(60, now), "535/1070, 3 failed, 1 min 20 s left, waiting for v5 3.12-p…");
    }

    #[test]
    fn time_passes_where_none_is_left_or_known() {
        let (mut progress, began) = progress();
        assert!(progress.line(80, began + Duration::from_secs(130)).ends_with("3 failed, 2 min 10 s"));
        progress.ends = None;
        assert!(progress.line(80, began + Duration::from_millis(1200)).ends_with("3 failed, 2 s"));
    }

    #[test]
    fn the_end_of_the_last_case_is_not_the_end_of_the_run() {
        let mut progress = Progress::new(1, Instant::now());
        assert!(progress.line(80, progress.began).contains("asking what the broker supports"));
        progress.planned(Duration::from_secs(1));
        progress.ended(false);
        assert!(progress.line(80, progress.began).contains("removing what is left"));
    }
}
