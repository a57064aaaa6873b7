//! What is embedded, by which path, and where the version of the language is written.

#[path = "../src/comments.rs"]
mod comments;

use std::{fs, path::Path};

use comments::{without_comments, without_remarks};
use mqttspec_vectors::{files, folder, get, LANGUAGE_VERSION};

fn paths(path: &str) -> Vec<&'static str> {
    folder(path).iter().map(|file| file.path).collect()
}

/// A file that is added, changed or removed is seen by the next build.
#[test]
fn what_is_embedded_is_what_the_folder_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in files() {
        let held = fs::read_to_string(root.join(file.path)).unwrap();
        let expected = match file.path.split('/').next() {
            Some("exchange") if !cfg!(feature = "comments") => without_comments(&held),
            Some("statements") if !cfg!(feature = "comments") => without_remarks(&held),
            _ => held,
        };
        assert_eq!(expected, file.text, "{}", file.path);
    }
    let mut folders = vec!["exchange".to_owned(), "packets".to_owned(), "statements".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap().map(Result::unwrap) {
            let path = format!("{}/{}", folder, entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                assert!(get(&path).is_some(), "{} is not embedded", path);
            }
        }
    }
}

#[test]
fn every_file_is_found_by_its_path() {
    for file in files() {
        assert_eq!(get(file.path), Some(file.text));
    }
    assert_eq!(get("packets"), None);
    assert_eq!(get("packets/subscribe"), None);
    for file in ["README.md", "schema.json", "readme.yaml"] {
        assert_eq!(get(file).is_some(), cfg!(feature = "readme"), "{file}");
    }
}

#[test]
fn a_folder_holds_what_is_below_it() {
    for path in ["exchange", "exchange/3.12-pingreq", "packets", "statements", "statements/v5"] {
        let prefix = format!("{}/", path);
        let expected: Vec<_> = files().iter().map(|file| file.path).filter(|it| it.starts_with(&prefix)).collect();
        assert!(!expected.is_empty());
        assert_eq!(paths(path), expected);
    }
    // half a name is no folder, and neither is a file
    for path in ["", "exchange/3.1", "statements/v", "packets/subscribe.yaml", "zzz"] {
        assert_eq!(paths(path), [""; 0], "{}", path);
    }
}

/// A second runner reads it from the page or from the schema.
#[test]
fn the_version_of_the_language_stands_in_the_page_and_in_the_schema() {
    let sentence = format!("version {} of the vector language", LANGUAGE_VERSION);
    for path in ["README.md", "schema.json"] {
        let text = get(path).unwrap().to_lowercase();
        assert!(text.contains(&sentence), "{} does not say \"{}\"", path, sentence);
    }
}

#[test]
fn comments_go_and_lines_stay() {
    let yaml = "# a file\ntitle: A Client's # title\nsteps:   # two\n  - a -> hex: \"30 # 'x'\"\n  - b: c#d\n";
    let bare = "\ntitle: A Client's\nsteps:\n  - a -> hex: \"30 # 'x'\"\n  - b: c#d\n";
    assert_eq!(without_comments(yaml), bare);
}

#[test]
fn remarks_on_statements_go() {
    let yaml = "- id: X-1\n  probe: >-\n    Try\n    it.\n  says: It does.\n  note: Really.\n- id: X-2\n";
    let bare = "- id: X-1\n  probe: left out\n\n\n  says: It does.\n\n- id: X-2\n";
    assert_eq!(without_remarks(yaml), bare);
}
