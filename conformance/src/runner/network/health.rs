//! Asks fresh clients whether the broker serves everybody. A broker that has lost one of its threads answers some Client
//! Identifiers and not others, and a case that meets one of the others is not at fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use mqttspec_codec::{PacketType, ReasonCode, Version};

use super::door::Door;
use crate::{
    packet::{Fields, Value},
    rt::{Instant, sleep, timeout},
    runner::{Client, Login, client::reason_code},
    transport::Dial,
};

/// Asks fresh clients.
#[derive(Debug)]
pub(super) struct Inspector {
    dial: Dial,
    login: Login,
    /// What their Client Identifiers and topics begin with.
    prefix: String,
    patience: Patience,
    door: Door,
    numbers: AtomicU64,
    /// What every fresh client got before the first case, for each version; the broker is not expected to do more.
    usual: Mutex<BTreeMap<Version, BTreeSet<Service>>>,
}

/// How long the answer to a fresh client may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Before it is suspicious.
    quick: Duration,
    /// Before it is missing.
    thorough: Duration,
}

impl Patience {
    /// From the round trip, the time of a connection while cases run, and what each other one adds to that.
    pub(super) fn new(round_trip: Duration, connect: Duration, beside: Duration) -> Self {
        let asked = u32::try_from(DOZEN).unwrap_or(u32::MAX);
        Self {
            quick: QUICK.max(round_trip * 8 + connect * 3 + beside * asked),
            thorough: THOROUGH.max(round_trip * 20 + connect * 4 + beside * asked * 2),
        }
    }
}

/// What a client gets from the broker, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Service {
    Connack,
    Suback,
    Puback,
    OwnMessage,
}

/// What fresh clients did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Health {
    version: Version,
    asked: usize,
    unserved: BTreeMap<Service, usize>,
}

impl Inspector {
    pub(super) fn new(dial: Dial, login: Login, run: &str, patience: Patience, door: Door) -> Self {
        let (prefix, numbers, usual) = (format!("{run}zz"), AtomicU64::new(0), Mutex::default());
        Self { dial, login, prefix, patience, door, numbers, usual }
    }

    /// Learns what the broker usually does, before any case has run.
    pub(super) async fn learn(&self, version: Version) {
        let patience = self.patience.quick * 2;
        let everything = BTreeSet::from(SERVICES);
        let missed = join_all((0..self.some()).map(|_| self.find_gap(version, &everything, patience))).await;
        let never: BTreeSet<Service> = missed.into_iter().flatten().collect();
        // what comes after a service that is missing has not been tried
        let usual = SERVICES.into_iter().take_while(|service| !never.contains(service)).collect();
        self.usual.lock().unwrap_or_else(PoisonError::into_inner).insert(version, usual);
    }

    /// Asks a dozen fresh clients at the same time, which have little patience.
    pub(super) async fn ask(&self, version: Version) -> Health {
        self.ask_many(version, self.some(), self.patience.quick).await
    }

    /// Asks two dozen that are patient, to be sure. Only this is evidence.
    pub(super) async fn ask_again(&self, version: Version) -> Health {
        self.ask_many(version, 2 * self.some(), self.patience.thorough).await
    }

    /// Asks a dozen, and more if they are not content.
    pub(super) async fn ask_thoroughly(&self, version: Version) -> Health {
        let health = self.ask(version).await;
        if health.is_good() { health } else { self.ask_again(version).await }
    }

    /// A dozen, or fewer if that many connections take long because the user limits them.
    fn some(&self) -> usize {
        DOZEN.min(self.dial.limits().in_a_second().max(FEWEST))
    }

    async fn ask_many(&self, version: Version, asked: usize, patience: Duration) -> Health {
        let usual = self.usual.lock().unwrap_or_else(PoisonError::into_inner).get(&version).cloned();
        let usual = usual.unwrap_or_default();
        let missed = join_all((0..asked).map(|_| self.find_gap(version, &usual, patience))).await;
        let mut unserved = BTreeMap::new();
        for service in missed.into_iter().flatten() {
            *unserved.entry(service).or_default() += 1;
        }
        Health { version, asked, unserved }
    }

    /// Finds the first service among the wanted ones that a fresh client does not get. If its connection only ended, it
    /// tries again with the same Client Identifier: some brokers close a connection now and then, but serve everybody.
    async fn find_gap(&self, version: Version, wanted: &BTreeSet<Service>, patience: Duration) -> Option<Service> {
        let name = format!("{}{}", self.prefix, self.numbers.fetch_add(1, Ordering::Relaxed));
        for _ in 1..TRIES {
            let dial = self.admitted().await;
            let start = Instant::now();
            let gap = self.serve(dial, version, &name, wanted, patience).await?;
            if start.elapsed() >= patience {
                return Some(gap);
            }
            sleep(PAUSE).await;
        }
        self.serve(self.admitted().await, version, &name, wanted, patience).await
    }

    /// Opens one connection, which is allowed now.
    async fn admitted(&self) -> Dial {
        let mut dial = self.dial.clone();
        dial.admit().await;
        dial
    }

