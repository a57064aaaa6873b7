//! Plays the suite against three brokers in memory, two of which are wrong, and writes `FOLDER/page.html` and
//! `FOLDER/page.json`: `cargo run -p mqttspec --example page -- FOLDER`.

use std::{error::Error, path::PathBuf, time::Duration};

use mqttspec::{Format, MemoryBroker, Output, Reference, Reports, Suite};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let mut reports = Reports::default()
        .write(Format::Html, folder.join("page.html"))?
        .write(Format::Json, folder.join("page.json"))?;
    let suite = Suite::embedded()?;
    for (name, fault) in [("reference", Fault::None), ("forgetful", Fault::NoRetain), ("timid", Fault::LowersQos)] {
        reports.name(Some(name.to_owned()));
        suite.run_in_memory(|| Faulty { broker: Reference::default(), fault }, &mut reports)?;
    }
    Ok(())
}

/// What a broker does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// It ignores that a message is to be retained.
    NoRetain,
    /// Its SUBACK says QoS 0 where it grants QoS 1.
    LowersQos,
}

/// The reference broker with a fault.
struct Faulty {
    broker: Reference,
    fault: Fault,
}

impl MemoryBroker for Faulty {
    fn open(&mut self, now: Duration, connection: u64) {
        self.broker.open(now, connection);
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        if let Some(first) = bytes.first_mut().filter(|first| **first >> 4 == PUBLISH && self.fault == Fault::NoRetain)
        {
            *first &= !RETAIN;
        }
        self.broker.receive(now, connection, &bytes);
    }

    fn close(&mut self, now: Duration, connection: u64) {
        self.broker.close(now, connection);
    }

    fn deadline(&self) -> Option<Duration> {
        self.broker.deadline()
    }

    fn tick(&mut self, now: Duration) {
        self.broker.tick(now);
    }

    fn poll(&mut self, now: Duration) -> Option<Output> {
        let mut output = self.broker.poll(now)?;
        if let Output::Send { bytes, .. } = &mut output
            && self.fault == Fault::LowersQos
            && let [first, length, ..] = bytes.as_slice()
            && *first >> 4 == SUBACK
            && bytes.len() == usize::from(*length) + 2
        // one packet, so that only its Reason Codes change
        {
            bytes.iter_mut().skip(4).filter(|code| **code == 1).for_each(|code| *code = 0);
        }
        Some(output)
    }
}

const PUBLISH: u8 = 3;
const SUBACK: u8 = 9;
const RETAIN: u8 = 1;
