//! Loads vectors and the registry, and counts them.

use std::{collections::BTreeSet, fs, path::Path};

use mqttspec::{registry::Registry, vector::Library};
use mqttspec_codec::Version;

fn all(folder: &Path) -> Library {
    Library::load(folder).unwrap_or_else(|errors| {
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}\n{} mistakes", text.join("\n\n"), errors.len())
    })
}

#[test]
fn all_examples_load() {
    let library = all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data"));
    let names: BTreeSet<&str> = library.cases().map(|case| case.id.split('[').next().unwrap()).collect();
    assert_eq!(names.len(), 59);
    assert_eq!(library.cases().count(), 208);
    let ids: BTreeSet<_> = library.cases().map(|case| (case.version, &case.id)).collect();
    assert_eq!(ids.len(), 208, "ids are unique for a version");
}

#[test]
fn all_vectors_load() {
    let folder = tempfile::tempdir().unwrap();
    for file in mqttspec_vectors::folder("exchange") {
        let path = folder.path().join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.text).unwrap();
    }
    let library = all(&folder.path().join("exchange"));
    assert_eq!(format!("{library:?}"), format!("{:?}", Library::embedded().unwrap()));
    let ids: BTreeSet<_> = library.cases().map(|case| (case.version, &case.id)).collect();
    assert_eq!(ids.len(), library.cases().count());
    let uncited: Vec<_> = library.cases().filter(|case| case.cites.is_empty()).collect();
    assert!(uncited.is_empty(), "each case cites a statement of each of its versions: {uncited:?}");
}

#[test]
fn vector_of_the_readme_loads() {
    let text = mqttspec_vectors::get("readme.yaml").unwrap();
    assert!(Library::parse("readme.yaml", text).unwrap().cases().count() > 0);
}

#[test]
fn registry_loads() {
    let registry = Registry::embedded().unwrap();
    assert_eq!(registry.len(), 617);
    assert_eq!(registry.count(Version::V5), 251 + 192);
    assert_eq!(registry.count(Version::V3_1_1), 141 + 33);
    let row = |version| registry.get(version, "MQTT-3.1.2-24").unwrap();
    assert_ne!(row(Version::V5).says, row(Version::V3_1_1).says);
    assert!(registry.get(Version::V5, "MQTT-2.2.1-1").is_none());
}

#[test]
fn each_row_and_version_is_a_case() {
    let text = "\
title: x
versions: [v3.1.1, v5]
cases:
  - name: both
    for: {x: 1..3, y: [a, \"b c\"]}
    steps: [a => CONNECT]
  - name: rows
    versions: [v5]
    for: [{x: 1, y: true}, {x: 1, y: {v3.1.1: old, v5: \"''\"}}, {x: 1, y: \"()\"}]
    steps: [a => CONNECT]
  - name: plain
    versions: [v5]
    steps: [a => CONNECT]
";
    let library = Library::parse("dir/file.yaml", text).unwrap();
    let ids: Vec<String> = library.cases().map(|case| format!("{} {}", case.version, case.id)).collect();
    assert_eq!(ids.len(), 2 * 6 + 3 + 1);
    assert_eq!(ids[0], "v3.1.1 dir/file/both[x=1,y=a]");
    assert_eq!(ids[1], "v3.1.1 dir/file/both[x=1,y=b-c]");
    assert_eq!(ids[11], "v5 dir/file/both[x=3,y=b-c]");
    assert_eq!(
        ids[12..],
        ["v5 dir/file/rows[x=1,y=true]", "v5 dir/file/rows[x=1,y=]", "v5 dir/file/rows[x=1,y=]~2", "v5 dir/file/plain"]
    );
}

#[test]
fn rows_replace_the_statements_of_their_case() {
    let text = "\
title: x
versions: [v3.1.1, v5]
cites: {v3.1.1: MQTT-3.1.2-24, v5: [MQTT-3.1.2-22]}
cases:
  - name: rows
    for: [{x: 1}, {x: 2, cites: {v5: [MQTT-3.1.2-13, MQTT-3.1.2-14]}}]
    steps: [a => CONNECT]
";
    let library = Library::parse("file.yaml", text).unwrap();
    let found: Vec<String> = library
        .cases()
        .map(|case| {
            let cites: Vec<&str> = case.cites.iter().map(|cited| cited.id.as_str()).collect();
            format!("{} {} {}", case.version, case.id, cites.join(" "))
        })
        .collect();
    assert_eq!(
        found,
        [
            "v3.1.1 file/rows[x=1] MQTT-3.1.2-24",
            "v3.1.1 file/rows[x=2] MQTT-3.1.2-24",
            "v5 file/rows[x=1] MQTT-3.1.2-22",
            "v5 file/rows[x=2] MQTT-3.1.2-13 MQTT-3.1.2-14",
        ]
    );
}

#[test]
fn keys_of_files_and_cases() {
    let text = "\
title: About x
versions: [v3.1.1, v5]
cites: {v3.1.1: [MQTT-3.1.2-24], v5: [MQTT-3.1.2-22]}
requires: {receive_maximum: {at most: 100}}
cases:
  - name: of-the-file
    steps: [a => CONNECT]
  - name: its-own
    versions: [v5]
    cites: {v5: [MQTT-3.1.2-24]}
    requires: {}
    clients: {a: {node: 2}}
    no_prefix: true
    steps:
      - a -> frame: {opcode: 2, hex: \"\"}
";
    let library = Library::parse("file.yaml", text).unwrap();
    let cases: Vec<_> = library.cases().collect();
    assert_eq!(cases[0].title, "About x");
    assert_eq!(cases[0].cites[0].to_string(), "v3.1.1 [MQTT-3.1.2-24]");
    assert_eq!(cases[1].cites[0].to_string(), "v5 [MQTT-3.1.2-22]");
    assert_eq!(cases[0].requirement("receive_maximum"), "receive_maximum: {at most: 100}");
    assert_eq!((cases[0].nodes, cases[0].no_prefix, cases[0].needs_websocket()), (1, false, false));
    assert_eq!(cases[2].cites[0].to_string(), "v5 [MQTT-3.1.2-24]");
    assert_eq!((cases[2].nodes, cases[2].no_prefix, cases[2].needs_websocket()), (2, true, true));
    assert_eq!(cases[2].requires[0].0, "websocket");
    assert_eq!(cases[2].place.to_string(), "file.yaml:8:11");
}
