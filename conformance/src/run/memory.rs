//! A case on the reference broker in this process: a fresh broker, a virtual clock.

use std::time::Instant;

use mqttspec_broker::core::Config;
use mqttspec_codec::Version;

use super::{CaseRun, Prepared, RunId, prepare};
use crate::{
    guest::{Capabilities, Login, ProbeError, probe},
    judge::Judge,
    transport::{Memory, Tamper, block_on},
    value::Value,
    vector::Case,
    verdict::Verdict,
};

/// Plays the case in memory against a broker of that configuration, as the user whose login it is.
#[must_use]
pub fn run_in_memory<'a>(case: &'a Case, config: &Config, login: &Login) -> CaseRun<'a> {
    let start = Instant::now();
    let mut memory = Memory::new(config.clone(), login.clone());
    match learn(&mut memory, case.version, login) {
        Ok(capabilities) => play(case, memory, &capabilities, login, start),
        Err(error) => {
            let verdict = Verdict::Error(error.to_string());
            CaseRun { case, verdict, transcript: Vec::new(), elapsed: start.elapsed() }
        }
    }
}

/// What a broker of that configuration offers.
///
/// # Errors
/// See [`ProbeError`].
pub fn learn_in_memory(version: Version, config: &Config, login: &Login) -> Result<Capabilities, ProbeError> {
    learn(&mut Memory::new(config.clone(), login.clone()), version, login)
}

/// Plays the case as [`run_in_memory`] does, with something between the broker and the case. What the broker offers was
/// learned before.
#[must_use]
pub fn run_tampered<'a>(
    case: &'a Case,
    config: &Config,
    login: &Login,
    capabilities: &Capabilities,
    tamper: Box<dyn Tamper>,
) -> CaseRun<'a> {
    let start = Instant::now();
    let mut memory = Memory::new(config.clone(), login.clone());
    memory.put_between(tamper);
    play(case, memory, capabilities, login, start)
}

fn play<'a>(
    case: &'a Case,
    mut memory: Memory,
    capabilities: &Capabilities,
    login: &Login,
    start: Instant,
) -> CaseRun<'a> {
    match prepare(case, 0, &RunId::fixed(), capabilities, login) {
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

fn learn(memory: &mut Memory, version: Version, login: &Login) -> Result<Capabilities, ProbeError> {
    let mut capabilities = block_on(probe(memory, version, login, "probe"))?;
    capabilities.learn("restart", Value::Bool(true), "in memory the broker is started again from what it stored");
    capabilities.learn("websocket", Value::Bool(false), "in memory there are no frames");
    Ok(capabilities)
}
