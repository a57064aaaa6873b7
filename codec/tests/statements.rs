//! Every statement that a `DecodeError` names is in the registry, under its version.

use std::{collections::BTreeSet, fs, path::Path};

use mqttspec_codec::{DecodeError, DecodeErrorKind, PacketType, Version};

#[test]
fn every_statement_of_a_decode_error_exists() {
    let mut reached = BTreeSet::new();
    for (version, folder) in [(Version::V3_1_1, "v3.1.1"), (Version::V5, "v5")] {
        let registry = registry(folder);
        for error in errors() {
            for id in ids(error, version) {
                assert!(registry.contains(&format!("- id: {id}\n")), "{version} has no {id}: {error:?}");
                reached.insert((version, id));
            }
        }
    }
    assert!(reached.len() > 150, "expected more than 150 statements, found {}", reached.len());
}

/// The statement without the bytes, and those that the bytes tell apart, for every byte at `at` and before it.
fn ids(error: DecodeError, version: Version) -> BTreeSet<&'static str> {
    let mut ids: BTreeSet<_> = error.statement(version).into_iter().collect();
    for byte in 0..=u8::MAX {
        // a PUBLISH or a CONNECT whose first part is empty, so that `at` is after it
        let mut packet = vec![0x30, 30, 0, 0, 0, 0, 0, 0, 0, byte, byte, byte];
        packet.resize(32, 0);
        ids.extend(error.statement_in(&packet, version));
    }
    ids
}

fn errors() -> impl Iterator<Item = DecodeError> {
    let errors = DecodeErrorKind::ALL.iter().map(|kind| DecodeError::new(*kind, 10));
    errors.flat_map(|error| PacketType::ALL.iter().map(move |packet_type| error.within(*packet_type)).chain([error]))
}

/// All YAML files of one version as text: only the ids matter here.
fn registry(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/statements").join(folder);
    let files = fs::read_dir(&folder).expect("a registry");
    files.map(|file| fs::read_to_string(file.expect("readable").path()).expect("text")).collect()
}
