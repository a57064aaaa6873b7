//! Brokers with habits that must not disturb a run, and those that one case disturbs for the others.

mod busy;
mod cleanup;
mod dollar;
mod impaired;
mod keep_alive;
mod leak;
mod proxy;

use mqttspec::{Filter, Report, Suite, Target};

/// Runs the cases that these patterns select.
fn run(target: &Target, only: &[&str]) -> Report {
    suite(only).run_blocking(target, &mut (), std::future::pending()).expect("the run ends")
}

fn suite(only: &[&str]) -> Suite {
    let filter = only.iter().try_fold(Filter::default(), |filter, pattern| filter.only(pattern)).expect("patterns");
    Suite::embedded().expect("the vectors load").filter(filter)
}
