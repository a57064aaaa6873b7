//! Subscribers that never read, beside one that does.

use mqttspec_codec::QoS;

use super::{BenchError, Turn, client::Client, throughput};

/// What the one that reads gets a second; the broker's memory in MB when the turn is over (not a number where its process
/// is not known).
pub(super) fn measure(turn: &Turn<'_>, readers: usize) -> Result<(Vec<f64>, u64), BenchError> {
    let mut stalled = Vec::with_capacity(readers);
    for number in 0..readers {
        let name = format!("{}-n{number}", turn.name);
        let mut client = Client::connect(turn.target, turn.plan, &name, false)
            .map_err(|why| turn.fault("connecting a client", why))?;
        client.subscribe(&turn.topic(), QoS::AtMostOnce).map_err(|why| turn.fault("subscribing", why))?;
        stalled.push(client);
    }
    let (mut values, lost) = throughput::play(turn, 1, 1, QoS::AtMostOnce, PAYLOAD)?;
    values.push(turn.resident().map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1000.0));
    drop(stalled);
    Ok((values, lost))
}

/// In bytes.
const PAYLOAD: usize = 1024;
