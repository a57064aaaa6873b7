//! What peers do to make the broker do a lot at once.

use mqttspec_broker::core::{Config, Event};
use mqttspec_codec::*;

use super::world::{World, encoded, publish, subscribe};

/// By name; the size that is also doubled.
pub(crate) const SCENARIOS: [(&str, usize); 15] = [
    ("matching", 400),
    ("wide", 4000),
    ("identifiers", 40),
    ("burst", 50),
    ("retained", 300),
    ("looks", 4000),
    ("shared", 1000),
    ("expiry", 10_000),
    ("reconnect", 10_000),
    ("end", 10_000),
    ("subscribe", 4000),
    ("unsubscribe", 4000),
    ("expire", 1000),
    ("wills", 300),
    ("statistics", 4000),
];

const VICTIM: u64 = 1;
const PUBLISHER: u64 = 2;

pub(crate) fn run(name: &str, size: usize) {
    let config = Config {
        sys_interval: (name == "statistics").then_some(std::time::Duration::from_secs(10)),
        ..Config::default()
    };
    let mut world = World::new(config);
    world.connect(PUBLISHER, "publisher", false, &[]);
    match name {
        "matching" => matching(&mut world, size),
        "wide" => wide(&mut world, size),
        "identifiers" => identifiers(&mut world, size),
        "burst" => burst(&mut world, size),
        "retained" => retained(&mut world, size, &"l".repeat(8000), "+/none"),
        "looks" => retained(&mut world, size, "t", "+/+"),
        "shared" => shared(&mut world, size),
        "expiry" => expiry(&mut world, size),
        "reconnect" => resume(&mut world, size, false),
        "end" => resume(&mut world, size, true),
        "subscribe" => many_filters(&mut world, size, true),
        "unsubscribe" => many_filters(&mut world, size, false),
        "expire" => expire(&mut world, size, None),
        "wills" => expire(&mut world, size, Some("w")),
        "statistics" => statistics(&mut world, size),
        _ => panic!("no scenario {name}"),
    }
}

/// All filters of one level each `+` or empty match a topic of empty levels.
fn matching(world: &mut World, size: usize) {
    const LEVELS: usize = 100;
    for session in 0..4 {
        world.connect(100 + session, &format!("s{session}"), false, &[]);
        let filters: Vec<String> = (0..size)
            .map(|number| {
                let number = number as u64 * 4 + session;
                let level = |level: usize| if level < 24 && number >> level & 1 == 1 { "+" } else { "" };
                (0..LEVELS).map(level).collect::<Vec<_>>().join("/")
            })
            .collect();
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        world.subscribe(100 + session, &filters, QoS::AtMostOnce, None);
    }
    world.measure(Some((PUBLISHER, Event::Received(&publish(&"/".repeat(LEVELS - 1), QoS::AtMostOnce, &[], b"")))));
}

/// A message for many Sessions, half of them away.
fn wide(world: &mut World, size: usize) {
    absent(world, size, "a", QoS::AtLeastOnce);
    world.measure(Some((PUBLISHER, Event::Received(&publish("a", QoS::AtLeastOnce, &[], b"m")))));
}

fn absent(world: &mut World, size: usize, filter: &str, qos: QoS) {
    for number in 0..size as u64 {
        world.connect(1000 + number, &format!("away{number}"), true, &[]);
        world.subscribe(1000 + number, &[filter], qos, None);
        world.event(1000 + number, Event::Closed);
    }
}

/// A large message for Sessions that each have a Subscription Identifier of their own.
fn identifiers(world: &mut World, size: usize) {
    for number in 0..size as u32 {
        let id = 1000 + u64::from(number);
        world.connect(id, &format!("reader{number}"), false, &[]);
        world.subscribe(id, &["a"], QoS::AtMostOnce, Some(number + 1));
    }
    let text = "user property ".repeat(8);
    let text = Utf8String::new(&text).expect("legal");
    let properties = vec![Property::UserProperty(UserProperty { name: text, value: text }); 4_000];
    world.measure(Some((PUBLISHER, Event::Received(&publish("a", QoS::AtMostOnce, &properties, b"")))));
}

/// As many small messages as one read takes.
fn burst(world: &mut World, size: usize) {
    for number in 0..size as u64 {
        world.connect(1000 + number, &format!("reader{number}"), false, &[]);
        world.subscribe(1000 + number, &["a"], QoS::AtMostOnce, None);
    }
    let messages = publish("a", QoS::AtMostOnce, &[], b"").repeat(2000);
    world.measure(Some((PUBLISHER, Event::Received(&messages))));
}

