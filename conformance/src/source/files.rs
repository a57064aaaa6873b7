//! The files of a folder, on disk or embedded in the binary.

use std::{fs, path::Path};

use super::{LoadError, Source};

/// The YAML files below a folder of the embedded vectors, sorted by their path within it.
pub(crate) fn embedded(folder: &str) -> Vec<Source> {
    let files = mqttspec_vectors::folder(folder).iter().filter(|file| is_yaml(Path::new(file.path)));
    files.map(|file| source(Path::new(file.path), Path::new(folder), file.text)).collect()
}

/// The YAML files below a folder on disk, sorted by their path within it; or one file, which is named without its folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Source>, LoadError> {
    if folder.is_file() {
        let text = fs::read_to_string(folder).map_err(|why| unreadable(folder, &why))?;
        return Ok(vec![source(folder, folder.parent().unwrap_or(folder), &text).at(folder)]);
    }
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
            into.push(source(&path, root, &text).at(&path));
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
