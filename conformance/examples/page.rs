//! Plays the suite against three brokers in memory, two of which are wrong, and writes `FOLDER/page.html` and
//! `FOLDER/page.json`: `cargo run -p mqttspec --example page -- FOLDER`.

#[path = "../tests/common/behind.rs"]
mod behind;
#[path = "../tests/common/each_packet.rs"]
mod each_packet;

use std::{error::Error, path::PathBuf};

use each_packet::faulty;
use mqttspec::{Format, Reference, Reports, Suite, transport::Passage};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let mut reports = Reports::default()
        .write(Format::Html, folder.join("page.html"))?
        .write(Format::Json, folder.join("page.json"))?;
    let suite = Suite::embedded()?;
    let brokers: [(&str, Fault); 3] = [("reference", |_| {}), ("forgetful", retains_nothing), ("timid", lowers_qos)];
    for (name, fault) in brokers {
        reports.name(Some(name.to_owned()));
        suite.run_in_memory(|| faulty(Reference::default(), fault), &mut reports)?;
    }
    Ok(())
}

/// What a broker does to each packet that it receives or sends.
type Fault = fn(&mut Passage);

/// Ignores that a message is to be retained.
fn retains_nothing(passage: &mut Passage) {
    if let Passage::ToBroker(_, bytes) = passage
        && let Some(first) = bytes.first_mut().filter(|first| **first >> 4 == PUBLISH)
    {
        *first &= !RETAIN;
    }
}

/// The SUBACK says QoS 0 where the broker grants QoS 1.
fn lowers_qos(passage: &mut Passage) {
    if let Passage::ToClient(_, bytes) = passage
        && let [first, length, ..] = bytes.as_slice()
        // behind a Remaining Length of one byte, so that only Reason Codes change
        && *first >> 4 == SUBACK && *length < 0x80
    {
        bytes.iter_mut().skip(4).filter(|code| **code == 1).for_each(|code| *code = 0);
    }
}

const PUBLISH: u8 = 3;
const SUBACK: u8 = 9;
const RETAIN: u8 = 1;
