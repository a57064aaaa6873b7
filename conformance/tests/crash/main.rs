//! Kills `mqttspec broker --data` under load, many times at random moments, and checks that nothing acknowledged is
//! lost.
//!
//! Clients of both versions publish with QoS 1 and 2 and receive in persistent Sessions, one of which is offline most
//! of the time. Each connection continues where the last one was cut off, by the rules of the standard (section 4.4).
//! Every few kills all clients finish, and the messages received are compared with those sent:
//! - every message that was sent arrives in every Session, in the order of its publisher;
//! - exactly once, if QoS is 2 on the whole way;
//! - the retained message of every topic is the last one acknowledged;
//! - Sessions exist whenever they should.
//!
//! `MQTTSPEC_KILLS` sets the number of kills (default 6).

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
fn killed_broker_loses_nothing() {
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
    /// Connects only after all others have finished.
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

    /// All clients work until the broker is killed.
    fn play(&mut self, broker: &mut Broker, life: Duration) {
        let at = broker.address;
        thread::scope(|scope| {
            let mut at_work: Vec<ScopedJoinHandle<'_, ()>> = Vec::new();
            at_work.extend(self.publishers.iter_mut().map(|client| scope.spawn(move || client.work(at))));
            at_work.extend(self.subscribers.iter_mut().map(|client| scope.spawn(move || client.work(at))));
            at_work.push(scope.spawn(|| self.retained.work(at)));
            thread::sleep(life); // any duration will do
            broker.kill();
        });
    }

    /// All clients finish their open exchanges, and the messages are compared.
    fn finish(&mut self, broker: &Broker) {
        let at = broker.address;
        // before the first PUBLISH
        self.subscribers.iter_mut().chain([&mut self.away]).for_each(|client| client.subscribe_once(at));
        self.publishers.iter_mut().for_each(|client| client.finish(at));
        self.retained.finish(at);
        let sent: Vec<u32> = self.publishers.iter().map(Publisher::sent).collect();
        self.subscribers.iter_mut().chain([&mut self.away]).for_each(|client| client.finish(at, &sent));
    }
}
