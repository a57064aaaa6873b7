//! How fast a broker and the network to it are, and what follows from that for the times of a run.

use std::time::Duration;

use mqttspec_codec::{PacketType, Version};

use crate::{
    packet::{Fields, Value},
    runner::client::{Client, Login, PATIENCE},
    transport::Link,
    vector::tempo::{Effort, Tempo},
};

/// Measured times. All are zero for a broker in memory that answers at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Pace {
    /// From sending SUBSCRIBE, or PUBLISH at QoS 1, to the acknowledgement.
    pub answer: Duration,
    /// From opening a connection to its CONNACK.
    pub connect: Duration,
    /// What each connection that is opened at the same time adds to that; zero if the broker accepts them side by side.
    pub connect_beside: Duration,
}

impl Pace {
    /// How many cases to run concurrently. Slow networks need more, because cases then mostly wait; a broker that
    /// accepts one connection after the other needs fewer.
    #[must_use]
    pub fn jobs(&self, round_trip: Duration) -> usize {
        let idle = round_trip.max(self.connect / 2);
        let many = USUAL_JOBS + USUAL_JOBS * usize::try_from(idle.as_millis() / IDLE).unwrap_or(MOST_JOBS);
        let at_once = CONNECTS_WITHIN.as_micros() / self.connect_beside.as_micros().max(1);
        many.min(MOST_JOBS).min(usize::try_from(at_once).unwrap_or(MOST_JOBS)).max(LEAST_JOBS)
    }

    /// The times if there is no more than one connection in that time, as for a broker that accepts one after the other.
    #[must_use]
    #[cfg(feature = "network")]
    pub(crate) fn at_most_every(self, interval: Duration) -> Self {
        Self { connect_beside: self.connect_beside.max(interval), ..self }
    }

    /// The times while that many cases run concurrently, each of which may be connecting.
    #[must_use]
    pub fn beside(self, jobs: usize) -> Self {
        let others = u32::try_from(jobs.saturating_sub(1)).unwrap_or(u32::MAX);
        Self { connect: self.connect.saturating_add(self.connect_beside.saturating_mul(others)), ..self }
    }

    /// The usual time from a packet to its answer.
    #[must_use]
    pub fn turn(&self, round_trip: Duration) -> Duration {
        round_trip.max(self.answer)
    }

    /// How long an expectation without `within` waits.
    #[must_use]
    pub fn deadline(&self, round_trip: Duration) -> Duration {
        DEADLINE.max(self.turn(round_trip).saturating_mul(20)).max(self.connect.saturating_mul(4))
    }

