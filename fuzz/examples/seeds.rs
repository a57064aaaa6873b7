//! Writes seeds for every target into `corpus/`, out of the byte vectors: `cargo run --example seeds`, in `fuzz/`.

use std::{collections::BTreeSet, error::Error, fs, path::Path};

use arbitrary::{Arbitrary, Unstructured};
use mqttspec::vector::{PacketCase, PacketLibrary};
use mqttspec_codec::{Packet, decode};

fn main() -> Result<(), Box<dyn Error>> {
    let vectors = PacketLibrary::embedded().map_err(|errors| errors[0].to_string())?;
    let cases: Vec<&PacketCase> = vectors.cases().map(|case| &**case).collect();
    let raw = |case: &&PacketCase| case.bytes.clone();
    // as the target reads it: Maximum Packet Size, lengths of pieces, bytes
    let stream = |case: &&PacketCase| [&[0xFF, 0xFF, 1, 2, 0, 5], &case.bytes[..], &case.bytes[..]].concat();
    for (target, seeds) in [
        ("decode", cases.iter().map(raw).collect()),
        ("differential", cases.iter().map(raw).collect()),
        // any bytes are choices of what to generate
        ("round_trip", cases.iter().map(raw).collect()),
        ("split", cases.iter().map(stream).collect()),
        ("topic_match", filters_and_topics(&cases)),
    ] {
        write(target, seeds)?;
    }
    Ok(())
}

fn write(target: &str, seeds: BTreeSet<Vec<u8>>) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("vector-{number}")), seed)?;
    }
    println!("{target}: {} seeds", seeds.len());
    Ok(())
}

/// Every filter with every topic that the vectors have.
fn filters_and_topics(cases: &[&PacketCase]) -> BTreeSet<Vec<u8>> {
    let (mut filters, mut topics) = (BTreeSet::new(), BTreeSet::new());
    for case in cases {
        match decode(&case.bytes, case.version) {
            Ok(Some((Packet::Subscribe(subscribe), _))) => {
                filters.extend(subscribe.subscriptions.iter().map(|subscription| subscription.filter.as_str()));
            }
            Ok(Some((Packet::Unsubscribe(unsubscribe), _))) => {
                filters.extend(unsubscribe.filters.iter().map(|filter| filter.as_str()));
            }
            Ok(Some((Packet::Publish(publish), _))) => topics.extend(publish.topic.map(|topic| topic.as_str())),
            _ => {}
        }
    }
    let pairs = filters.iter().flat_map(|filter| topics.iter().map(move |topic| (*filter, *topic)));
    pairs.filter_map(|(filter, topic)| pair(filter, topic)).collect()
}

/// Both, and the length of the first, as the target takes them apart; `None` for what is too long for one byte of length.
fn pair(filter: &str, topic: &str) -> Option<Vec<u8>> {
    let seed = [filter.as_bytes(), topic.as_bytes(), &[u8::try_from(filter.len()).ok()?]].concat();
    let read = <(&str, &str)>::arbitrary_take_rest(Unstructured::new(&seed)).ok();
    (read == Some((filter, topic))).then_some(seed)
}
