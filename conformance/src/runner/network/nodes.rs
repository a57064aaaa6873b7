//! Further nodes of a broker that is a cluster. A Client is served by any of them, but what it does on one of them may take
//! some time to reach the others, and the standards set no limit. So that time is measured, and cases with clients on
//! several nodes wait for it after each exchange.

use std::time::Duration;

use mqttspec_codec::{PacketType, ReasonCode, Version};

use crate::{
    packet::{Fields, Value},
    rt::{Instant, sleep},
    runner::{
        Capabilities, Client, Login,
        client::{PATIENCE, reason_code},
    },
    text::Text,
    transport::{Dial, Target},
};

/// Learns how many nodes there are, and how long they need to agree.
///
/// # Errors
/// A sentence for people: a node cannot be reached, or is none of the same broker.
pub(super) async fn learn(
    nodes: &[Target],
    version: Version,
    login: &Login,
    run: &str,
    capabilities: &mut Capabilities,
) -> Result<(), Text> {
    let [first, others @ ..] = nodes else { return Ok(()) };
    if others.is_empty() {
        return Ok(());
    }
    let mut slowest = Duration::ZERO;
    for (number, other) in (2..).zip(others) {
        let name = format!("{run}node{number}");
        for (from, to, name) in [(first, other, format!("{name}a")), (other, first, format!("{name}b"))] {
            let pair = Pair::connect(from, to, version, login, &name).await?;
            slowest = slowest.max(pair.measure(capabilities).await?);
        }
    }
    capabilities.settling = LEAST.max(slowest * MARGIN);
    let (count, took) = (nodes.len(), slowest.as_millis() + 1);
    let evidence = format!("{count} nodes, which agree within {took} ms");
    capabilities.learn("nodes", Value::Number(u64::try_from(count).unwrap_or(u64::MAX)), evidence);
    Ok(())
}

/// A client that publishes on one node, and one that subscribes on another.
struct Pair<'a> {
    from: &'a Target,
    to: &'a Target,
    publisher: (Dial, Client<Dial>),
    subscriber: (Dial, Client<Dial>),
    /// What their topics begin with.
    name: &'a str,
}

impl<'a> Pair<'a> {
    async fn connect(
        from: &'a Target,
        to: &'a Target,
        version: Version,
        login: &Login,
        name: &'a str,
    ) -> Result<Self, Text> {
        let publisher = connect(from, version, login, &format!("{name}p")).await?;
        let subscriber = connect(to, version, login, &format!("{name}s")).await?;
        Ok(Self { from, to, publisher, subscriber, name })
    }

    /// How long a change takes from one node to the other: the longest of several times.
    async fn measure(mut self, capabilities: &Capabilities) -> Result<Duration, Text> {
        let mut slowest = Duration::ZERO;
        for number in 0..TIMES {
            slowest = slowest.max(self.subscription(&format!("{}/{number}", self.name)).await?);
        }
        if capabilities.value("retain_available") != Some(&Value::Bool(false)) {
            for number in 0..TIMES {
                // if there is none, the cases will tell
                let Some(took) = self.retained(&format!("{}/r{number}", self.name)).await? else { break };
                slowest = slowest.max(took);
            }
        }
        for (dial, client) in [&mut self.publisher, &mut self.subscriber] {
            client.disconnect(dial).await;
        }
        Ok(slowest)
    }

    /// From SUBACK on one node to the first PUBLISH on the other that is delivered.
    async fn subscription(&mut self, topic: &str) -> Result<Duration, Text> {
        self.subscribe(topic).await?;
        let start = Instant::now();
        let mut sent = Vec::new();
        while start.elapsed() < LIMIT {
            let payload = sent.len().to_string();
            sent.push(start.elapsed());
            self.publish(topic, &payload, false).await?;
            if let Some(payload) = self.delivered(topic, PAUSE).await? {
                return Ok(sent.get(payload.parse::<usize>().unwrap_or_default()).copied().unwrap_or_default());
            }
        }
        let (from, to) = (self.from, self.to);
        Err(format!(
            "what is published at {from} does not reach a subscriber at {to} within {} s; name with --node only nodes of \
             the same broker, and wait until they have joined",
            LIMIT.as_secs()
        )
        .into())
    }

