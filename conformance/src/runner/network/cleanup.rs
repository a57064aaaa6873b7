//! Removes what the cases left on the broker: Sessions and retained messages with the prefix of the run. This is not
//! judged, but what could not be removed is reported.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use mqttspec_codec::{PacketType, ReasonCode, Version};

use crate::{
    judge::Leftovers,
    packet::{Fields, Value},
    rt::{sleep, timeout},
    runner::{Client, DeniedTopic, Login, client::reason_code},
    transport::Dial,
};

/// Removes what is left, and knows what is not removed yet.
#[derive(Debug)]
pub(super) struct Cleaner {
    dial: Dial,
    login: Login,
    run: String,
    /// How long an answer may take.
    patience: Duration,
    /// Where nothing can be retained, unless the broker does not do as it is configured.
    denied: Option<DeniedTopic>,
    numbers: AtomicU64,
    left: Mutex<BTreeMap<Version, Left>>,
}

#[derive(Debug, Default)]
struct Left {
    /// Client Identifiers whose Sessions may exist, each with the reason why it could not be ended.
    sessions: BTreeMap<String, String>,
    /// Topics that held a retained message.
    retained: BTreeSet<Vec<u8>>,
}

impl Cleaner {
    pub(super) fn new(dial: Dial, login: Login, run: &str, patience: Duration) -> Self {
        let (numbers, left) = (AtomicU64::new(0), Mutex::default());
        Self { dial, login, run: run.to_owned(), patience, denied: None, numbers, left }
    }

    /// Clears what is retained on these topics apart from all others, because the broker may end the connection.
    pub(super) fn without_rights(self, denied: Option<DeniedTopic>) -> Self {
        Self { denied, ..self }
    }

    /// Removes what a case left. What takes too long or fails is tried again at the end of the run.
    pub(super) async fn after_case(&self, version: Version, leftovers: &Leftovers) {
        self.note(version, leftovers);
        let sessions: Vec<String> = leftovers.sessions.iter().map(|(_, client_id)| client_id.clone()).collect();
        if sessions.is_empty() && leftovers.retained.is_empty() {
            return;
        }
        let topics = leftovers.retained.clone();
        let dial = self.reserve(sessions.len()).await;
        // an error shows when what is left is looked at again
        let _ = timeout(self.patience + self.waiting(sessions.len() + 1), async {
            self.end_sessions(&dial, version, sessions).await;
            self.clear(&dial, version, &topics).await
        })
        .await;
    }

    /// Notes what a case left, to remove it later.
    pub(super) fn note(&self, version: Version, leftovers: &Leftovers) {
        let mut left = self.left();
        let left = left.entry(version).or_default();
        let stays = |(_, client_id): &(usize, String)| (client_id.clone(), "there was no time".to_owned());
        left.sessions.extend(leftovers.sessions.iter().map(stays));
        left.retained.extend(leftovers.retained.iter().cloned());
    }

    /// Tries once to remove everything that may be left.
    pub(super) async fn sweep(&self) {
        let count = self.count_left();
        let dial = self.reserve(count).await;
        let _ = timeout(self.patience * 2 + self.waiting(count), async {
            for (version, (sessions, topics)) in self.what_is_left() {
                self.end_sessions(&dial, version, sessions).await;
                let _ = self.clear(&dial, version, &topics).await;
            }
        })
        .await;
    }

    /// Removes everything that may be left, and looks whether it is gone. Returns what is not, within that time.
    pub(super) async fn finish(&self, within: Duration) -> Vec<String> {
        let mut remaining = Vec::new();
        let count = self.count_left();
        let dial = self.reserve(count).await;
        let tried = timeout(within + self.waiting(count * 2), async {
            for attempt in 0..ATTEMPTS {
                sleep(BACK_OFF * attempt).await;
                remaining.clear();
                for (version, (sessions, topics)) in self.what_is_left() {
                    self.end_sessions(&dial, version, sessions).await;
                    remaining.extend(self.still_retained(&dial, version, &topics).await);
                }
                if remaining.is_empty() && self.what_is_left().values().all(|(sessions, _)| sessions.is_empty()) {
                    return;
                }
            }
        });
        let in_time = tried.await.is_ok();
        let mut report = Vec::new();
        for (version, left) in self.left().iter() {
            let session = |(id, why): (&String, &String)| format!("{version} Session of Client Identifier {id}: {why}");
            report.extend(left.sessions.iter().map(session));
            if !in_time && !left.retained.is_empty() && remaining.is_empty() {
                let count = left.retained.len();
                report.push(format!("{version}: {count} topics with retained messages were not looked at in time"));
            }
        }
        report.extend(remaining);
        report
    }

