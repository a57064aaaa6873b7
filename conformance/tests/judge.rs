//! The judge against scripted brokers. Each trace in `tests/judge` tests a rule; `judge/README.md` describes their
//! format.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::Path,
    time::Duration,
};

use mqttspec::{
    judge::{
        Command, ConnectionNumber, Direction, FenceBy, Judge, Levels, Limit, Observation, Outcome, Setup, Verdict,
    },
    packet::{Fields, Value, fields},
    vector::{
        Library, Prefix, RunContext,
        script::{Action, Expectation, Expected, HexPiece, Matcher, Script, Step, Term},
    },
};
use mqttspec_codec::{Packet, PacketType, Version};

#[test]
fn traces_get_their_verdicts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "trace"));
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for trace in text.split("\n== ").skip(1).map(Trace::parse) {
            for version in &trace.versions {
                count += 1;
                if let Err(why) = trace.play(*version).and_then(|outcome| trace.check(&outcome)) {
                    wrong.push(format!("{version} {}: {why}", trace.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} traces:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 100, "only {count} traces were found");
}

/// A case, the script of a broker, and the expected verdict.
#[derive(Default)]
struct Trace {
    name: String,
    versions: Vec<Version>,
    /// Keys of the case besides its steps.
    keys: String,
    steps: String,
    broker: String,
    verdict: String,
    /// Packet types that the broker does not answer automatically.
    mute: Vec<String>,
    limits: BTreeMap<String, u64>,
    subject: Vec<String>,
    /// Texts that must appear as sent in the transcript.
    sent: Vec<String>,
    /// Texts that must not appear.
    unsent: Vec<String>,
    refuses: bool,
    dies: bool,
    round_trip: Duration,
}

impl Trace {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let mut trace = Trace { name: lines.next().unwrap().to_owned(), ..Trace::default() };
        trace.versions = vec![Version::V5];
        let mut block = String::new();
        for line in lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if line.starts_with(' ') {
                match block.as_str() {
                    "steps" => trace.steps += &format!("    {line}\n"),
                    "broker" => trace.broker += &format!("    {line}\n"),
                    _ => trace.keys += &format!("  {line}\n"),
                }
                continue;
            }
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
            let value = value.trim();
            let words = || value.split_whitespace().map(str::to_owned);
            match key {
                "versions" => trace.versions = words().map(|word| version(&word)).collect(),
                "steps" | "broker" | "keys" => block = key.to_owned(),
                "mute" => trace.mute = words().collect(),
                "subject" => trace.subject = words().collect(),
                "limits" => {
                    let limit = |word: String| {
                        let (name, number) = word.split_once('=').unwrap();
                        (name.to_owned(), number.parse().unwrap())
                    };
                    trace.limits = words().map(limit).collect();
                }
                "sent" => trace.sent.push(value.to_owned()),
                "unsent" => trace.unsent.push(value.to_owned()),
                "refuses" => trace.refuses = value == "true",
                "dies" => trace.dies = value == "true",
                "round_trip" => trace.round_trip = Duration::from_millis(value.parse().unwrap()),
                "verdict" => trace.verdict = value.to_owned(),
                _ => panic!("unknown key {key} in {}", trace.name),
            }
        }
        trace
    }

    fn play(&self, version: Version) -> Result<Outcome, String> {
        let script = script(version, &self.keys, &self.steps)?;
        let events = match self.broker.is_empty() {
            true => VecDeque::new(),
            false => events(version, &script, &self.keys, &self.broker)?,
        };
        let setup = Setup {
            round_trip: self.round_trip,
            deadline: Duration::from_secs(5),
            fence_by: FenceBy::Ping,
            settling: Duration::ZERO,
            user_name: None,
            password: None,
            limits: self.limits.iter().map(|(name, most)| (name.clone(), limit(*most))).collect(),
            subject: self.subject.clone(),
            levels: Levels { run: "p".to_owned(), own: "p/".to_owned() },
        };
        let clients = script.clients.iter().map(|(name, client)| (name.to_string(), client.version)).collect();
        let mut broker = Broker {
            trace: self,
            clients,
            judge: Judge::new(script, setup),
            now: Duration::ZERO,
            connections: BTreeMap::new(),
            events,
        };
        broker.play();
        Ok(broker.judge.finish())
    }

    fn check(&self, outcome: &Outcome) -> Result<(), String> {
        let (kind, wanted) = self.verdict.split_once(' ').unwrap_or((&self.verdict, ""));
        let text = match &outcome.verdict {
            Verdict::Pass => String::new(),
            Verdict::Warn(warnings) => warnings.join("; "),
            Verdict::Fail(failure) => {
                let observed = failure.observed.as_ref();
                let accusation = &failure.accusation;
                format!(
                    "{} <{}> [{}] expected {:?} observed {:?} mark {:?} key {}",
                    failure.what,
                    accusation.statement.as_ref().map_or("-", |cited| cited.id.as_str()),
                    failure.step.as_deref().unwrap_or("-"),
                    failure.expected,
                    observed.map(|observed| &observed.text),
                    observed.and_then(|observed| observed.mark),
                    accusation.key.name(),
                )
            }
            Verdict::Skip(why) | Verdict::Error(why) => why.to_string(),
        };
        let found = outcome.verdict.name();
        let missing = |wanted: &str| wanted.split(" & ").any(|part| !text.contains(part));
        if found != kind || (!wanted.is_empty() && missing(wanted)) {
            return Err(format!("is {found} {text:?}, not {:?}", self.verdict));
        }
        let sent = || outcome.transcript.iter().filter(|entry| entry.direction == Direction::Sent);
        let lines: Vec<String> = sent().map(|entry| format!("{} {}", entry.who, entry.text)).collect();
        let mut rest = lines.iter();
        let missing = self.sent.iter().find(|wanted| !rest.any(|line| line.starts_with(*wanted)));
        let was_sent = |unwanted: &&String| lines.iter().any(|line| line.starts_with(*unwanted));
        let missing = missing.map(|wanted| (wanted, "not"));
        match missing.or_else(|| self.unsent.iter().find(was_sent).map(|unwanted| (unwanted, ""))) {
            Some((line, was)) => Err(format!("{line:?} was {was} sent: {:#?}", outcome.transcript)),
            None => Ok(()),
        }
    }
}

