//! How far a campaign is, on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::explore::{Progress, Settings};

/// A line that changes; nothing in a pipe.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(settings: &Settings) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} of {prefix}: {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(format!("{} s", settings.time.as_secs()));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    pub(super) fn tell(&self, progress: &Progress) {
        let Progress { ops, plans, kinds, replays, .. } = progress;
        let more = if *replays > 0 { format!(", made smaller by {replays} replays") } else { String::new() };
        self.0.set_message(format!("{ops} operations in {plans} plans, {kinds} kinds of violations{more}"));
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