    fn left(&self) -> MutexGuard<'_, BTreeMap<Version, Left>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn what_is_left(&self) -> BTreeMap<Version, (Vec<String>, Vec<Vec<u8>>)> {
        let left = self.left();
        let each = left.iter().map(|(version, left)| {
            (*version, (left.sessions.keys().cloned().collect(), left.retained.iter().cloned().collect()))
        });
        each.collect()
    }

    /// How many connections it takes to remove everything once.
    fn count_left(&self) -> usize {
        self.left().values().map(|left| left.sessions.len() + 2).sum()
    }

    /// Waits for so many places, or for as many as are used at the same time.
    async fn reserve(&self, wanted: usize) -> Dial {
        // the bystander always has one
        let most = self.dial.limits().most().map_or(AT_ONCE, |most| most.saturating_sub(1));
        self.dial.reserve(wanted.clamp(1, AT_ONCE).min(most)).await
    }

    /// How long so many connections wait because the user limits how fast they are opened, beside those of cases.
    fn waiting(&self, connections: usize) -> Duration {
        let interval = self.dial.limits().interval();
        let others = if interval.is_zero() { Duration::ZERO } else { SECOND };
        (interval + others).saturating_mul(u32::try_from(connections).unwrap_or(u32::MAX))
    }

    /// Ends Sessions with a Clean Start, several at a time.
    async fn end_sessions(&self, dial: &Dial, version: Version, client_ids: Vec<String>) {
        for some in client_ids.chunks(AT_ONCE) {
            join_all(some.iter().map(|client_id| self.end_session(dial, version, client_id))).await;
        }
    }

    async fn end_session(&self, dial: &Dial, version: Version, client_id: &str) {
        let why = match self.connect(dial, version, client_id).await {
            Ok((mut client, _)) => {
                client.disconnect(&mut dial.clone()).await;
                None
            }
            // a Client Identifier that the broker refuses has no Session
            Err(Refusal::Code(ReasonCode::ClientIdentifierNotValid)) => None,
            Err(refusal) => Some(refusal.to_string()),
        };
        let mut left = self.left();
        let sessions = &mut left.entry(version).or_default().sessions;
        match why {
            None => drop(sessions.remove(client_id)),
            Some(why) => drop(sessions.insert(client_id.to_owned(), why)),
        }
    }

    /// Clears retained messages with empty ones.
    async fn clear(&self, dial: &Dial, version: Version, topics: &[Vec<u8>]) -> Result<(), String> {
        let is_denied = |topic: &&Vec<u8>| self.denied.as_ref().is_some_and(|denied| denied.covers(topic));
        let (denied, others): (Vec<_>, Vec<_>) = topics.iter().partition(is_denied);
        // the broker is right to refuse this
        let _ = self.publish_empty(dial, version, &denied).await;
        self.publish_empty(dial, version, &others).await
    }

    async fn publish_empty(&self, dial: &Dial, version: Version, topics: &[&Vec<u8>]) -> Result<(), String> {
        if topics.is_empty() {
            return Ok(());
        }
        let mut dial = dial.clone();
        let (mut client, connack) = self.connect_anew(&dial, version).await.map_err(|refusal| refusal.to_string())?;
        // nothing can be retained there, and a Client may not try
        if connack.get("retain_available").and_then(Value::as_number) != Some(0) {
            for topic in topics {
                let publish = Fields::from([("topic", Value::Bytes(topic.to_vec())), ("retain", Value::Bool(true))]);
                client.send(&mut dial, PacketType::Publish, &publish).await.map_err(|error| error.to_string())?;
            }
        }
        // the answer shows that the broker has read the messages before it
        let pong = client.ping(&mut dial, self.patience).await.map_err(|error| error.to_string())?;
        client.disconnect(&mut dial).await;
        pong.map(|_| ()).ok_or_else(|| "no PINGRESP".to_owned())
    }

    /// Clears topics, and returns those that hold a message nevertheless, as text for people.
    async fn still_retained(&self, dial: &Dial, version: Version, topics: &[Vec<u8>]) -> Vec<String> {
        // what begins with `$` belongs to the broker, or is a shared subscription
        let topics: Vec<_> = topics.iter().filter(|topic| !topic.starts_with(b"$")).cloned().collect();
        if topics.is_empty() {
            return Vec::new();
        }
        let found = match self.clear(dial, version, &topics).await {
            Ok(()) => self.look_at(dial, version, &topics).await,
            Err(why) => Err(why),
        };
        match found {
            Ok(found) => {
                let text =
                    |topic: &Vec<u8>| format!("{version} retained message on {}", String::from_utf8_lossy(topic));
                found.iter().map(text).collect()
            }
            Err(why) => vec![format!("{version}: up to {} retained messages: {why}", topics.len())],
        }
    }

    /// The topics on which a new subscription brings a message.
    async fn look_at(&self, dial: &Dial, version: Version, topics: &[Vec<u8>]) -> Result<BTreeSet<Vec<u8>>, String> {
        let mut dial = dial.clone();
        let (mut client, _) = self.connect_anew(&dial, version).await.map_err(|refusal| refusal.to_string())?;
        let mut found = BTreeSet::new();
        for (packet_id, chunk) in (1..).zip(topics.chunks(FILTERS)) {
            let subscription = |topic: &Vec<u8>| Value::Map(Fields::from([("filter", Value::Bytes(topic.clone()))]));
            let subscriptions = Value::List(chunk.iter().map(subscription).collect());
            let subscribe = Fields::from([("packet_id", Value::Number(packet_id)), ("subscriptions", subscriptions)]);
            client.send(&mut dial, PacketType::Subscribe, &subscribe).await.map_err(|error| error.to_string())?;
            let suback = client.wait_for(&mut dial, PacketType::Suback, self.patience).await;
            suback.map_err(|error| error.to_string())?.ok_or("no SUBACK")?;
        }
        let quiet = QUIET.max(self.patience / 10);
        while let Ok(Some(publish)) = client.wait_for(&mut dial, PacketType::Publish, quiet).await {
            let topic = publish.get("topic").and_then(Value::as_bytes).unwrap_or_default().to_vec();
            let empty = publish.get("payload").and_then(Value::as_bytes).is_none_or(<[u8]>::is_empty);
            if !empty && topics.contains(&topic) {
                found.insert(topic);
            }
            if found.len() == topics.len() {
                break;
            }
        }
        client.disconnect(&mut dial).await;
        Ok(found)
    }

    /// Connects with a Client Identifier of the cleaner's own; an empty one may be refused.
    async fn connect_anew(&self, dial: &Dial, version: Version) -> Result<(Client<Dial>, Fields), Refusal> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        self.connect(dial, version, &format!("{}sweep{number}", self.run)).await
    }

    async fn connect(&self, dial: &Dial, version: Version, client_id: &str) -> Result<(Client<Dial>, Fields), Refusal> {
        let connect = Fields::from([("client_id", Value::text(client_id))]);
        let mut dial = dial.clone();
        dial.admit().await;
        let attempt = Client::connect(&mut dial, version, &self.login, connect);
        let (client, connack) = match timeout(self.patience, attempt).await {
            Ok(connected) => connected.map_err(|error| Refusal::Broken(error.why().to_owned()))?,
            Err(_) => return Err(Refusal::Broken("no CONNACK".to_owned())),
        };
        match reason_code(&connack) {
            ReasonCode::Success => Ok((client, connack)),
            code => Err(Refusal::Code(code)),
        }
    }
}

/// Why the broker does not accept a client.
enum Refusal {
    Code(ReasonCode),
    Broken(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Code(code) => write!(f, "CONNACK {code}"),
            Refusal::Broken(why) => f.write_str(why),
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
/// How many Sessions are ended at the same time.
const AT_ONCE: usize = 16;
/// How often everything is tried at the end of a run.
const ATTEMPTS: u32 = 3;
const BACK_OFF: Duration = Duration::from_millis(400);
/// How many Topic Filters one SUBSCRIBE has, so that it fits a broker that limits its packets.
const FILTERS: usize = 20;
/// How long nothing comes when all retained messages have come.
const QUIET: Duration = Duration::from_millis(300);