/// An event of the broker.
struct Event {
    at: Duration,
    who: String,
    what: Expected,
}

impl Event {
    fn of(step: Step) -> Self {
        let Action::Expect(Expectation { who, what, after, .. }) = step.action else {
            panic!("{}: a broker only sends and closes", step.text)
        };
        Self { at: after.unwrap_or_default(), who: who.to_string(), what }
    }
}

/// Plays the events at their times, and answers packets that are not muted.
struct Broker<'a> {
    trace: &'a Trace,
    clients: BTreeMap<String, Version>,
    judge: Judge,
    now: Duration,
    connections: BTreeMap<String, ConnectionNumber>,
    events: VecDeque<Event>,
}

impl Broker<'_> {
    fn play(&mut self) {
        for _ in 0..10_000 {
            match self.judge.next(self.now) {
                Command::Done => return,
                Command::Wait(until) => self.pass(until),
                Command::Open { connection, who, .. } => match self.trace.refuses {
                    true => self.observe(Observation::Refused { connection, why: "no".to_owned() }),
                    false => {
                        self.connections.insert(who.to_string(), connection);
                        self.observe(Observation::Opened { connection, subprotocol: Some("mqtt".to_owned()) });
                    }
                },
                Command::Send { connection, pieces } => self.answer(connection, &pieces.concat()),
                Command::Close(connection) | Command::Drop(connection) => {
                    self.connections.retain(|_, other| *other != connection);
                    self.observe(Observation::Ended { connection, how: "closed".to_owned() });
                }
                Command::Broker(_) => {
                    self.now += Duration::from_secs(1);
                    for connection in std::mem::take(&mut self.connections).into_values() {
                        self.observe(Observation::Ended { connection, how: "stopped".to_owned() });
                    }
                    self.observe(Observation::BrokerIsBack);
                }
                Command::PingBystander => self.observe(Observation::Bystander { alive: !self.trace.dies }),
                Command::Step(_) => self.observe(Observation::GoOn),
                Command::Frame { .. } => {}
            }
        }
        panic!("{} does not come to an end", self.trace.name);
    }

    fn observe(&mut self, observation: Observation) {
        self.judge.observe(self.now, observation);
    }

    fn receive(&mut self, who: &str, bytes: Vec<u8>) {
        let connection = self.connections[who];
        self.observe(Observation::Bytes { connection, bytes });
    }

    /// The first event whose client is connected, or time.
    fn pass(&mut self, until: Duration) {
        assert!(until >= self.now, "{} waits for the past", self.trace.name);
        let due = self.events.iter().position(|event| event.at <= until && self.connections.contains_key(&event.who));
        let Some(event) = due.and_then(|due| self.events.remove(due)) else {
            self.now = until;
            return;
        };
        self.now = self.now.max(event.at);
        match event.what {
            Expected::Packet(packet_type, matchers) => {
                let fields = matchers.into_iter().map(|(name, matcher)| (name, literal(matcher))).collect();
                let bytes = fields::write(packet_type, &fields, self.clients[&event.who]).unwrap();
                self.receive(&event.who, bytes);
            }
            Expected::Raw(pieces) => self.receive(&event.who, bytes_of(&pieces)),
            Expected::Closed(_) => {
                let connection = self.connections.remove(&event.who).unwrap();
                self.observe(Observation::Ended { connection, how: "closed".to_owned() });
            }
            Expected::Open(_) | Expected::Nothing => panic!("not an event"),
        }
    }

    fn answer(&mut self, connection: ConnectionNumber, bytes: &[u8]) {
        let Some(who) = self.connections.iter().find(|(_, other)| **other == connection).map(|(who, _)| who.clone())
        else {
            return;
        };
        let version = self.clients[&who];
        let mut rest = bytes;
        while let Ok(Some((packet, len))) = mqttspec_codec::decode(rest, version) {
            if !self.trace.mute.iter().any(|mute| mute == packet.packet_type().name())
                && let Some(answer) = regular(&packet, version)
            {
                self.receive(&who, answer);
            }
            rest = &rest[len..];
        }
    }
}

