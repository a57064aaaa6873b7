//! Every public type names its section of the standards, and whether it is exhaustive is decided.

use std::{fs, path::Path};

#[test]
fn every_type_names_its_section() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut without = Vec::new();
    let mut found = 0;
    for file in fs::read_dir(source).expect("readable").map(|file| file.expect("readable").path()) {
        let text = fs::read_to_string(&file).expect("readable");
        let mut page = String::new();
        for line in text.lines().map(str::trim_start) {
            match declared(line) {
                _ if line.starts_with("///") => page.push_str(line),
                _ if line.starts_with("#[") => {}
                Some(name) if !OURS.contains(&name) => {
                    found += 1;
                    if !["section", "chapter"].iter().any(|word| page.contains(word)) {
                        without.push(format!("{}: {name}", file.display()));
                    }
                    page.clear();
                }
                _ => page.clear(),
            }
        }
    }
    assert!(found > 30, "expected more than 30 public types, found {found}");
    assert!(without.is_empty(), "no section of the standard is named at\n{}", without.join("\n"));
}

/// The rule is on the crate page: what the standards define is exhaustive, what this crate reports is not.
#[test]
fn only_reports_are_non_exhaustive() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in fs::read_dir(source).expect("readable").map(|file| file.expect("readable").path()) {
        let text = fs::read_to_string(&file).expect("readable");
        let mut is_marked = false;
        for line in text.lines().map(str::trim_start) {
            match declared(line) {
                Some(name) if is_marked => found.push(name.to_owned()),
                None if line.starts_with("#[non_exhaustive]") => is_marked = true,
                None if line.starts_with("#[") => {}
                _ => is_marked = false,
            }
        }
    }
    found.sort();
    assert_eq!(found, ["DecodeError", "DecodeErrorKind", "EncodeError", "Field", "InvalidValue", "Tolerated"]);
}

/// The name of the public type that a line declares. In a macro that takes the name, it is where the macro is used.
fn declared(line: &str) -> Option<&str> {
    let rest =
        ["pub struct ", "pub enum ", "pub type ", "pub trait "].iter().find_map(|word| line.strip_prefix(word))?;
    let name = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    (!name.is_empty()).then_some(name)
}

/// Types that the standards do not define: how this crate reads, buffers and fails.
const OURS: [&str; 11] = [
    "Reader",
    "Writer",
    "Seq",
    "Item",
    "Iter",
    "FrameBuffer",
    "SliceBuffer",
    "EncodeError",
    "Field",
    "InvalidValue",
    "Reject",
];
