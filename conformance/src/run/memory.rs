//! A case on the reference broker in this process: a fresh broker, a virtual clock.

use std::time::Instant;

use mqttspec_broker::core::Config;

use super::{CaseRun, Prepared, RunId, prepare};
use crate::{
    guest::{Capabilities, Login, probe},
    judge::Judge,
    transport::{Memory, block_on},
    value::Value,
    vector::Case,
    verdict::Verdict,
};

/// Plays the case in memory against a broker of that configuration.
#[must_use]
pub fn run_in_memory<'a>(case: &'a Case, config: &Config) -> CaseRun<'a> {
    let start = Instant::now();
    let mut memory = Memory::new(config.clone());
    let login = Login::default();
    let mut capabilities = match block_on(probe(&mut memory, case.version, &login, "probe")) {
        Ok(capabilities) => capabilities,
        Err(error) => {
            let verdict = Verdict::Error(error.to_string());
            return CaseRun { case, verdict, transcript: Vec::new(), elapsed: start.elapsed() };
        }
    };
    restartable(&mut capabilities);
    match prepare(case, 0, &RunId::fixed(), &capabilities, &login, false) {
        Prepared::Skip(why) => CaseRun::skipped(case, why),
        Prepared::Broken(why) => {
            CaseRun { case, verdict: Verdict::Error(why), transcript: Vec::new(), elapsed: start.elapsed() }
        }
        Prepared::Play(script, setup) => {
            let mut judge = Judge::new(*script, setup);
            memory.play(&mut judge);
            let outcome = judge.finish();
            CaseRun { case, verdict: outcome.verdict, transcript: outcome.transcript, elapsed: start.elapsed() }
        }
    }
}

fn restartable(capabilities: &mut Capabilities) {
    capabilities.learn("restart", Value::Bool(true), "in memory the broker is started again from what it stored");
}
