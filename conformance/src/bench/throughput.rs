//! Publishers and subscribers of one topic.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use mqttspec_codec::{Packet, QoS};

use super::{BenchError, Plan, Turn, WARM_UP, client::Client, flow::Flow};

/// Deliveries a second, and how many messages never came.
pub(super) fn measure(
    turn: &Turn<'_>,
    publishers: usize,
    subscribers: usize,
    qos: QoS,
) -> Result<(Vec<f64>, u64), BenchError> {
    play(turn, publishers, subscribers, qos, turn.plan.payload)
}

/// The same with messages of so many bytes.
pub(super) fn play(
    turn: &Turn<'_>,
    publishers: usize,
    subscribers: usize,
    qos: QoS,
    payload: usize,
) -> Result<(Vec<f64>, u64), BenchError> {
    let topic = turn.topic();
    let client = |role: &str, number: usize| {
        let name = format!("{}-{role}{number}", turn.name);
        Client::connect(turn.target, turn.plan, &name, false).map_err(|why| turn.fault("connecting a client", why))
    };
    let mut receiving = Vec::new();
    for number in 0..subscribers {
        let mut client = client("s", number)?;
        client.subscribe(&topic, qos).map_err(|why| turn.fault("subscribing", why))?;
        receiving.push(client);
    }
    let sending = (0..publishers).map(|number| client("p", number)).collect::<Result<Vec<_>, _>>()?;

    let (flow, ended) = (Flow::new(subscribers), AtomicBool::new(false));
    let rate = thread::scope(|scope| {
        let (flow, ended, topic, plan) = (&flow, &ended, topic.as_str(), turn.plan);
        let receivers: Vec<_> =
            receiving.into_iter().map(|client| scope.spawn(move || receive(client, flow, ended))).collect();
        let senders: Vec<_> = sending
            .into_iter()
            .map(|client| scope.spawn(move || publish(client, flow, plan, topic, qos, payload)))
            .collect();
        thread::sleep(WARM_UP);
        let (start, before) = (Instant::now(), flow.delivered());
        thread::sleep(plan.turn);
        let (end, after) = (Instant::now(), flow.delivered());
        flow.stop();
        // kept open: a socket closed with PUBACKs unread takes away what the broker has not read
        let sent: Result<Vec<Client>, _> = senders.into_iter().map(|sender| join(turn, "publishing", sender)).collect();
        let deadline = Instant::now() + LAST_WORDS;
        while flow.outstanding() > 0 && Instant::now() < deadline {
            thread::sleep(PAUSE);
        }
        ended.store(true, Relaxed);
        let received: Result<Vec<()>, _> =
            receivers.into_iter().map(|receiver| join(turn, "receiving", receiver)).collect();
        sent.and(received).map(|_| (after - before) as f64 / (end - start).as_secs_f64())
    })?;
    Ok((vec![rate], flow.missing()))
}

fn join<T>(turn: &Turn<'_>, what: &str, handle: thread::ScopedJoinHandle<'_, io::Result<T>>) -> Result<T, BenchError> {
    match handle.join() {
        Ok(done) => done.map_err(|why| turn.fault(what, why)),
        Err(_) => Err(turn.fault(what, "the thread panicked, which is a bug of the load generator")),
    }
}

/// Until `ended` says that nothing more is waited for.
fn receive(mut client: Client, flow: &Flow, ended: &AtomicBool) -> io::Result<()> {
    client.set_pause(PAUSE)?;
    while !ended.load(Relaxed) {
        let mut count = 0;
        client.read(|packet| count += u64::from(matches!(packet, Packet::Publish(_))))?;
        flow.add_delivered(count);
    }
    Ok(())
}

/// Until the turn is over. At QoS 1 never more than [`UNACKNOWLEDGED`] without PUBACK.
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

/// PUBLISH packets of one publisher.
const UNACKNOWLEDGED: usize = 100;
/// How long a thread sleeps before it looks whether the turn is over.
const PAUSE: Duration = Duration::from_millis(20);
/// For what is on its way when the turn is over.
const LAST_WORDS: Duration = Duration::from_secs(1);
