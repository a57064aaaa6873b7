//! Connections that do nothing.

use std::time::Instant;

use super::{BenchError, Turn, client::Purpose, crowd, process::Process};

/// How many still answer a PINGREQ after all were opened, connects a second, memory for each in kB (not a number where
/// the broker's process is not known).
pub(super) fn measure(turn: &Turn<'_>) -> Result<Vec<f64>, BenchError> {
    let wanted = turn.plan.connections;
    // fewer files are fewer connections: the count says so
    let _ = rlimit::increase_nofile_limit((wanted + FILES_BESIDES) as u64);
    let resident = || turn.process().and_then(Process::resident);
    let before = resident();
    let start = Instant::now();
    let (mut clients, fault) = crowd::connect(turn, "h", wanted, Purpose::Idle);
    if let (true, Some(why)) = (clients.is_empty(), fault) {
        return Err(turn.fault("connecting a client", why));
    }
    let rate = clients.len() as f64 / start.elapsed().as_secs_f64();
    let grown = before.zip(resident()).map(|(before, after)| after.saturating_sub(before));
    let held = clients.iter_mut().filter_map(|client| client.ping().ok()).count();
    let each = grown.map_or(f64::NAN, |kilobytes| kilobytes as f64 / clients.len() as f64);
    Ok(vec![held as f64, rate, each])
}

/// What the process has open besides.
const FILES_BESIDES: usize = 64;
