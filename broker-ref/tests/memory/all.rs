//! All limits at once, at the default settings.

use std::fs;

use mqttspec_broker::{core::Config, shell::Limits};

use crate::{
    scripts::{self, Script},
    world::{World, qos1},
};

/// One script for each limit; together they fill the broker.
const SCRIPTS: [&str; 5] = [
    "retained, small",
    "Wills with properties",
    "one filter of many Sessions",
    "output that fifty do not read",
    "packets without end",
];

/// What the README promises is kept by the core with every limit reached, together with what the shell has for as many
/// connections as it accepts, and what is used while passwords are checked.
#[test]
fn broker_stays_under_what_the_readme_promises() {
    let scripts: Vec<Script> = scripts::all().into_iter().filter(|script| SCRIPTS.contains(&script.name)).collect();
    assert_eq!(scripts.len(), SCRIPTS.len());
    let mut peak = [0; 6];
    let info = allocation_counter::measure(|| {
        let mut world = World::new(Config::default());
        for script in &scripts {
            world.at.clear();
            (script.prepare)(&mut world);
            (0..script.steps * 16).for_each(|step| (script.step)(&mut world, step));
            note(&mut peak, &world);
        }
        fill_queues(&mut world);
        note(&mut peak, &world);
        for account in world.broker.accounts() {
            println!("{:32} {:9} of {:9}", account.setting, account.used, account.limit);
            assert!(account.used >= account.limit / 2, "{account:?} is not reached");
        }
    });
    let connections = Limits::default().connections * EACH_CONNECTION;
    let most = info.bytes_max as usize + connections + PASSWORD_CHECKS + PROGRAM;
    println!("core {} MiB, all {} MiB", info.bytes_max / MIB as u64, most / MIB);
    assert!(most < promised(), "{most} bytes, expected less than the {} that the README promises", promised());
}

fn note(peak: &mut [usize; 6], world: &World) {
    for (peak, account) in peak.iter_mut().zip(world.broker.accounts()) {
        *peak = account.used.max(*peak);
        assert!(account.used <= account.limit + account.limit / 20, "{account:?}");
    }
}

/// Forty publishers, each with a Session that is absent.
fn fill_queues(world: &mut World) {
    let publishers: Vec<_> = (0..40)
        .map(|number| {
            let topic = format!("queue/{number}");
            world.absent(&format!("absent {number}"), &topic);
            (world.connect(&format!("publisher {number}")), topic)
        })
        .collect();
    for _ in 0..1000 {
        for (at, topic) in &publishers {
            world.publish(*at, qos1(topic, &[7; 500]));
        }
    }
}

fn promised() -> usize {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    let (_, rest) = readme.split_once("the broker takes at most **").expect("the promise");
    let (number, _) = rest.split_once(" MiB**").expect("a number of MiB");
    number.parse::<usize>().expect("a number") * MIB
}

const MIB: usize = 1024 * 1024;
/// The shell's buffers of one connection when they are as large as they are kept, in bytes: a WebSocket's, under TLS.
const EACH_CONNECTION: usize = 80 * 1024;
/// Two at once, of 19 MiB each.
const PASSWORD_CHECKS: usize = 40 * MIB;
/// The program itself, and what the allocator keeps free.
const PROGRAM: usize = 16 * MIB;
