//! Measures the latency of one message at a time, from writing a PUBLISH to its arrival at another client of the same
//! thread.

use std::{
    io,
    time::{Duration, Instant},
};

use mqttspec_codec::{Packet, QoS};

use super::{
    BenchError, Turn, WARM_UP,
    client::{Client, Purpose},
};

/// The median and the 99th percentile, in microseconds.
pub(super) fn measure(turn: &Turn<'_>, qos: QoS) -> Result<Vec<f64>, BenchError> {
    let mut times = latencies(turn, qos).map_err(|why| turn.error("one message at a time", why))?;
    times.sort_unstable();
    let percentile = |hundredths: usize| {
        let at = (times.len().saturating_sub(1)) * hundredths / 100;
        times.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
    };
    Ok(vec![percentile(50), percentile(99)])
}

fn latencies(turn: &Turn<'_>, qos: QoS) -> io::Result<Vec<Duration>> {
    let client =
        |role: &str| Client::connect(turn.target, turn.plan, &format!("{}-{role}", turn.name), Purpose::Traffic);
    let (mut publisher, mut subscriber) = (client("p")?, client("s")?);
    let (topic, payload) = (turn.topic(), vec![b'.'; turn.plan.payload]);
    subscriber.subscribe(&topic, qos)?;
    subscriber.set_pause(PATIENCE)?;
    publisher.set_pause(PATIENCE)?;
    let mut times = Vec::new();
    let measured_from = Instant::now() + WARM_UP;
    let end = measured_from + turn.plan.turn;
    loop {
        publisher.publish(&topic, qos, &payload)?;
        let sent = Instant::now();
        publisher.flush()?;
        let arrived = wait(&mut subscriber, |packet| matches!(packet, Packet::Publish(_)))?;
        if qos != QoS::AtMostOnce {
            wait(&mut publisher, |packet| matches!(packet, Packet::Puback(_)))?;
        }
        if sent >= measured_from {
            times.push(arrived - sent);
        }
        if arrived >= end {
            return Ok(times);
        }
    }
}

/// Waits for a packet, and returns when it arrived.
fn wait(client: &mut Client, wanted: impl Fn(&Packet<'_>) -> bool) -> io::Result<Instant> {
    let mut arrived = None;
    while arrived.is_none() {
        // taken before the acknowledgement is written
        let came = client.read(|packet| {
            if wanted(packet) {
                arrived = Some(Instant::now());
            }
        })?;
        if !came {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "a message did not arrive within two seconds"));
        }
    }
    arrived.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

const PATIENCE: Duration = Duration::from_secs(2);
