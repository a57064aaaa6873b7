//! Which module may import which, read from the `use` paths of the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The parts of the crate, each with those that it may import.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("core", &[]),
    ("place", &[]),
    ("settings", &["core", "place", "shell", "store"]),
    ("shell", &["core", "store"]),
    ("store", &["core"]),
    ("users", &["core", "place"]),
];

#[test]
fn parts_of_the_crate_import_in_one_direction() {
    for (part, allowed) in ALLOWED {
        for (file, source) in files(part) {
            let imported = paths(&source).into_iter().filter_map(|path| path.strip_prefix("crate::").map(first));
            let wrong: Vec<String> =
                imported.filter(|name| name != part && !allowed.contains(&name.as_str())).collect();
            assert!(wrong.is_empty(), "{file} imports {wrong:?}, expected only {allowed:?}");
        }
    }
}

/// A file with an `impl Broker` is a handler; any other file of the core is a leaf.
#[test]
fn leaves_of_the_core_import_no_handler_and_not_each_other_in_a_circle() {
    let (handlers, leaves): (BTreeMap<_, _>, BTreeMap<_, _>) =
        modules("core").into_iter().partition(|(_, source)| source.contains("impl Broker {"));
    assert!(handlers.contains_key("broker") && handlers.contains_key("publish") && handlers.len() > 15);
    for (name, source) in &leaves {
        let wrong: Vec<_> =
            paths(source).iter().map(|path| module(path)).filter(|to| handlers.contains_key(to)).collect();
        assert!(wrong.is_empty(), "the leaf {name} imports the handlers {wrong:?}: move what it needs into a leaf");
    }
    assert_no_circle(&leaves);
}

#[test]
fn files_of_the_shell_do_not_import_each_other_in_a_circle() {
    assert_no_circle(&modules("shell"));
}

/// Removes modules that import none of the others, until nothing is left.
fn assert_no_circle(modules: &BTreeMap<String, String>) {
    let imports = |name: &String, source: &String| -> BTreeSet<String> {
        paths(source).iter().map(|path| module(path)).filter(|to| to != name).collect()
    };
    let mut rest: BTreeMap<&String, BTreeSet<String>> =
        modules.iter().map(|(name, source)| (name, imports(name, source))).collect();
    while !rest.is_empty() {
        let names: BTreeSet<String> = rest.keys().map(ToString::to_string).collect();
        let before = rest.len();
        rest.retain(|_, imported| !imported.is_disjoint(&names));
        assert!(rest.len() < before, "these import each other in a circle: {rest:?}");
    }
}

#[test]
fn nested_paths_are_read() {
    let source = "use super::{\n    a::{B, c::D},\n    e::F, // why\n};\npub(super) use crate::core::{G, H};\n";
    let expected = ["super::a::B", "super::a::c::D", "super::e::F", "crate::core::G", "crate::core::H"];
    assert_eq!(paths(source), expected);
}

/// The modules of a part of the crate, those in a folder as one, without their tests.
fn modules(part: &str) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::<String, String>::new();
    for (file, source) in files(part) {
        let name = first(&file.trim_end_matches(".rs").replace('/', "::"));
        if name != "mod" {
            modules.entry(name).or_default().push_str(&source);
        }
    }
    modules
}

/// The module that a path leads to, inside its part of the crate.
fn module(path: &str) -> String {
    first(path.trim_start_matches("super::").trim_start_matches("crate::core::").trim_start_matches("crate::shell::"))
}

/// The sources of a module, each with its path in it, without their tests.
fn files(part: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let single = root.join(part).with_extension("rs");
    if single.is_file() {
        return vec![(format!("{part}.rs"), without_tests(&fs::read_to_string(single).unwrap()))];
    }
    let folder = root.join(part);
    let mut open = vec![folder.clone()];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        match fs::read_dir(&path) {
            Ok(entries) => open.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => {
                let name = path.strip_prefix(&folder).unwrap().display().to_string();
                if !name.starts_with("tests/") {
                    files.push((name, without_tests(&fs::read_to_string(&path).unwrap())));
                }
            }
        }
    }
    assert!(!files.is_empty(), "no sources in {part}");
    files
}

fn without_tests(source: &str) -> String {
    source.split("\nmod tests {").next().unwrap_or_default().to_owned()
}

/// Every path that a source imports.
fn paths(source: &str) -> Vec<String> {
    let code: String = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut paths = Vec::new();
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ") else { continue };
        let tree: String = statement[at + 4..].split_whitespace().collect();
        if ["super::", "crate::"].iter().any(|root| tree.starts_with(root)) {
            flatten("", &tree, &mut paths);
        }
    }
    paths
}

/// `a::{b, c::{d}}` to `a::b` and `a::c::d`.
fn flatten(before: &str, tree: &str, paths: &mut Vec<String>) {
    let Some((head, inner)) = tree.split_once('{') else {
        return paths.push(format!("{before}{tree}"));
    };
    let inner = inner.strip_suffix('}').expect("braces that match");
    let (mut depth, mut start) = (0, 0);
    for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if start < at {
                    flatten(&format!("{before}{head}"), &inner[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

fn first(path: &str) -> String {
    path.split("::").next().unwrap_or_default().to_owned()
}