fn retained(world: &mut World, size: usize, prefix: &str, filter: &str) {
    for number in 0..size {
        let topic =
            TopicName::new(&format!("{prefix}{number}/x")).map(|topic| topic.as_str().to_owned()).expect("legal");
        let topic = TopicName::new(&topic).expect("legal");
        let publish = Publish { retain: true, ..Publish::new(topic, Delivery::AtMostOnce, b"payload") };
        world.receive(PUBLISHER, &encoded(&publish.into()));
    }
    world.connect(VICTIM, "reader", false, &[]);
    let filters: Vec<_> =
        (0..40).map(|number| if filter == "+/+" { "+/+".to_owned() } else { format!("{filter}{number}") }).collect();
    let filters: Vec<_> = filters.iter().map(String::as_str).collect();
    world.measure(Some((VICTIM, Event::Received(&subscribe(&filters, QoS::AtMostOnce, None)))));
}

/// The one member of a shared subscription that is there ends with much unacknowledged.
fn shared(world: &mut World, size: usize) {
    world.connect(VICTIM, "member", true, &[]);
    world.subscribe(VICTIM, &["$share/g/a"], QoS::AtLeastOnce, None);
    absent(world, size, "$share/g/a", QoS::AtLeastOnce);
    for _ in 0..2 * size {
        world.receive(PUBLISHER, &publish("a", QoS::AtLeastOnce, &[], b"m"));
    }
    let session_expiry = [Property::SessionExpiryInterval(0)];
    let disconnect =
        Disconnect { reason_code: ReasonCode::NORMAL_DISCONNECTION, properties: Properties::from(&session_expiry[..]) };
    world.measure(Some((VICTIM, Event::Received(&encoded(&disconnect.into())))));
}

/// Everything that waits has expired when one more message comes.
fn expiry(world: &mut World, size: usize) {
    queue(world, size, &[Property::MessageExpiryInterval(1)]);
    world.now += 2_000;
    world.measure(Some((PUBLISHER, Event::Received(&publish("a", QoS::AtLeastOnce, &[], b"m")))));
}

/// A Session with so many messages, whose Client is away.
fn queue(world: &mut World, size: usize, properties: &[Property<'_>]) {
    world.connect(VICTIM, "victim", true, &[]);
    world.subscribe(VICTIM, &["a"], QoS::AtLeastOnce, None);
    world.event(VICTIM, Event::Closed);
    for _ in 0..size {
        world.receive(PUBLISHER, &publish("a", QoS::AtLeastOnce, properties, b"message"));
    }
}

fn resume(world: &mut World, size: usize, clean_start: bool) {
    queue(world, size, &[]);
    let mut connect = Connect::new(Version::V5, Utf8String::new("victim").expect("legal"));
    connect.clean_start = clean_start;
    world.event(3, Event::Opened(mqttspec_broker::core::Peer::default()));
    world.measure(Some((3, Event::Received(&encoded(&connect.into())))));
}

fn many_filters(world: &mut World, size: usize, subscribes: bool) {
    world.connect(VICTIM, "victim", true, &[]);
    let filters: Vec<_> = (0..size).map(|number| format!("filter/{number}/+")).collect();
    let filters: Vec<_> = filters.iter().map(String::as_str).collect();
    if subscribes {
        return world.measure(Some((VICTIM, Event::Received(&subscribe(&filters, QoS::AtLeastOnce, None)))));
    }
    world.subscribe(VICTIM, &filters, QoS::AtLeastOnce, None);
    let filters: Vec<_> = filters.iter().map(|filter| TopicFilter::new(filter).expect("legal")).collect();
    let unsubscribe = Unsubscribe {
        packet_id: PacketIdentifier::MIN,
        properties: Properties::EMPTY,
        filters: Seq::from(&filters[..]),
    };
    world.measure(Some((VICTIM, Event::Received(&encoded(&unsubscribe.into())))));
}

/// Many Sessions expire at the same time, each with a subscription and perhaps a Will for a hundred others.
fn expire(world: &mut World, size: usize, will: Option<&str>) {
    for number in 0..size as u64 {
        let name = format!("away{number}");
        let mut connect = Connect::new(Version::V5, Utf8String::new(&name).expect("legal"));
        let properties = [Property::SessionExpiryInterval(5)];
        connect.properties = Properties::from(&properties[..]);
        let delay = [Property::WillDelayInterval(5)];
        connect.will = will.map(|topic| Will {
            topic: TopicName::new(topic).expect("legal"),
            payload: BinaryData::new(b"gone").expect("short"),
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: Properties::from(&delay[..]),
        });
        world.event(1000 + number, Event::Opened(mqttspec_broker::core::Peer::default()));
        world.receive(1000 + number, &encoded(&connect.into()));
        world.subscribe(1000 + number, &["some/filter"], QoS::AtLeastOnce, None);
        world.event(1000 + number, Event::Closed);
    }
    for number in 0..100 {
        world.connect(100 + number, &format!("reader{number}"), false, &[]);
        world.subscribe(100 + number, &["w"], QoS::AtLeastOnce, None);
    }
    world.now += 6_000;
    world.measure(None);
}

fn statistics(world: &mut World, size: usize) {
    absent(world, size, "a", QoS::AtLeastOnce);
    world.now += 20_000;
    world.measure(None);
}
