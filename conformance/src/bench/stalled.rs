//! Subscribers that never read, beside one that does.

use mqttspec_codec::QoS;

use super::{BenchError, Turn, client::Purpose, crowd, process::Process, throughput, workload::Crowd};

/// What [`throughput::measure`] gives, of the one that reads; the broker's memory in MB when the turn is over (not a
/// number where its process is not known).
pub(super) fn measure(turn: &Turn<'_>, readers: usize) -> Result<(Vec<f64>, u64), BenchError> {
    let stalled = crowd::subscribers(turn, "n", readers, QoS::AtMostOnce, Purpose::Traffic)?;
    let one = Crowd { publishers: 1, subscribers: 1, qos: QoS::AtMostOnce, purpose: Purpose::Traffic };
    let (mut values, lost) = throughput::measure(turn, one, PAYLOAD)?;
    values.push(turn.process().and_then(Process::resident).map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1000.0));
    drop(stalled);
    Ok((values, lost))
}

/// In bytes.
const PAYLOAD: usize = 1024;
