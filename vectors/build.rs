//! Writes the table of files that `src/lib.rs` includes, so that a new vector needs no line anywhere.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

#[path = "src/comments.rs"]
mod comments;

const FOLDERS: [&str; 3] = ["exchange", "packets", "statements"];
const SINGLE_FILES: [&str; 3] = ["README.md", "readme.yaml", "schema.json"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut paths: Vec<String> = Vec::new();
    if env::var_os("CARGO_FEATURE_README").is_some() {
        paths.extend(SINGLE_FILES.iter().map(|file| (*file).to_owned()));
    }
    for folder in FOLDERS {
        collect(&root, folder, &mut paths)?;
    }
    for watched in SINGLE_FILES.iter().chain(&FOLDERS) {
        println!("cargo:rerun-if-changed={}", watched);
    }
    paths.sort();
    let has_comments = env::var_os("CARGO_FEATURE_COMMENTS").is_some();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("files.rs");
    let mut table = fs::File::create(out)?;
    writeln!(table, "&[")?;
    for path in paths {
        let shorten: Option<fn(&str) -> String> = match path.split('/').next() {
            Some("exchange") if !has_comments => Some(comments::without_comments),
            Some("statements") if !has_comments => Some(comments::without_remarks),
            _ => None,
        };
        if let Some(shorten) = shorten {
            let text = shorten(&fs::read_to_string(root.join(&path))?);
            writeln!(table, "File {{ path: {:?}, text: {:?} }},", path, text)?;
            continue;
        }
        let at = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{}\")", path);
        writeln!(table, "File {{ path: {:?}, text: include_str!({}) }},", path, at)?;
    }
    writeln!(table, "]")
}

/// The data files below a folder, as paths from the root with `/` on every system.
fn collect(root: &Path, folder: &str, into: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = format!("{}/{}", folder, entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(root, &path, into)?;
        } else if path.ends_with(".yaml") || path.ends_with(".md") {
            into.push(path);
        }
    }
    Ok(())
}
