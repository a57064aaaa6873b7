//! `mqttspec broker --data` is killed under load at any moment, again and again, and nothing that it acknowledged is lost.
//!
//! Clients of both versions publish at QoS 1 and 2 and receive in Sessions that are kept, one of them away most of the
//! time. Each connection goes on where the last one was cut off, by the rules of the standard (section 4.4). Every few
//! kills everybody finishes, and what came is compared with what was sent:
//! - every message that was sent arrives in every Session, in the order of its publisher;
//! - once, where QoS is 2 on the whole way;
//! - every topic has as retained message the last that was acknowledged;
//! - Sessions are there whenever they should be.
//!
//! `MQTTSPEC_KILLS` says how often it is killed (default 6).

mod broker;
mod client;
mod publisher;
mod retained;
mod subscriber;

use mqttspec_codec::{QoS, Version};
use std::{
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

use crate::{broker::Broker, publisher::Publisher, retained::Retained, subscriber::Subscriber};

#[test]
fn a_broker_that_is_killed_loses_nothing() {
    let kills: u64 = std::env::var("MQTTSPEC_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let folder = tempfile::tempdir().unwrap();
    let mut cast = Cast::new();
    cast.finish(&Broker::start(folder.path()));
    for kill in 1..=kills {
        let mut broker = Broker::start(folder.path());
        cast.play(&mut broker, Duration::from_micros(kill.wrapping_mul(7_919_003) % 150_000));
        if kill % 3 == 0 || kill == kills {
            cast.finish(&Broker::start(folder.path()));
        }
    }
    println!("{kills} kills, {} messages", cast.publishers.iter().map(Publisher::sent).sum::<u32>());
}

struct Cast {
    publishers: Vec<Publisher>,
    subscribers: Vec<Subscriber>,
    /// Comes only when all others have finished.
    away: Subscriber,
    retained: Retained,
}

impl Cast {
    fn new() -> Self {
        let publishers = [
            (Version::V5, QoS::AtLeastOnce),
            (Version::V5, QoS::ExactlyOnce),
            (Version::V3_1_1, QoS::AtLeastOnce),
            (Version::V3_1_1, QoS::ExactlyOnce),
        ];
        let publishers: Vec<Publisher> =
            (0..).zip(publishers).map(|(number, (version, qos))| Publisher::new(number, version, qos)).collect();
        let subscriber = |name, version, qos| Subscriber::new(name, version, qos, &publishers);
        Self {
            subscribers: vec![
                subscriber("once", Version::V5, QoS::ExactlyOnce),
                subscriber("once-old", Version::V3_1_1, QoS::ExactlyOnce),
                subscriber("least", Version::V5, QoS::AtLeastOnce),
            ],
            away: subscriber("away", Version::V5, QoS::ExactlyOnce),
            retained: Retained::new(),
            publishers,
        }
    }

    /// Everybody works until the broker is killed.
    fn play(&mut self, broker: &mut Broker, life: Duration) {
        let at = broker.address;
        thread::scope(|scope| {
            let mut at_work: Vec<ScopedJoinHandle<'_, ()>> = Vec::new();
            at_work.extend(self.publishers.iter_mut().map(|client| scope.spawn(move || client.work(at))));
            at_work.extend(self.subscribers.iter_mut().map(|client| scope.spawn(move || client.work(at))));
            at_work.push(scope.spawn(|| self.retained.work(at)));
            thread::sleep(life); // any life will do, short or long
            broker.kill();
        });
    }

    /// Everybody finishes what is open, and all of it is compared.
    fn finish(&mut self, broker: &Broker) {
        let at = broker.address;
        // Before anybody publishes for the first time.
        self.subscribers.iter_mut().chain([&mut self.away]).for_each(|client| client.subscribe_once(at));
        self.publishers.iter_mut().for_each(|client| client.finish(at));
        self.retained.finish(at);
        let sent: Vec<u32> = self.publishers.iter().map(Publisher::sent).collect();
        self.subscribers.iter_mut().chain([&mut self.away]).for_each(|client| client.finish(at, &sent));
    }
}
