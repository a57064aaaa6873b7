//! The scripts: each makes one structure grow, by what a Client may send.

use mqttspec_codec::*;

use crate::{
    subscriptions, waiting,
    world::{World, connect, qos0, qos1},
};

pub(crate) struct Script {
    pub(crate) name: &'static str,
    /// The limit that it meets.
    pub(crate) setting: &'static str,
    /// More than it takes to meet it.
    pub(crate) steps: usize,
    /// What is there before.
    pub(crate) prepare: fn(&mut World),
    pub(crate) step: fn(&mut World, usize),
}

/// One script a line: name, setting, steps, what comes before, one step.
macro_rules! scripts {
    ($setting:literal: $($name:literal $steps:literal $prepare:expr, $step:expr;)*) => {
        [$($crate::scripts::Script {
            name: $name, setting: $setting, steps: $steps, prepare: $prepare, step: $step,
        }),*]
    };
}
pub(crate) use scripts;

pub(crate) fn all() -> Vec<Script> {
    let retained = scripts! { "limits.retained_bytes":
        "retained, small" 6000 one, |world, step| retain(world, &step.to_string(), b"x", &[]);
        "retained, large" 60 one, |world, step| retain(world, &step.to_string(), &[7; 50_000], &[]);
        "retained, long topics" 200 one, |world, step| retain(world, &format!("{step}{}", "t".repeat(10_000)), b"x", &[]);
        "retained, deep topics" 6000 one, |world, step| retain(world, &format!("{step}{}", "/t".repeat(100)), b"x", &[]);
        "retained, with properties" 6000 one, |world, step| retain(world, &step.to_string(), b"x", &[property(); 5]);
        "retained, that expire" 6000 one, |world, step| {
            retain(world, &step.to_string(), b"x", &[Property::MessageExpiryInterval(1000)]);
        };
    };
    let sessions = scripts! { "limits.session_bytes":
        "Sessions, absent" 3000 none, |world, step| {
            let id = world.connect(&step.to_string());
            world.close(id);
        };
        "Sessions, connected" 3000 none, |world, step| {
            world.connect(&step.to_string());
        };
        "Sessions with long identifiers" 60 none, |world, step| {
            let id = world.connect(&format!("{step}{}", "c".repeat(50_000)));
            world.close(id);
        };
        "Sessions with long user names" 60 none, |world, step| {
            let name = step.to_string();
            let user_name = "u".repeat(50_000);
            let user_name = Some(Utf8String::new(&user_name).expect("a name"));
            let id = world.connect_as(Connect { user_name, ..connect(Version::V3_1_1, &name) });
            world.close(id);
        };
        "Wills with large payloads" 60 none, |world, step| will(world, step, &[7; 50_000], &[]);
        "Wills with properties" 300 none, |world, step| will(world, step, b"", &[property(); 500]);
        "identifiers of QoS 2 from Clients" 200_000 |world| {
            for name in ["1", "2", "3", "4"] {
                let id = world.connect_as(connect(Version::V3_1_1, name));
                world.at.push(id);
            }
        }, |world, step| {
            let packet_id = PacketIdentifier::new((step / 4 % 65_535 + 1) as u16).expect("not 0");
            let at = world.at[step % 4];
            let publish = Publish { delivery: Delivery::ExactlyOnce { packet_id, dup: false }, ..qos0("t", b"") };
            world.send(at, Version::V3_1_1, publish);
        };
    };
    retained
        .into_iter()
        .chain(sessions)
        .chain(subscriptions::scripts())
        .chain(waiting::queues())
        .chain(waiting::connections())
        .collect()
}

pub(crate) fn property() -> Property<'static> {
    let text = Utf8String::new("a name or value").expect("a text");
    Property::UserProperty(UserProperty { name: text, value: text })
}

pub(crate) fn none(_: &mut World) {}

/// One Client, in v5.
pub(crate) fn one(world: &mut World) {
    let id = world.connect("one");
    world.at.push(id);
}

fn retain(world: &mut World, topic: &str, payload: &[u8], properties: &[Property<'_>]) {
    let publish = Publish { retain: true, properties: Properties::from(properties), ..qos1(topic, payload) };
    world.publish(world.at[0], publish);
}

fn will(world: &mut World, step: usize, payload: &[u8], properties: &[Property<'_>]) {
    let name = format!("will {step}");
    let properties: Vec<_> = properties.iter().copied().chain([Property::WillDelayInterval(1000)]).collect();
    let will = Will {
        topic: TopicName::new("w").expect("a topic"),
        payload: BinaryData::new(payload).expect("data"),
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: Properties::from(&properties[..]),
    };
    let lasts = [Property::SessionExpiryInterval(u32::MAX)];
    let properties = Properties::from(&lasts[..]);
    let id = world.connect_as(Connect { will: Some(will), properties, ..connect(Version::V5, &name) });
    world.close(id);
}
