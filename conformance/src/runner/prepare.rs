//! Prepares a case for a broker: compiles its script, or gives the reason to skip it.

use std::{collections::BTreeMap, time::Duration};

use super::{Capabilities, Login, RunId};
use crate::{
    judge::{self, Levels, Setup},
    packet::Value,
    vector::{Case, RunContext, script::Script, unlearned},
};

/// What to do with a case.
#[derive(Debug)]
pub enum Prepared {
    /// Run it.
    Run(Box<Script>, Setup),
    /// Skip it, because the broker or the transport does not support what it needs; the text is the evidence.
    Skip(String),
    /// The vector has a mistake.
    Invalid(String),
}

/// Prepares a case. `index` is its place in the run.
#[must_use]
pub fn prepare(case: &Case, index: usize, run: &RunId, capabilities: &Capabilities, login: &Login) -> Prepared {
    if case.needs_websocket() && capabilities.value("websocket") != Some(&Value::Bool(true)) {
        return Prepared::Skip("the case needs a WebSocket".to_owned());
    }
    for (name, matcher) in &case.requires {
        let unlearned = unlearned(name);
        if !judge::matches(matcher, capabilities.value(name).or(unlearned.as_ref())) {
            return Prepared::Skip(format!("needs {}: {}", case.requirement(name), capabilities.evidence(name)));
        }
    }
    if case.nodes > 1 {
        return Prepared::Skip("the case needs a cluster of several nodes".to_owned());
    }
    let prefix = run.prefix(index, case.version);
    let levels = Levels { run: run.as_str().to_owned(), own: prefix.level.clone() };
    let context = RunContext { run: prefix.letters.clone(), prefix, known: capabilities.known() };
    match case.script(&context) {
        Ok(script) => Prepared::Run(Box::new(script), setup(case, capabilities, login, levels)),
        Err(error) => Prepared::Invalid(error.to_string()),
    }
}

fn setup(case: &Case, capabilities: &Capabilities, login: &Login, levels: Levels) -> Setup {
    let round_trip = capabilities.round_trip;
    let limits: BTreeMap<String, u64> = capabilities.limits(case.version);
    Setup {
        round_trip,
        deadline: DEADLINE.max(round_trip * 20),
        settling: Duration::ZERO,
        user_name: login.user_name.clone(),
        password: login.password.clone(),
        limits,
        subject: case.requires.iter().map(|(name, _)| name.clone()).collect(),
        levels,
    }
}

/// How long an expectation waits if the standard sets no limit.
const DEADLINE: Duration = Duration::from_secs(5);