    /// How scripts must be slowed down.
    #[must_use]
    pub fn tempo(&self, round_trip: Duration) -> Tempo {
        let turn = self.turn(round_trip);
        // a case may end a connection, give the Server four turns to notice, and connect again within one second
        let exchange = turn.saturating_mul(4).saturating_add(self.connect.saturating_mul(2));
        let factor = u32::try_from(exchange.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
        Tempo { factor, longer_waits: turn, longer_deadlines: self.deadline(round_trip).saturating_sub(DEADLINE) }
    }

    /// About how long a script takes if the broker answers everything.
    #[must_use]
    pub fn estimate(&self, round_trip: Duration, effort: &Effort) -> Duration {
        let connects = self.connect.saturating_mul(effort.connects);
        effort.waits.saturating_add(connects).saturating_add(self.turn(round_trip).saturating_mul(effort.round_trips))
    }
}

/// Measures how long connecting takes, alone and beside others. What the broker refuses or leaves unanswered is not
/// measured; the cases will tell.
pub(super) async fn measure_connects<L: Link>(
    link: &mut L,
    pace: &mut Pace,
    version: Version,
    login: &Login,
    prefix: &str,
) {
    let Some((opening, alone)) = connect_at_once(link, 1, version, login, prefix).await else { return };
    pace.connect = pace.connect.max(opening + alone);
    if link.opens_in_turn() {
        pace.connect_beside = opening;
    }
    let crowd = if pace.connect > SLOW { SMALL_CROWD } else { CROWD };
    let crowd = crowd.min(u32::try_from(link.most_at_once()).unwrap_or(u32::MAX));
    let mut longer = Duration::MAX;
    // a second time if the first was slow, because that may be chance
    for _ in 0..2 {
        let Some((opening, beside)) = connect_at_once(link, crowd, version, login, prefix).await else { return };
        pace.connect_beside = pace.connect_beside.min(opening);
        longer = longer.min(beside.saturating_sub(alone));
        if longer <= NOISE.max(alone / 4) {
            return;
        }
    }
    pace.connect_beside = pace.connect_beside.max(longer / (crowd - 1));
}

/// Opens some connections and then sends CONNECT on all of them. Returns how long it took to open one, and from the
/// first CONNECT to the last CONNACK.
async fn connect_at_once<L: Link>(
    link: &mut L,
    crowd: u32,
    version: Version,
    login: &Login,
    prefix: &str,
) -> Option<(Duration, Duration)> {
    let start = link.now();
    let mut clients = Vec::new();
    for _ in 0..crowd {
        clients.push(Client::open(link, version).await.ok()?);
    }
    let opened = link.now();
    for (client, number) in clients.iter_mut().zip(1..) {
        let name = Value::text(&format!("{prefix}pace{number}"));
        let connect = Fields::from([("client_id", name), ("keep_alive", Value::Number(60))]);
        client.log_in(link, login, connect).await.ok()?;
    }
    for client in &mut clients {
        client.wait_for(link, PacketType::Connack, PATIENCE).await.ok()??;
    }
    let answered = link.now();
    for client in &mut clients {
        client.disconnect(link).await;
    }
    Some((opened.saturating_sub(start) / crowd, answered.saturating_sub(opened)))
}

/// How long an expectation waits if the standard sets no limit.
const DEADLINE: Duration = Duration::from_secs(5);
/// How many connections are opened at the same time to see whether they take longer.
const CROWD: u32 = 8;
/// The same where one takes longer than `SLOW`.
const SMALL_CROWD: u32 = 3;
const SLOW: Duration = Duration::from_secs(1);
/// A shorter time says nothing, because other programs run too.
const NOISE: Duration = Duration::from_millis(30);
const USUAL_JOBS: usize = 64;
const LEAST_JOBS: usize = 4;
/// Each case has two or three connections, and brokers often accept about a thousand.
const MOST_JOBS: usize = 256;
/// For each of these milliseconds of waiting, as many cases more.
const IDLE: u128 = 50;
/// All concurrent cases together may connect within this time.
const CONNECTS_WITHIN: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(connect: u64, connect_beside: u64) -> Pace {
        let millis = Duration::from_millis;
        Pace { answer: Duration::ZERO, connect: millis(connect), connect_beside: millis(connect_beside) }
    }

    #[test]
    fn fast_brokers_need_no_more_time() {
        let (pace, round_trip) = (pace(1, 0), Duration::from_micros(200));
        assert_eq!(pace.jobs(round_trip), 64);
        assert_eq!(pace.deadline(round_trip), Duration::from_secs(5));
        assert_eq!(pace.tempo(round_trip).factor, 1);
    }

    #[test]
    fn slow_networks_have_more_cases_at_once_in_slow_motion() {
        let (pace, round_trip) = (pace(1000, 0), Duration::from_millis(500));
        assert_eq!(pace.jobs(round_trip), 256);
        assert_eq!(pace.deadline(round_trip), Duration::from_secs(10));
        assert_eq!(pace.tempo(round_trip).factor, 4);
        assert_eq!(pace.tempo(round_trip).longer_deadlines, Duration::from_secs(5));
    }

    #[test]
    fn broker_that_accepts_one_after_the_other_gets_fewer_at_once() {
        let pace = pace(100, 100);
        let jobs = pace.jobs(Duration::ZERO);
        assert_eq!(jobs, 10);
        assert_eq!(pace.beside(jobs).connect, Duration::from_secs(1));
        assert_eq!(pace.beside(jobs).tempo(Duration::ZERO).factor, 2);
    }
}
