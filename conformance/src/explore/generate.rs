//! Makes a plan of a seed. The weights say how often something happens: what was measured to find bugs happens often.

use mqttspec_codec::Version;

use super::{
    plan::{Act, CLIENTS, Connect, FILTERS, Message, Op, Plan, TOPICS, Wanted},
    random::Random,
};

/// Kinds of operations.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Connect,
    Subscribe,
    Again,
    Unsubscribe,
    Publish,
    Burst,
    Hold,
    Acknowledge,
    Release,
    Drop,
    Cut,
    Reset,
    Disconnect,
}

/// Of a plan.
const WEIGHTS: [(usize, Kind); 13] = [
    (14, Kind::Connect),
    (13, Kind::Subscribe),
    (7, Kind::Again),
    (5, Kind::Unsubscribe),
    (28, Kind::Publish),
    (4, Kind::Burst),
    (6, Kind::Hold),
    (5, Kind::Acknowledge),
    (5, Kind::Release),
    (6, Kind::Drop),
    (4, Kind::Cut),
    (1, Kind::Reset),
    (4, Kind::Disconnect),
];

/// The plan of a seed, with about that many operations.
#[must_use]
pub fn generate(seed: u64, version: Version, ops: usize) -> Plan {
    let mut random = Random::new(seed);
    // one plan in four is played without pings: only there do acknowledgements cross what they are about
    let fenced = !random.percent(25);
    let (topics, filters) = words(&mut random);
    let mut maker = Maker { random, version, ops: Vec::new(), messages: 0, used: Vec::new(), topics, filters };
    // a plan with few names meets itself more often
    let clients = 2 + maker.random.below(CLIENTS.len() - 1);
    for client in 0..clients {
        let connect = maker.connect();
        maker.push(client, connect);
    }
    while maker.ops.len() < ops {
        let client = maker.random.below(clients);
        maker.add(client);
    }
    Plan { version, fenced, ops: maker.ops }
}

/// The topics and Topic Filters of a plan. Most plans have plain ones.
fn words(random: &mut Random) -> (Vec<usize>, Vec<usize>) {
    if random.percent(60) {
        return ((0..4).collect(), (0..8).collect());
    }
    let mut some = |all: usize, count: usize| (0..count).map(|_| random.below(all)).collect();
    (some(TOPICS.len(), 4), some(FILTERS.len(), 8))
}

struct Maker {
    random: Random,
    version: Version,
    ops: Vec<Op>,
    messages: usize,
    /// The Topic Filters that were subscribed to, by Client.
    used: Vec<(usize, usize)>,
    /// The topics and Topic Filters of this plan: few, so that they meet.
    topics: Vec<usize>,
    filters: Vec<usize>,
}

impl Maker {
    fn push(&mut self, client: usize, act: Act) {
        self.ops.push(Op { client, act });
    }

    fn add(&mut self, client: usize) {
        match self.random.weighted(&WEIGHTS) {
            Kind::Connect => {
                let connect = self.connect();
                self.push(client, connect);
            }
            Kind::Subscribe => {
                let filter = self.filter();
                self.subscribe(client, filter);
            }
            Kind::Again => {
                let own: Vec<usize> = self.used.iter().filter(|(who, _)| *who == client).map(|(_, f)| *f).collect();
                let filter = own.get(self.random.below(own.len())).copied();
                let filter = filter.unwrap_or_else(|| self.filter());
                self.subscribe(client, filter);
            }
            Kind::Unsubscribe => {
                let own: Vec<usize> = self.used.iter().filter(|(who, _)| *who == client).map(|(_, f)| *f).collect();
                let any = self.filter();
                let mut filters = vec![own.get(self.random.below(own.len())).copied().unwrap_or(any)];
                let other = own.get(self.random.below(own.len())).copied().unwrap_or(any);
                if self.random.percent(20) && !filters.contains(&other) {
                    filters.push(other);
                }
                self.push(client, Act::Unsubscribe(filters));
            }
            Kind::Publish => {
                let message = self.message(30);
                self.push(client, Act::Publish(message));
            }
            Kind::Burst => {
                let first = self.message(5);
                for _ in 0..2 + self.random.below(3) {
                    let number = self.messages;
                    self.messages += 1;
                    self.push(client, Act::Publish(Message { number, ..first.clone() }));
                }
            }
            Kind::Hold => self.push(client, Act::Hold),
            Kind::Acknowledge => self.push(client, Act::Acknowledge),
            Kind::Release => self.push(client, Act::Release),
            Kind::Drop => self.push(client, Act::Drop),
            Kind::Cut => {
                let message = self.message(20);
                self.push(client, Act::Cut(message));
            }
            Kind::Reset => self.push(client, Act::Reset),
            Kind::Disconnect => {
                let v5 = self.version.has_properties();
                let (with_will, forget) = (v5 && self.random.percent(50), v5 && self.random.percent(30));
                self.push(client, Act::Disconnect { with_will, forget });
            }
        }
    }

    fn connect(&mut self) -> Act {
        let v5 = self.version.has_properties();
        let will = self.random.percent(40).then(|| self.message(25));
        // v5 and v3.1.1: an empty Will that is retained clears, as any message does, and tells little else
        let will = will.map(|will| Message { empty: false, ..will });
        Act::Connect(Connect {
            clean: self.random.percent(25),
            stays: self.random.percent(75),
            will,
            receive_maximum: (v5 && self.random.percent(35)).then(|| 1 + u16::from(self.random.percent(50))),
        })
    }

    fn subscribe(&mut self, client: usize, filter: usize) {
        let mut wanted = vec![self.wanted(filter)];
        if self.random.percent(15) {
            let other = self.filter();
            if other != filter {
                let other = self.wanted(other);
                wanted.push(other);
            }
        }
        self.used.extend(wanted.iter().map(|wanted| (client, wanted.filter)));
        self.push(client, Act::Subscribe(wanted));
    }

    fn filter(&mut self) -> usize {
        self.filters.get(self.random.below(self.filters.len())).copied().unwrap_or_default()
    }

    fn wanted(&mut self, filter: usize) -> Wanted {
        let qos = self.random.weighted(&[(15, 0), (40, 1), (45, 2)]);
        if !self.version.has_properties() {
            return Wanted::plain(filter, qos);
        }
        let identifier = u32::try_from(self.random.below(5)).unwrap_or_default();
        Wanted {
            filter,
            qos,
            no_local: self.random.percent(25),
            as_published: self.random.percent(30),
            handling: self.random.weighted(&[(55, 0), (30, 1), (15, 2)]),
            identifier: identifier.saturating_sub(1),
        }
    }

    /// A message, retained in so many percent.
    fn message(&mut self, retained: usize) -> Message {
        let number = self.messages;
        self.messages += 1;
        let retain = self.random.percent(retained);
        let topic = self.topics.get(self.random.below(self.topics.len())).copied().unwrap_or_default();
        Message {
            number,
            topic,
            qos: self.random.weighted(&[(15, 0), (40, 1), (45, 2)]),
            retain,
            empty: retain && self.random.percent(25),
        }
    }
}
