//! What the user types while a case is played step by step.

use std::{
    io::{IsTerminal, stdin},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc};

use crate::runner::{Choice, Traced};

/// Answers before each step.
pub(super) struct Keyboard {
    /// The lines of standard input.
    lines: AsyncMutex<mpsc::UnboundedReceiver<String>>,
    /// Whether steps follow one another without waiting.
    goes_on: AtomicBool,
    /// Whether another case would follow, which must not begin after `q`.
    several: bool,
    stopped: AtomicBool,
    ended: Notify,
    told: AtomicBool,
    /// Whether the cursor is behind the question.
    at_question: AtomicBool,
    looked: Mutex<Duration>,
}

impl Keyboard {
    /// Reads standard input if it waits at all.
    pub(super) fn new(waits: bool, several: bool) -> Self {
        let (typed, lines) = mpsc::unbounded_channel();
        if waits {
            // it ends with the process, as reading cannot be given up
            thread::spawn(move || stdin().lines().map_while(Result::ok).try_for_each(|line| typed.send(line)));
        }
        Self {
            lines: AsyncMutex::new(lines),
            goes_on: AtomicBool::new(!waits),
            several,
            stopped: AtomicBool::default(),
            ended: Notify::new(),
            told: AtomicBool::default(),
            at_question: AtomicBool::default(),
            looked: Mutex::default(),
        }
    }

    /// What the user wants before a step.
    pub(super) async fn choice(&self, print: impl Fn(&str)) -> Choice {
        if self.goes_on.load(Ordering::Relaxed) {
            return Choice::GoOn;
        }
        let (since, mut lines) = (Instant::now(), self.lines.lock().await);
        print(if self.told.swap(true, Ordering::Relaxed) { "? " } else { "Enter: begin, c: play the rest, q: end? " });
        self.at_question.store(true, Ordering::Relaxed);
        let choice = loop {
            let line = lines.recv().await;
            if !stdin().is_terminal() {
                // a terminal has shown the Enter that was typed
                print("\n");
            }
            match line.as_deref().map(str::trim) {
                Some("") => break Choice::GoOn,
                Some("c") => {
                    self.goes_on.store(true, Ordering::Relaxed);
                    break Choice::GoOn;
                }
                Some("q") | None => {
                    self.stopped.store(true, Ordering::Relaxed);
                    break Choice::Stop;
                }
                Some(_) => print("Enter begins the step, c plays the rest without waiting, q ends the case? "),
            }
        };
        self.at_question.store(false, Ordering::Relaxed);
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) += since.elapsed();
        choice
    }

    /// What to print before a line, because something may come while the question is open.
    pub(super) fn before_a_line(&self) -> &'static str {
        if self.at_question.swap(false, Ordering::Relaxed) { "\n" } else { "" }
    }

    /// Notes when a case that was stopped has ended.
    pub(super) fn saw(&self, traced: Traced<'_>) {
        if self.several && matches!(traced, Traced::Ended(..)) && self.stopped.load(Ordering::Relaxed) {
            self.ended.notify_one();
        }
    }

    /// Completes when a case was stopped before the last.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// For how long the cases stood still.
    pub(super) fn looked(&self) -> Duration {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
