//! The files of a folder: on disk, or those of the repository as they were when the binary was built.

use std::{fs, path::Path};

use include_dir::{Dir, DirEntry, include_dir};

use super::{LoadError, Source};

static VECTORS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../vectors");

/// The YAML files below a folder of the repository's `vectors`, by path within it, sorted.
pub(crate) fn embedded(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    if let Some(dir) = VECTORS.get_dir(folder) {
        collect(dir, dir.path(), &mut sources);
    }
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    sources
}

fn collect(dir: &Dir<'_>, root: &Path, into: &mut Vec<Source>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, root, into),
            DirEntry::File(file) if is_yaml(file.path()) => {
                into.push(source(file.path(), root, &String::from_utf8_lossy(file.contents())));
            }
            DirEntry::File(_) => {}
        }
    }
}

/// The YAML files below a folder on disk, by path within it, sorted.
pub(crate) fn read(folder: &Path) -> Result<Vec<Source>, LoadError> {
    let mut sources = Vec::new();
    walk(folder, folder, &mut sources)?;
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(sources)
}

fn walk(folder: &Path, root: &Path, into: &mut Vec<Source>) -> Result<(), LoadError> {
    let entries = fs::read_dir(folder).map_err(|why| unreadable(folder, &why))?;
    for entry in entries {
        let path = entry.map_err(|why| unreadable(folder, &why))?.path();
        if path.is_dir() {
            walk(&path, root, into)?;
        } else if is_yaml(&path) {
            let text = fs::read_to_string(&path).map_err(|why| unreadable(&path, &why))?;
            into.push(source(&path, root, &text));
        }
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}

fn source(path: &Path, root: &Path, text: &str) -> Source {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    Source::new(&parts.join("/"), text)
}

fn unreadable(path: &Path, why: &std::io::Error) -> LoadError {
    LoadError::unreadable(&path.display().to_string(), why)
}