    /// Connects a client, which subscribes and publishes to its own topic. Returns the first service among the wanted
    /// ones that it did not get.
    async fn serve(
        &self,
        mut dial: Dial,
        version: Version,
        name: &str,
        wanted: &BTreeSet<Service>,
        patience: Duration,
    ) -> Option<Service> {
        let first = wanted.first().copied()?;
        let connect = Fields::from([("client_id", Value::text(name))]);
        let connecting = timeout(patience, Client::connect(&mut dial, version, &self.login, connect));
        let (attempt, _) = self.door.open(connecting).await;
        let Ok(Ok((mut client, connack))) = attempt else { return Some(first) };
        if reason_code(&connack) != ReasonCode::Success {
            return Some(first);
        }
        let topic = Value::text(&format!("{}/{name}", self.prefix));
        let qos = u64::from(connack.get("maximum_qos").and_then(Value::as_number) != Some(0));
        let subscription = Value::Map(Fields::from([("filter", topic.clone())]));
        let subscribe =
            Fields::from([("packet_id", Value::Number(1)), ("subscriptions", Value::List(vec![subscription]))]);
        let mut publish = Fields::from([("topic", topic), ("qos", Value::Number(qos)), ("payload", Value::text("m"))]);
        if qos > 0 {
            publish.insert("packet_id", Value::Number(2));
        }
        let asks = [(PacketType::Subscribe, subscribe), (PacketType::Publish, publish)];
        let answers = [PacketType::Suback, PacketType::Puback];
        for ((service, (ask, fields)), answer) in [Service::Suback, Service::Puback].into_iter().zip(asks).zip(answers)
        {
            if !wanted.contains(&service) {
                client.disconnect(&mut dial).await;
                return None;
            }
            let sent = client.send(&mut dial, ask, &fields).await;
            if answer == PacketType::Puback && qos == 0 {
                continue;
            }
            if sent.is_err() || !matches!(client.wait_for(&mut dial, answer, patience).await, Ok(Some(_))) {
                return Some(service);
            }
        }
        let came = client.wait_for(&mut dial, PacketType::Publish, patience).await;
        client.disconnect(&mut dial).await;
        (wanted.contains(&Service::OwnMessage) && !matches!(came, Ok(Some(_)))).then_some(Service::OwnMessage)
    }
}

impl Health {
    /// Whether every client got what it usually gets.
    pub(super) fn is_good(&self) -> bool {
        self.unserved.is_empty()
    }

    /// The version of the clients that were asked.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// The statement that is violated by what most of the clients miss.
    pub(super) fn statement(&self) -> &'static str {
        let (_, service) = self.worst();
        match (service, self.version) {
            (Service::Connack, Version::V5) => "MQTT-3.1.4-5",
            (Service::Connack, _) => "MQTT-3.1.4-4",
            (Service::Suback, _) => "MQTT-3.8.4-1",
            (Service::Puback, Version::V5) => "MQTT-4.3.2-4",
            (Service::Puback, _) => "MQTT-4.3.2-2",
            (Service::OwnMessage, _) => "MQTT-4.5.0-1",
        }
    }

    fn worst(&self) -> (usize, Service) {
        let worst = self.unserved.iter().map(|(service, count)| (*count, *service)).max();
        worst.unwrap_or((0, Service::Connack))
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, service) = self.worst();
        write!(f, "{count} of {} fresh Client Identifiers ", self.asked)?;
        f.write_str(match service {
            Service::Connack => "get no CONNACK",
            Service::Suback => "get no SUBACK",
            Service::Puback => "get no PUBACK",
            Service::OwnMessage => "do not receive what they publish to themselves",
        })
    }
}

const SERVICES: [Service; 4] = [Service::Connack, Service::Suback, Service::Puback, Service::OwnMessage];
const DOZEN: usize = 12;
/// Fewer Client Identifiers would miss a broker that has lost one of its threads too often.
const FEWEST: usize = 4;
const QUICK: Duration = Duration::from_secs(1);
const THOROUGH: Duration = Duration::from_secs(5);
/// How often a client connects whose connection ends.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_with_the_network_and_the_broker() {
        let [none, second] = [Duration::ZERO, Duration::from_secs(1)];
        let fast = Patience::new(none, none, none);
        assert_eq!((fast.quick, fast.thorough), (QUICK, THOROUGH));
        let far = Patience::new(second * 2, second * 6, none);
        assert!(far.quick > second * 12 && far.thorough > far.quick, "{far:?}");
        // one connection after the other
        assert!(Patience::new(none, none, second / 5).quick > second * 2);
    }

    #[test]
    fn health_is_told_by_what_most_clients_miss() {
        let health = |unserved| Health { version: Version::V5, asked: 24, unserved };
        assert!(health(BTreeMap::new()).is_good());
        let ill = health(BTreeMap::from([(Service::Connack, 2), (Service::Suback, 10)]));
        assert!(!ill.is_good());
        assert_eq!(ill.to_string(), "10 of 24 fresh Client Identifiers get no SUBACK");
        assert_eq!(ill.statement(), "MQTT-3.8.4-1");
    }
}
