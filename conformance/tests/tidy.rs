//! The project's invariants, enforced by `cargo test`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use mqttspec::registry::Registry;
use mqttspec_codec::{PacketType, Version};

/// No file is too long to understand at once.
#[test]
fn no_file_is_over_400_lines() {
    let long: Vec<String> = sources(&["codec", "vectors", "broker-ref", "conformance", "fuzz"])
        .into_iter()
        .map(|path| (lines(&path).len(), path))
        .filter(|(count, _)| *count > 400)
        .map(|(count, path)| format!("{}: {count} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "split along the idea that grew:\n{}", long.join("\n"));
}

/// Sockets and their runtime are used only in the broker's shell. `layers.rs` checks the modules of the suite.
#[test]
fn the_codec_and_the_core_have_no_runtime() {
    let elsewhere = offending(&["codec/src", "broker-ref/src"], |path, code| {
        code.contains("tokio") && !path.starts_with(root().join("broker-ref/src/shell"))
    });
    assert!(elsewhere.is_empty(), "tokio outside shell/:\n{}", elsewhere.join("\n"));
}

/// Time, seeds and bytes are arguments.
#[test]
fn codec_core_and_judge_do_no_io() {
    let forbidden = [
        "std::net",
        "std::fs",
        "std::io",
        "std::env",
        "std::thread",
        "std::process",
        "Instant::now",
        "SystemTime",
        "rand::",
        "HashMap",
        "println!",
        "async ",
    ];
    let impure = offending(
        &[
            "codec/src",
            "broker-ref/src/core",
            "conformance/src/conduct",
            "conformance/src/judge",
            "conformance/src/explore/model",
        ],
        |_, code| forbidden.iter().any(|word| code.contains(word)),
    );
    assert!(impure.is_empty(), "impure code:\n{}", impure.join("\n"));
}

/// One packet, one file.
#[test]
fn every_packet_type_has_its_file() {
    for packet_type in PacketType::ALL {
        let name = packet_type.name().to_lowercase();
        let file = root().join(format!("codec/src/{name}.rs"));
        assert!(file.is_file(), "{packet_type} has no codec/src/{name}.rs");
    }
}

/// No silenced lint without a reason, nothing unfinished.
#[test]
fn no_silenced_lints_and_no_unfinished_code() {
    // in two parts, so that this file does not find itself
    let words =
        [concat!("#[al", "low("), concat!("to", "do!("), concat!("unimple", "mented!("), concat!("#[ig", "nore")];
    let found = offending(&["codec", "vectors", "broker-ref", "conformance", "fuzz"], |_, code| {
        words.iter().any(|word| code.contains(word))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Every statement cited in code exists in the version it is cited for. The ids of the two versions overlap, often with
/// different meanings.
#[test]
fn cited_statements_exist() {
    let registry = Registry::embedded().expect("the registry loads");
    let mut wrong = Vec::new();
    for path in sources(&["codec/src", "broker-ref/src", "conformance/src"]) {
        for (number, line) in lines(&path).iter().enumerate() {
            for (version, id) in citations(line) {
                let versions = version.map_or(vec![Version::V3_1_1, Version::V5], |version| vec![version]);
                if !versions.iter().any(|version| registry.get(*version, &id).is_some()) {
                    let version = version.map_or("any version".to_owned(), |version| version.to_string());
                    wrong.push(format!("{}:{}: {id} ({version})", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "statements that do not exist:\n{}", wrong.join("\n"));
}

#[test]
fn citations_have_a_version() {
    let found = citations("// v5 [MQTT-1.5.4-2] [MQTT-1.5.4-1], v3.1.1 [MQTT-1.5.3-2]");
    let versions: Vec<Option<Version>> = found.iter().map(|(version, _)| *version).collect();
    assert_eq!(versions, [Some(Version::V5), Some(Version::V5), Some(Version::V3_1_1)]);
    assert_eq!(citations("\"MQTT-6.0.0-1\"").len(), 1);
}

/// The ids in a line, each with the version before it: `// v5 [MQTT-1.5.4-2], v3.1.1 [MQTT-1.5.3-2]`. In strings, an id
/// has no version.
fn citations(line: &str) -> Vec<(Option<Version>, String)> {
    let mut found = Vec::new();
    let mut version = None;
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let word = &rest[start..];
        let end = word.find(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)).unwrap_or(word.len());
        match &word[..end] {
            "v5" => version = Some(Version::V5),
            "v3.1.1" => version = Some(Version::V3_1_1),
            id if is_id(id) => found.push((version, id.to_owned())),
            _ => {}
        }
        rest = &word[end..];
    }
    found
}

/// `MQTT-3.1.2-24`; placeholders in documentation do not have this form.
fn is_id(word: &str) -> bool {
    let Some((section, number)) = word.strip_prefix("MQTT-").and_then(|rest| rest.rsplit_once('-')) else {
        return false;
    };
    let digits =
        |text: &str, more: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || more.contains(c));
    digits(section, ".") && digits(number, "")
}

/// The places where a line of code, without comments, is wrong.
fn offending(folders: &[&str], wrong: impl Fn(&Path, &str) -> bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    for path in sources(folders) {
        for (number, line) in lines(&path).iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if wrong(&path, code) {
                found.insert(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    found.into_iter().collect()
}

fn sources(folders: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).expect("readable").lines().map(str::to_owned).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}
