//! What waits: messages in queues, output that nobody reads, packets that do not end.

use mqttspec_codec::*;

use crate::{
    scripts::{Script, none, one, property, scripts},
    world::{World, qos0, qos1},
};

pub(crate) fn queues() -> [Script; 9] {
    scripts! { "limits.total_queued_bytes":
        "queue of empty messages" 12_000 to_one, |world, _| publish(world, "t", b"", &[]);
        "queue of messages of 1 KiB" 2000 to_one, |world, _| publish(world, "t", &[7; 1024], &[]);
        "queue of large messages" 100 to_one, |world, _| publish(world, "t", &[7; 30_000], &[]);
        "queue of messages with properties" 12_000 to_one, |world, _| publish(world, "t", b"", &[property(); 20]);
        "queue of messages with long topics" 200 |world| {
            one(world);
            world.absent("absent", "#");
        }, |world, _| publish(world, &"t".repeat(10_000), b"", &[]);
        "messages in a hundred queues" 300 |world| to_many(world, 100), |world, _| publish(world, "t", b"payload", &[]);
        "large messages in a hundred queues" 100 |world| to_many(world, 100), |world, _| publish(world, "t", &[7; 20_000], &[]);
        "messages with many Subscription Identifiers" 2000 |world| {
            one(world);
            let at = world.connect("absent");
            for number in 0..9_u32 {
                let filter: String = (0..3).map(|bit| if number >> bit & 1 == 1 { "/+" } else { "/t" }).collect();
                world.subscribe(at, &filter, Some(number + 1));
            }
            world.close(at);
        }, |world, _| publish(world, "/t/t/t", b"", &[]);
        "messages that were sent and not acknowledged" 12_000 |world| {
            one(world);
            let at = world.connect("present");
            world.subscribe(at, "t", None);
        }, |world, _| publish(world, "t", b"", &[]);
    }
}

pub(crate) fn connections() -> Vec<Script> {
    let output = scripts! { "limits.total_backlog":
        "output that one does not read" 3000 |world| {
            one(world);
            reads_not(world, 1);
        }, |world, _| world.publish(world.at[0], qos0("t", &[7; 1000]));
        "output that fifty do not read" 300 |world| {
            one(world);
            reads_not(world, 50);
        }, |world, _| world.publish(world.at[0], qos0("t", &[7; 1000]));
        "answers that one does not read" 500 |world| {
            one(world);
            world.stop_reading(world.at[0]);
        }, |world, _| world.send_bytes(world.at[0], &[0xC0, 0].repeat(1000));
    };
    let input = scripts! { "limits.total_input":
        "packets without end" 300 none, |world, step| {
            let at = world.connect(&step.to_string());
            world.send_bytes(at, &[0x30, 0x80, 0x80, 0x20]);
            world.send_bytes(at, &[7; 20_000]);
        };
        "CONNECTs without end" 300 none, |world, _| {
            let at = world.open();
            world.send_bytes(at, &[0x10, 0x80, 0x80, 0x10]);
            world.send_bytes(at, &[7; 20_000]);
        };
        "Topic Aliases of Clients" 100 none, |world, step| {
            let at = world.connect(&step.to_string());
            let topic = "t".repeat(2000);
            for number in 1..=32 {
                let alias = [Property::TopicAlias(TopicAlias::new(number).expect("not 0"))];
                world.publish(at, Publish { properties: Properties::from(&alias[..]), ..qos0(&topic, b"") });
            }
        };
        "Topic Aliases of the broker" 1500 |world| {
            one(world);
            for number in 0..50 {
                let at = world.connect(&number.to_string());
                world.subscribe(at, &format!("{number}/#"), None);
            }
        }, |world, step| {
            world.publish(world.at[0], qos0(&format!("{}/{step}{}", step % 50, "t".repeat(2000)), b""));
        };
    };
    output.into_iter().chain(input).collect()
}

fn to_one(world: &mut World) {
    one(world);
    world.absent("absent", "t");
}

fn to_many(world: &mut World, many: usize) {
    one(world);
    (0..many).for_each(|number| world.absent(&format!("absent {number}"), "t"));
}

fn reads_not(world: &mut World, many: usize) {
    for number in 0..many {
        let at = world.connect(&format!("slow {number}"));
        world.subscribe(at, "t", None);
        world.stop_reading(at);
    }
}

fn publish(world: &mut World, topic: &str, payload: &[u8], properties: &[Property<'_>]) {
    world.publish(world.at[0], Publish { properties: Properties::from(properties), ..qos1(topic, payload) });
}
