//! Prepares a case for a broker: compiles its script, or gives the reason to skip it.

use std::time::Duration;

use super::{Capabilities, Login, RunId};
use crate::{
    judge::{self, Levels, Setup},
    packet::Value,
    text::Text,
    vector::{Case, RunContext, script::Script, unlearned},
};

/// What to do with a case.
#[derive(Debug)]
pub enum Prepared {
    /// Run it.
    Run(Box<Script>, Setup),
    /// Skip it, because the broker or the transport does not support what it needs; the text is the evidence.
    Skip(Text),
    /// The vector has a mistake.
    Invalid(Text),
}

/// Prepares a case. `index` is its place in the run.
#[must_use]
pub fn prepare(case: &Case, index: usize, run: &RunId, capabilities: &Capabilities, login: &Login) -> Prepared {
    if case.needs_websocket() && capabilities.value("websocket") != Some(&Value::Bool(true)) {
        return Prepared::Skip("the case needs a WebSocket".into());
    }
    for (name, matcher) in &case.requires {
        let unlearned = unlearned(name);
        if !judge::matches(matcher, capabilities.value(name).or(unlearned.as_ref())) {
            return Prepared::Skip(format!("needs {}: {}", case.requirement(name), capabilities.evidence(name)).into());
        }
    }
    let nodes = capabilities.value("nodes").and_then(Value::as_number).unwrap_or(1);
    if u64::try_from(case.nodes).unwrap_or(u64::MAX) > nodes {
        return Prepared::Skip(format!("needs {} nodes: {}", case.nodes, capabilities.evidence("nodes")).into());
    }
    let prefix = run.prefix(index, case.version);
    let levels = Levels { run: run.as_str().to_owned(), own: prefix.level.clone() };
    let context = RunContext { run: prefix.letters.clone(), prefix, known: capabilities.known() };
    match case.script(&context) {
        Ok(mut script) => {
            let keep_alive = script.slow_down(&capabilities.pace.tempo(capabilities.round_trip));
            match too_slow(keep_alive, capabilities) {
                Some(why) => Prepared::Skip(why.into()),
                None => Prepared::Run(Box::new(script), setup(case, capabilities, login, levels)),
            }
        }
        Err(error) => Prepared::Invalid(error.to_string().into()),
    }
}

fn setup(case: &Case, capabilities: &Capabilities, login: &Login, levels: Levels) -> Setup {
    let (pace, round_trip) = (capabilities.pace, capabilities.round_trip);
    Setup {
        round_trip: pace.turn(round_trip),
        deadline: pace.deadline(round_trip),
        fence_by: capabilities.fence_by,
        settling: if case.nodes > 1 { capabilities.settling } else { Duration::ZERO },
        user_name: login.user_name.clone(),
        password: login.password.clone(),
        limits: capabilities.limits(),
        subject: case.requires.iter().map(|(name, _)| name.clone()).collect(),
        levels,
    }
}

/// Why a case cannot keep its connections: a Keep Alive that the Server imposes does not grow with the times of the
/// case. `keep_alive` is the longest one of a case in slow motion, in seconds.
fn too_slow(keep_alive: Option<u64>, capabilities: &Capabilities) -> Option<String> {
    let imposed = capabilities.value("server_keep_alive").and_then(Value::as_number).filter(|seconds| *seconds > 0)?;
    // the first ping follows the CONNACK; opening the connection took at least a round trip before
    let first_ping = capabilities.pace.connect.saturating_sub(capabilities.round_trip);
    let needed = match keep_alive {
        Some(keep_alive) if keep_alive > imposed => Some(Duration::from_secs(keep_alive)),
        _ => (first_ping > Duration::from_millis(imposed.saturating_mul(1250))).then_some(first_ping),
    }?;
    Some(format!(
        "the Server Keep Alive is {imposed} s, but with a round trip of {:.1} s and {:.1} s to connect the case needs {:.1} s",
        capabilities.round_trip.as_secs_f64(),
        capabilities.pace.connect.as_secs_f64(),
        needed.as_secs_f64(),
    ))
}
