//! `mqttspec broker passwd` writes the users file, and `mqttspec broker --users` enforces it.

#[path = "common/typed.rs"]
mod typed;

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use typed::typed;

/// Runs a command that succeeds, and returns its output.
fn said(arguments: &[&str], input: &str) -> String {
    let output = typed(arguments, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that fails, and returns its one-line message.
fn refused(arguments: &[&str], input: &str) -> String {
    let output = typed(arguments, input);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn passwd_changes_one_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.toml");
    let file = path.to_str().unwrap();
    let passwd = |user| said(&["broker", "passwd", file, user, "--stdin"], "secret\n");
    assert!(passwd("alice").starts_with(&format!("added alice to {file}")));
    assert_eq!(mode(&path), 0o600);
    let with_alice = fs::read_to_string(&path).unwrap();
    assert!(!with_alice.contains("secret"));
    assert!(with_alice.contains("argon2 = \"$argon2id$") && with_alice.contains("scram_sha_256 = \"SCRAM-SHA-256$"));

    fs::write(&path, with_alice.replace("publish = []", "publish = ['#'] # all")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    passwd("bob");
    assert_eq!(passwd("alice"), format!("changed the password of alice in {file}\n"));
    assert_eq!(mode(&path), 0o640);
    let both = fs::read_to_string(&path).unwrap();
    assert!(both.contains("publish = ['#'] # all") && both.contains("[users.bob]"), "{both}");
    assert_ne!(both.lines().nth(1), with_alice.lines().nth(1), "another salt");

    said(&["broker", "passwd", file, "bob", "--delete"], "");
    assert!(!fs::read_to_string(&path).unwrap().contains("bob"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn passwd_does_not_change_the_file_after_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.toml");
    let file = path.to_str().unwrap();
    let passwd = |more, input| refused(&["broker", "passwd", file, "alice", more], input);
    assert!(passwd("--stdin", "\n").contains("cannot use this password: it is empty"));
    assert!(passwd("--delete", "").contains("has no user \"alice\""));
    assert!(!path.exists());
    fs::write(&path, "[users.bob]\nsubscribe = 5\n").unwrap();
    let place = format!("{file}:2:13: users.bob.subscribe: expected Topic Filters");
    assert!(passwd("--stdin", "secret").contains(&place));
    assert!(refused(&["broker", "--users", file, "--listen", "mqtt://127.0.0.1:0"], "").contains(&place));
    assert_eq!(fs::read_to_string(&path).unwrap(), "[users.bob]\nsubscribe = 5\n");
    let nowhere = folder.path().join("none/users.toml");
    assert!(refused(&["broker", "--users", nowhere.to_str().unwrap()], "").contains("cannot read"));
}

#[test]
fn broker_accepts_only_users_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.toml");
    let file = path.to_str().unwrap();
    said(&["broker", "passwd", file, "alice", "--stdin"], "secret");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("= []", "= ['#']")).unwrap();
    said(&["broker", "passwd", file, "carol", "--stdin"], "secret");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("subscribe = []", "subscribe = ['#']")).unwrap();
    said(&["broker", "passwd", file, "bob", "--stdin"], "secret");
    let mut broker = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(["broker", "--users", file, "--listen", "mqtt://127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    BufReader::new(broker.stdout.take().expect("piped")).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").expect("the promised line");
    let check = |more: &[&str]| {
        let arguments = [&["check", url, "--only", "3.12-pingreq", "--mqtt-version", "v5"], more].concat();
        let output = typed(&arguments, "");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let report = format!("json-full={}", folder.path().join("report.json").display());
    let ends = [
        check(&["--user-name", "alice", "--password", "secret", "--report", &report]),
        check(&["--user-name", "alice", "--password", "other"]),
        check(&[]),
        check(&["--user-name", "bob", "--password", "secret"]),
        check(&["--user-name", "carol", "--password", "secret"]),
    ];
    let alice = ["--user-name", "alice", "--password", "secret"];
    let scram = typed(&[&["check", url, "--only", "4.12-enhanced-authentication/scram"][..], &alice].concat(), "");
    let _ = broker.kill();
    let _ = broker.wait();
    let scram = String::from_utf8(scram.stdout).unwrap();
    assert!(scram.contains(": 20 passed, 0 failed in "), "{scram}");
    assert_eq!(ends.each_ref().map(|(code, _)| *code), [Some(0), Some(2), Some(2), Some(2), Some(2)]);
    let report = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(report.contains("password: ******") || report.contains(r#"password: \"******\""#), "{report}");
    assert!(!report.contains("secret") && !report.contains("736563726574"), "{report}");
    assert!(ends[3].1.contains("user bob may not subscribe"), "{}", ends[3].1);
    assert!(ends[4].1.contains("user carol may not publish"), "{}", ends[4].1);
}
