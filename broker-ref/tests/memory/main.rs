//! What the broker counts is what it takes: each script of [`scripts`] drives one structure to its limit, under a
//! counting allocator. [`all`] drives all limits at once, at the default settings, and stays under what the README
//! promises.

mod all;
mod scripts;
mod subscriptions;
mod waiting;
mod world;

use mqttspec_broker::core::{Config, QueueFull};

use crate::{scripts::Script, world::World};

/// The limit of each kind of thing in these tests, in bytes.
const LIMIT: usize = 1024 * 1024;

/// Small limits for all Clients together, and none for each of them.
fn config() -> Config {
    Config {
        total_queued_bytes: LIMIT,
        total_subscription_bytes: LIMIT,
        total_backlog: LIMIT,
        total_input: LIMIT,
        retained_bytes: LIMIT,
        session_bytes: LIMIT,
        queued_messages: usize::MAX,
        queued_bytes: usize::MAX,
        subscriptions: usize::MAX,
        total_subscriptions: usize::MAX,
        subscription_bytes: usize::MAX,
        sessions: usize::MAX,
        retained_messages: usize::MAX,
        queue_full: QueueFull::DropNewest,
        ..Config::default()
    }
}

/// The account is within a factor of two of what the allocator gives out, and that is under two and a half times what
/// the limits promise.
#[test]
fn accounts_are_what_is_allocated() {
    let wrong: Vec<String> = scripts::all().iter().filter_map(|script| measure(script).err()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn measure(script: &Script) -> Result<(), String> {
    let mut world = World::new(config());
    (script.prepare)(&mut world);
    let (counted_before, connections_before) = (world.counted(), world.connections());
    let info = allocation_counter::measure(|| (0..script.steps).for_each(|step| (script.step)(&mut world, step)));
    let allocated = usize::try_from(info.bytes_current).unwrap_or(0);
    let connections = world.connections().saturating_sub(connections_before) * world::EACH_CONNECTION;
    let counted = world.counted().saturating_sub(counted_before) + connections;
    let reached = world.used(script.setting);
    let limits = world.limits_in_use() + connections;
    let say = |what: &str| {
        let Script { name, setting, .. } = script;
        Err(format!("{name}: {what}: {setting} {reached}, allocated {allocated}, counted {counted}, limits {limits}"))
    };
    println!("{:40} allocated {allocated:8} counted {counted:8} {:.2}", script.name, allocated as f64 / counted as f64);
    match () {
        () if reached < LIMIT / 2 => say("the limit is not reached"),
        () if reached > LIMIT + LIMIT / 8 => say("the limit does not hold"),
        () if allocated > 2 * counted => say("more than twice as much is allocated as is counted"),
        () if counted > 2 * allocated => say("more than twice as much is counted as is allocated"),
        () if allocated * 2 > limits * 5 => say("more is allocated than two and a half times the limits"),
        () => Ok(()),
    }
}
