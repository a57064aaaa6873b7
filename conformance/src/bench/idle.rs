//! Connections that do nothing, and subscribers that never read.

use std::time::Instant;

use mqttspec_codec::QoS;

use super::{BenchError, Turn, client::Purpose, crowd, process::Process, throughput, workload::Crowd};

/// How many connections still answer a PINGREQ after all were opened, connects per second, and memory per connection in
/// kB (NaN if the broker's process is unknown).
pub(super) fn held(turn: &Turn<'_>) -> Result<Vec<f64>, BenchError> {
    let wanted = turn.plan.connections;
    // fewer open files mean fewer connections, which the count shows
    let _ = rlimit::increase_nofile_limit((wanted + FILES_BESIDES) as u64);
    let resident = || turn.process().and_then(Process::resident);
    let before = resident();
    let start = Instant::now();
    let (mut clients, error) = crowd::connect(turn, "h", wanted, Purpose::Idle);
    if let (true, Some(why)) = (clients.is_empty(), error) {
        return Err(turn.error("connecting a client", why));
    }
    let rate = clients.len() as f64 / start.elapsed().as_secs_f64();
    let grown = before.zip(resident()).map(|(before, after)| after.saturating_sub(before));
    let held = clients.iter_mut().filter_map(|client| client.ping().ok()).count();
    let each = grown.map_or(f64::NAN, |kilobytes| kilobytes as f64 / clients.len() as f64);
    Ok(vec![held as f64, rate, each])
}

/// Other open files of this process.
const FILES_BESIDES: usize = 64;

/// The result of [`throughput::measure`] for the subscriber that reads, and the broker's memory in MB after the turn
/// (NaN if its process is unknown).
pub(super) fn stalled(turn: &Turn<'_>, readers: usize) -> Result<(Vec<f64>, u64), BenchError> {
    let stalled = crowd::subscribers(turn, "n", readers, QoS::AtMostOnce, Purpose::Traffic)?;
    let one = Crowd { publishers: 1, subscribers: 1, qos: QoS::AtMostOnce, purpose: Purpose::Traffic };
    let (mut values, lost) = throughput::measure(turn, one, PAYLOAD)?;
    values.push(turn.process().and_then(Process::resident).map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1000.0));
    drop(stalled);
    Ok((values, lost))
}

/// In bytes.
const PAYLOAD: usize = 1024;