/// The immediate answer of a well-behaved broker.
fn regular(packet: &Packet<'_>, version: Version) -> Option<Vec<u8>> {
    let asked = fields::read(packet);
    let mut fields = Fields::new();
    fields.extend(asked.get("packet_id").map(|packet_id| ("packet_id", packet_id.clone())));
    let packet_type = match packet {
        Packet::Connect(_) => PacketType::Connack,
        Packet::Pingreq(_) => PacketType::Pingresp,
        Packet::Pubrel(_) => PacketType::Pubcomp,
        Packet::Publish(publish) => match publish.delivery.qos().number() {
            1 => PacketType::Puback,
            2 => PacketType::Pubrec,
            _ => return None,
        },
        Packet::Subscribe(subscribe) => {
            let codes = subscribe.subscriptions.iter().map(|one| Value::Number(one.options.qos.number().into()));
            fields.insert("reason_codes", Value::List(codes.collect()));
            PacketType::Suback
        }
        Packet::Unsubscribe(unsubscribe) => {
            fields.insert("reason_codes", Value::List(unsubscribe.filters.iter().map(|_| Value::Number(0)).collect()));
            PacketType::Unsuback
        }
        _ => return None,
    };
    Some(fields::write(packet_type, &fields, version).unwrap())
}

fn literal(matcher: Matcher) -> Value {
    match matcher {
        Matcher::Is(Term::Value(value)) => value,
        Matcher::Items(items) | Matcher::Unordered(items) | Matcher::Within(items) => {
            Value::List(items.into_iter().map(literal).collect())
        }
        other => panic!("a broker sends literals, not {other:?}"),
    }
}

fn bytes_of(pieces: &[HexPiece]) -> Vec<u8> {
    let bytes = pieces.iter().flat_map(|piece| match piece {
        HexPiece::Bytes(bytes) => bytes.clone(),
        HexPiece::PacketId(name) => panic!("${name} in what a broker sends"),
    });
    bytes.collect()
}

/// Parses the script of the broker, which is written as expectations of connected clients.
fn events(version: Version, script: &Script, keys: &str, steps: &str) -> Result<VecDeque<Event>, String> {
    let names: Vec<&str> = script.clients.keys().map(|name| &**name).collect();
    let keys = format!("{keys}    connected: [{}]\n", names.join(", "));
    let steps = self::script(version, &keys, steps)?.steps;
    Ok(steps.into_iter().filter(|step| !matches!(step.action, Action::Exchange(..))).map(Event::of).collect())
}

fn script(version: Version, keys: &str, steps: &str) -> Result<Script, String> {
    let cites = if version == Version::V5 { "{v5: [MQTT-3.1.4-5]}" } else { "{v3.1.1: [MQTT-3.1.4-4]}" };
    let text = format!(
        "title: Trace\nversions: [{version}]\ncites: {cites}\ncases:\n  - name: trace\n{keys}    steps:\n{steps}"
    );
    let library = Library::parse("trace.yaml", &text)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let prefix = Prefix { level: "p".to_owned(), letters: "p".to_owned() };
    let context = RunContext { prefix, known: BTreeMap::new(), run: "run".to_owned() };
    let case = library.cases().next().unwrap();
    case.script(&context).map_err(|error| error.to_string())
}

fn version(text: &str) -> Version {
    match text {
        "v3.1.1" => Version::V3_1_1,
        _ => Version::V5,
    }
}

/// A limit that the probe found out.
fn limit(most: u64) -> Limit {
    Limit { most, evidence: "probed".to_owned() }
}
