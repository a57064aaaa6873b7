//! Checks that modules import only those that the table allows, by the `use` paths in the code. Unit tests may import
//! more. A second table lists the few places that may use sockets, threads and clocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, ItemMod, UseTree,
    visit::{self, Visit},
};

/// The modules from the bottom up, each with the modules that it may import.
const LAYERS: [(&str, &[&str]); 17] = [
    ("text", &[]),
    ("source", &[]),
    ("packet", &["text"]),
    ("pcap", &["packet"]),
    ("scram", &[]),
    ("rt", &[]),
    ("conduct", &[]),
    ("transport", &["text", "rt"]),
    ("registry", &["source"]),
    ("vector", &["source", "packet", "registry"]),
    ("judge", &["text", "source", "packet", "scram", "vector"]),
    ("runner", &["text", "source", "packet", "scram", "rt", "transport", "registry", "vector", "judge"]),
    ("report", &["text", "packet", "registry", "vector", "judge", "runner"]),
    ("explore", &["text", "packet", "transport", "runner"]),
    ("cargo_test", &["transport", "vector", "judge", "runner", "report"]),
    ("bench", &["transport", "runner"]),
    (
        "cli",
        &[
            "text",
            "source",
            "packet",
            "pcap",
            "rt",
            "transport",
            "registry",
            "vector",
            "runner",
            "report",
            "explore",
            "bench",
        ],
    ),
];

/// Crates with sockets, a runtime or a terminal, and the modules that may use them.
const EDGES: [(&str, &[&str]); 12] = [
    ("tokio", &["rt", "transport/network", "runner/network", "cli"]),
    ("tokio_rustls", &["transport/network"]),
    ("tokio_tungstenite", &["transport/network"]),
    ("tungstenite", &["transport/network", "bench", "pcap/websocket.rs"]),
    ("socket2", &["transport/network"]),
    ("web_sys", &["transport/network/web"]),
    ("gloo_timers", &["rt/web.rs"]),
    ("wasm_bindgen_futures", &["rt/web.rs"]),
    ("clap", &["cli"]),
    ("console", &["report/bar.rs"]),
    ("indicatif", &["report/bar.rs", "cli"]),
    // the last one in its tests
    ("mqttspec_broker", &["transport/reference.rs", "cli", "runner/network/outages.rs"]),
];

#[test]
fn modules_import_downwards_only() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let (mut wrong, mut needed) = (Vec::new(), BTreeSet::new());
    for (file, paths) in sources() {
        let Some(from) = top(&file) else { continue };
        let may = allowed.get(from.as_str()).unwrap_or_else(|| panic!("{from} is in no layer of this table"));
        for path in paths.iter().filter(|path| path.first().is_some_and(|root| root == "crate")) {
            let Some(to) = path.get(1).filter(|to| **to != from) else { continue };
            match may.iter().find(|may| *may == to) {
                Some(to) => drop(needed.insert((from.clone(), *to))),
                None => wrong.push(format!("src/{}: {}", file.display(), path.join("::"))),
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point up or past `lib.rs`:\n{}", wrong.join("\n"));
    let unneeded = LAYERS.iter().flat_map(|(from, may)| may.iter().map(move |to| ((*from).to_owned(), *to)));
    let unneeded: Vec<_> = unneeded.filter(|edge| !needed.contains(edge)).collect();
    assert!(unneeded.is_empty(), "edges of the table that no import needs: {unneeded:?}");
}

#[test]
fn table_has_no_cycle() {
    let mut below = BTreeSet::new();
    for (from, may) in LAYERS {
        let unknown: Vec<_> = may.iter().filter(|to| !below.contains(*to)).collect();
        assert!(unknown.is_empty(), "{from} may import {unknown:?}, which do not come before it");
        below.insert(from);
    }
}

#[test]
fn sockets_clocks_and_terminals_stay_in_few_modules() {
    let mut wrong = Vec::new();
    for (file, paths) in sources() {
        for path in &paths {
            let Some((_, places)) =
                EDGES.iter().find(|(crate_name, _)| path.first().is_some_and(|root| root == crate_name))
            else {
                continue;
            };
            if !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("src/{}: {}", file.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "not here:\n{}", wrong.join("\n"));
}

/// The top-level module of a file; `None` for `lib.rs` and `main.rs`, which may import everything.
fn top(file: &Path) -> Option<String> {
    let first = Path::new(file.iter().next()?).file_stem()?.to_str()?;
    (first != "lib" && first != "main").then(|| first.to_owned())
}

/// Every file below `src` but unit tests in a file of their own (`tests.rs`), with all paths that it uses, where `self` and `super` are resolved.
fn sources() -> Vec<(PathBuf, BTreeSet<Vec<String>>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let code = syn::parse_file(&fs::read_to_string(&path).expect("readable")).expect("Rust");
                let inside = path.strip_prefix(&root).expect("below src").to_owned();
                let mut names = Names { module: module(&inside), paths: BTreeSet::new() };
                names.visit_file(&code);
                found.push((inside, names.paths));
            }
        }
    }
    assert!(found.len() > 100, "only {} files were found", found.len());
    found
}

/// `crate::judge::steps::send` for `judge/steps/send.rs`.
fn module(file: &Path) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    module.extend(file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()));
    if module.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
        module.pop();
    }
    module
}

/// Collects the paths of a file outside its unit tests.
struct Names {
    module: Vec<String>,
    paths: BTreeSet<Vec<String>>,
}

impl Names {
    fn note(&mut self, path: Vec<String>) {
        let mut resolved = match path.first().map(String::as_str) {
            Some("self") => self.module.clone(),
            Some("super") => self.module.split_last().map(|(_, parent)| parent.to_vec()).unwrap_or_default(),
            _ => {
                self.paths.insert(path);
                return;
            }
        };
        for part in path.into_iter().skip(1) {
            match part.as_str() {
                "super" => drop(resolved.pop()),
                _ => resolved.push(part),
            }
        }
        self.paths.insert(resolved);
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.tree(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) => self.note(with(name.ident.to_string())),
            UseTree::Rename(rename) => self.note(with(rename.ident.to_string())),
            UseTree::Glob(_) => self.note(before.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !item.attrs.iter().any(is_test) {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.note(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

/// `#[cfg(test)]`
fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
}
