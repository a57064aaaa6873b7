//! The scenarios. Each fills some of the rows of the table.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    network::Network,
    options::{Options, Times},
    result::{Metric, Values},
    stage::{Cast, Result, Stage},
    transport::Transport,
};

/// Small rooms that chat: latency, bytes, connections and requests.
pub(crate) async fn load(transport: Transport, options: Options, seed: u64) -> Result<Values> {
    let network = Some(options.network());
    let cast = Cast { rooms: 20, members: 5, rate: 40.0, pace: options.pace(), network, seed };
    let mut stage = Stage::open(transport, cast).await?;
    let (before, start) = (stage.count(), Instant::now());
    stage.talk(options.times().load).await;
    stage.settle().await;
    let used = stage.count() - before;
    let outcome = stage.outcome();
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    Ok(vec![
        (Metric::Median, outcome.latency(0.5)),
        (Metric::Percentile99, outcome.latency(0.99)),
        (Metric::Bytes, used.bytes as f64 / outcome.arrived as f64),
        (Metric::Connections, stage.count().connections as f64 / stage.users()),
        (Metric::Requests, used.requests as f64 / stage.users() / minutes),
    ])
}

/// Nobody says anything. The application's clock runs faster, and the result is for an hour of its time.
pub(crate) async fn idle(transport: Transport, options: Options, seed: u64) -> Result<Values> {
    let pace = options.pace().faster(IDLE_FASTER);
    let cast = Cast { rooms: 2, members: 5, rate: 1.0, pace, network: Some(Network::default()), seed };
    let stage = Stage::open(transport, cast).await?;
    sleep(pace.quiet / 2).await; // so that no heartbeat is near either end
    let (before, start) = (stage.count(), Instant::now());
    sleep(pace.quiet * options.times().heartbeats).await;
    let used = stage.count() - before;
    let user_hours = stage.users() * hours(start.elapsed(), IDLE_FASTER);
    Ok(vec![
        (Metric::IdleBytes, used.bytes as f64 / 1000.0 / user_hours),
        (Metric::IdleRequests, used.requests as f64 / user_hours),
    ])
}

/// Many users without a proxy: what the server works.
pub(crate) async fn crowd(transport: Transport, options: Options, seed: u64) -> Result<Values> {
    let Times { crowd, .. } = options.times();
    let rooms = options.users() / MEMBERS;
    let cast = Cast { rooms, members: MEMBERS, rate: rooms as f64, pace: options.pace(), network: None, seed };
    let mut stage = Stage::open(transport, cast).await?;
    sleep(Duration::from_millis(200)).await; // connecting is over
    let (before, start) = (stage.processor_time()?, Instant::now());
    stage.talk(crowd).await;
    let used = stage.processor_time()? - before;
    let per_second = used.as_secs_f64() * 1000.0 / start.elapsed().as_secs_f64();
    Ok(vec![(Metric::Processor, per_second * 1000.0 / stage.users())])
}

/// Every connection breaks, and none can be opened for a while. The users go on talking.
pub(crate) async fn interruption(transport: Transport, options: Options, seed: u64) -> Result<Values> {
    let Times { before, after, .. } = options.times();
    let network = Some(options.network());
    let cast = Cast { rooms: 10, members: 5, rate: 100.0, pace: options.pace(), network, seed };
    let mut stage = Stage::open(transport, cast).await?;
    stage.talk(before).await;
    stage.set_broken(true);
    stage.talk(options.interruption()).await;
    stage.set_broken(false);
    stage.talk(after).await;
    stage.settle().await;
    // what is sent twice may arrive after everything has arrived once
    sleep(Duration::from_secs(1)).await;
    let outcome = stage.outcome();
    Ok(vec![(Metric::Lost, outcome.percent(outcome.lost())), (Metric::Doubled, outcome.percent(outcome.doubled))])
}

/// A proxy that buffers responses.
pub(crate) async fn buffering(transport: Transport, options: Options, seed: u64) -> Result<Values> {
    let network = Some(Network { buffers: true, ..options.network() });
    let cast = Cast { rooms: 4, members: 5, rate: 10.0, pace: options.pace(), network, seed };
    let mut stage = Stage::open(transport, cast).await?;
    stage.talk(options.times().buffering).await;
    stage.settle().await;
    let outcome = stage.outcome();
    Ok(vec![(Metric::Buffered, outcome.percent(outcome.arrived))])
}

/// A proxy that closes connections after 20 seconds of silence, while the application is silent for up to 25. Its clock runs
/// faster, and each room has a message in 30 seconds of its time.
pub(crate) async fn cutting(transport: Transport, options: Options, seed: u64) -> Result<Values> {
    let Times { cutting, .. } = options.times();
    let pace = options.pace().faster(CUTTING_FASTER);
    let cuts_after = Some(pace.quiet.mul_f64(0.8));
    let network = Some(Network { cuts_after, ..Network::default() });
    let rooms = 40;
    let rate = rooms as f64 / pace.quiet.as_secs_f64() / 1.2;
    let cast = Cast { rooms, members: 3, rate, pace, network, seed };
    let mut stage = Stage::open(transport, cast).await?;
    let before = stage.count();
    stage.talk(cutting).await;
    let opened = (stage.count() - before).connections as f64;
    stage.settle().await;
    let outcome = stage.outcome();
    Ok(vec![
        (Metric::CutConnections, opened / stage.users() / hours(cutting, CUTTING_FASTER)),
        (Metric::CutLost, outcome.percent(outcome.lost())),
    ])
}

/// Hours of the application's time in so much real time, if its clock runs faster.
fn hours(time: Duration, faster: u32) -> f64 {
    (time * faster).as_secs_f64() / 3600.0
}

/// How much faster the application's clock runs where nothing happens for most of the time.
const IDLE_FASTER: u32 = 25;
const CUTTING_FASTER: u32 = 10;
/// Of a room in the crowd.
const MEMBERS: usize = 10;