    /// From the answer to a ping behind a retained PUBLISH on one node to the first SUBSCRIBE on the other that gets the
    /// message; `None` if none does.
    async fn retained(&mut self, topic: &str) -> Result<Option<Duration>, Text> {
        self.publish(topic, "0", true).await?;
        let (dial, client) = &mut self.publisher;
        client.ping(dial, PATIENCE).await.map_err(|error| failed(self.from, &error))?;
        let start = Instant::now();
        let mut took = None;
        while start.elapsed() < LIMIT {
            let asked = start.elapsed();
            self.subscribe(topic).await?;
            if self.delivered(topic, PAUSE * 10).await?.is_some() {
                took = Some(asked);
                break;
            }
        }
        self.publish(topic, "", true).await?;
        Ok(took)
    }

    async fn subscribe(&mut self, topic: &str) -> Result<(), Text> {
        let subscription = Value::Map(Fields::from([("filter", Value::text(topic))]));
        let subscriptions = Value::List(vec![subscription]);
        let subscribe = Fields::from([("packet_id", Value::Number(1)), ("subscriptions", subscriptions)]);
        let (dial, client) = &mut self.subscriber;
        match client.ask(dial, PacketType::Subscribe, &subscribe, PacketType::Suback).await {
            Some(_) => Ok(()),
            None => Err(format!("{} sends no SUBACK to a subscriber on that node", self.to).into()),
        }
    }

    async fn publish(&mut self, topic: &str, payload: &str, retain: bool) -> Result<(), Text> {
        let fields =
            [("topic", Value::text(topic)), ("payload", Value::text(payload)), ("retain", Value::Bool(retain))];
        let (dial, client) = &mut self.publisher;
        let sent = client.send(dial, PacketType::Publish, &Fields::from(fields)).await;
        sent.map_err(|error| failed(self.from, &error))
    }

    /// The payload of a message on that topic, if one comes.
    async fn delivered(&mut self, topic: &str, within: Duration) -> Result<Option<String>, Text> {
        let (dial, client) = &mut self.subscriber;
        loop {
            let came = client.wait_for(dial, PacketType::Publish, within).await;
            let Some(publish) = came.map_err(|error| failed(self.to, &error))? else { return Ok(None) };
            let text = |name| {
                let bytes = publish.get(name).and_then(Value::as_bytes).unwrap_or_default();
                String::from_utf8_lossy(bytes).into_owned()
            };
            if text("topic") == topic && !text("payload").is_empty() {
                return Ok(Some(text("payload")));
            }
        }
    }
}

/// Connects to a node. One that has just been started gets some time.
async fn connect(
    node: &Target,
    version: Version,
    login: &Login,
    client_id: &str,
) -> Result<(Dial, Client<Dial>), Text> {
    let start = Instant::now();
    loop {
        let mut dial = Dial::new(node.clone()).reserve(1).await;
        let connect = Fields::from([("client_id", Value::text(client_id))]);
        let why = match Client::connect(&mut dial, version, login, connect).await {
            Ok((client, connack)) if reason_code(&connack) == ReasonCode::Success => return Ok((dial, client)),
            Ok((_, connack)) => format!("{node}: CONNACK {}", reason_code(&connack)),
            Err(error) => failed(node, &error).to_string(),
        };
        if start.elapsed() > STARTS {
            return Err(format!("{why}; a node that --node names must accept the same clients as the first").into());
        }
        sleep(PAUSE * 20).await;
    }
}

fn failed(node: &Target, error: &crate::transport::LinkError) -> Text {
    format!("the node {node} failed: {}", error.why()).into()
}

/// How often each is measured, because one time alone may be short by chance.
const TIMES: usize = 5;
/// The time that cases wait, as a multiple of the longest that was measured. While many cases run, it is longer.
const MARGIN: u32 = 4;
/// Less says nothing about what it is while many cases run.
const LEAST: Duration = Duration::from_millis(50);
/// Nodes that need longer are taken for different brokers.
const LIMIT: Duration = Duration::from_secs(15);
/// Between two messages, and so how precisely is measured.
const PAUSE: Duration = Duration::from_millis(5);
/// For a node that refuses connections at first.
const STARTS: Duration = Duration::from_secs(5);
