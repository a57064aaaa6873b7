//! Measures the throughput of publishers and subscribers of one topic.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use mqttspec_codec::{Packet, QoS};

use super::{
    BenchError, Plan, Turn, WARM_UP,
    client::{Client, Purpose},
    crowd,
    flow::Flow,
    process::Process,
    workload::Crowd,
};

/// Deliveries per second, the broker's CPU time per delivery in microseconds (NaN if its process is unknown), and how
/// many messages never arrived. `payload` is a size in bytes.
pub(super) fn measure(turn: &Turn<'_>, crowd: Crowd, payload: usize) -> Result<(Vec<f64>, u64), BenchError> {
    let Crowd { publishers, subscribers, qos, purpose } = crowd;
    let topic = turn.topic();
    let receiving = crowd::subscribers(turn, "s", subscribers, qos, purpose)?;
    let sending = crowd::clients(turn, "p", publishers, Purpose::Traffic)?;

    let (flow, ended) = (Flow::new(subscribers, turn.plan.window), AtomicBool::new(false));
    let values = thread::scope(|scope| {
        let (flow, ended, topic, plan) = (&flow, &ended, topic.as_str(), turn.plan);
        let receivers: Vec<_> =
            receiving.into_iter().map(|client| scope.spawn(move || receive(client, flow, ended))).collect();
        let senders: Vec<_> = sending
            .into_iter()
            .map(|client| scope.spawn(move || publish(client, flow, plan, topic, qos, payload)))
            .collect();
        thread::sleep(WARM_UP);
        let busy = || turn.process().and_then(Process::busy);
        let (start, before, idle) = (Instant::now(), flow.delivered(), busy());
        thread::sleep(plan.turn);
        let (end, after, worked) = (Instant::now(), flow.delivered(), busy());
        flow.stop();
        // kept open, because closing a socket with unread PUBACKs discards data that the broker has not read
        let sent: Result<Vec<Client>, _> = senders.into_iter().map(|sender| join(turn, "publishing", sender)).collect();
        let deadline = Instant::now() + LAST_WORDS;
        while flow.outstanding() > 0 && Instant::now() < deadline {
            thread::sleep(PAUSE);
        }
        ended.store(true, Relaxed);
        let received: Result<Vec<()>, _> =
            receivers.into_iter().map(|receiver| join(turn, "receiving", receiver)).collect();
        let delivered = (after - before) as f64;
        let each = idle.zip(worked).map(|(idle, worked)| (worked - idle).as_secs_f64() * 1e6 / delivered);
        sent.and(received).map(|_| vec![delivered / (end - start).as_secs_f64(), each.unwrap_or(f64::NAN)])
    })?;
    if purpose == Purpose::Persistent {
        // a connection without `Persistent` ends the Session
        crowd::clients(turn, "s", subscribers, Purpose::Traffic)?;
    }
    Ok((values, flow.missing()))
}

fn join<T>(turn: &Turn<'_>, what: &str, handle: thread::ScopedJoinHandle<'_, io::Result<T>>) -> Result<T, BenchError> {
    match handle.join() {
        Ok(done) => done.map_err(|why| turn.error(what, why)),
        Err(_) => Err(turn.error(what, "the thread panicked, which is a bug of the load generator")),
    }
}

/// Receives messages until `ended` is set.
fn receive(mut client: Client, flow: &Flow, ended: &AtomicBool) -> io::Result<()> {
    client.set_pause(PAUSE)?;
    while !ended.load(Relaxed) {
        let mut count = 0;
        client.read(|packet| count += u64::from(matches!(packet, Packet::Publish(_))))?;
        flow.add_delivered(count);
    }
    Ok(())
}

/// Publishes until the turn is over. With QoS 1, at most [`UNACKNOWLEDGED`] messages have no PUBACK.
fn publish(mut client: Client, flow: &Flow, plan: &Plan, topic: &str, qos: QoS, payload: usize) -> io::Result<Client> {
    client.set_pause(PAUSE)?;
    let payload = vec![b'.'; payload];
    let mut unacknowledged = 0;
    while flow.may_publish() {
        client.publish(topic, qos, &payload)?;
        let mut queued = 1;
        while queued < plan.batch && flow.may_publish() {
            client.publish(topic, qos, &payload)?;
            queued += 1;
        }
        client.flush()?;
        if qos == QoS::AtMostOnce {
            continue;
        }
        unacknowledged += queued;
        while unacknowledged >= UNACKNOWLEDGED && !flow.is_stopped() {
            let mut acknowledged = 0;
            client.read(|packet| acknowledged += usize::from(matches!(packet, Packet::Puback(_))))?;
            unacknowledged = unacknowledged.saturating_sub(acknowledged);
        }
    }
    Ok(client)
}

/// The maximum number of unacknowledged PUBLISH packets of one publisher.
const UNACKNOWLEDGED: usize = 100;
/// How long a thread sleeps before it checks whether the turn is over.
const PAUSE: Duration = Duration::from_millis(20);
/// How long to wait for messages in flight at the end of a turn.
const LAST_WORDS: Duration = Duration::from_secs(1);
