//! What `conformance/dist` packs: completions and manual pages that know every command, and files that repeat no version.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&mqttspec(&["completions", shell]));
        for command in commands() {
            assert!(script.contains(&command), "the script for {shell} does not know {command}");
        }
        assert!(script.contains("baseline"), "the script for {shell} does not know --baseline");
    }
}

#[test]
fn unknown_shell_is_refused() {
    let output = mqttspec(&["completions", "csh"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("possible values: bash, elvish, fish, powershell, zsh"));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man/man1");
    let output = mqttspec(&["man", pages.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let main = fs::read_to_string(pages.join("mqttspec.1")).unwrap();
    for command in commands() {
        let page = fs::read_to_string(pages.join(format!("mqttspec-{command}.1"))).unwrap();
        assert!(page.contains(".SH OPTIONS"), "{command} has no options in its page");
        assert!(
            main.contains(&format!("mqttspec\\-{}(1)", command.replace('-', "\\-"))),
            "mqttspec.1 does not name {command}"
        );
    }
    assert!(fs::read_to_string(pages.join("mqttspec-check.1")).unwrap().contains("\\-\\-baseline"));
}

#[test]
fn manual_pages_that_cannot_be_written_are_reported() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = mqttspec(&["man", file.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(why.contains(&format!("cannot write manual pages to {}", file.path().display())), "{why}");
}

/// The version stands in Cargo.toml alone, and is filled in.
#[test]
fn no_file_of_the_distribution_repeats_the_version() {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("dist"));
    assert!(files.len() > 15, "only {} files were found", files.len());
    for file in files {
        let repeated = fs::read_to_string(&file).unwrap().contains(env!("CARGO_PKG_VERSION"));
        assert!(!repeated, "{} has the version: write @VERSION@, or read it from Cargo.toml", file.display());
    }
}

/// The commands that `mqttspec --help` lists.
fn commands() -> Vec<String> {
    let help = text(&mqttspec(&["--help"]));
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let commands: Vec<String> = names.map(str::to_owned).collect();
    assert!(commands.contains(&"completions".to_owned()) && commands.contains(&"man".to_owned()), "{commands:?}");
    commands
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn mqttspec(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mqttspec")).args(arguments).output().expect("the binary starts")
}
