//! `mqttspec.toml`: what is in it, where it is found, and what goes before it.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use tempfile::TempDir;

/// A folder with a configuration.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(configuration: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("mqttspec.toml", configuration);
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn check(&self, arguments: &[&str]) -> Run {
        self.check_with(arguments, &[])
    }

    fn check_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        run(self.folder.path(), arguments, variables)
    }

    /// The dry run fails, and says so in one line.
    fn refused(&self, fragments: &[&str]) {
        let run = self.check(&["--dry-run"]);
        assert_eq!((run.code, run.error.lines().count()), (Some(2), 1), "{}", run.error);
        assert!(run.text.is_empty(), "{}", run.text);
        for fragment in fragments {
            assert!(run.error.contains(fragment), "{fragment:?} is not in {:?}", run.error);
        }
    }
}

struct Run {
    code: Option<i32>,
    text: String,
    error: String,
}

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
    command.arg("check").args(arguments).envs(variables.iter().copied()).env("NO_COLOR", "1").current_dir(folder);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), text: text(stdout), error: text(stderr) }
}

#[test]
fn options_come_from_the_file_in_the_current_directory() {
    let project = Project::new("urls = ['mqtt://127.0.0.1:1', 'ws://127.0.0.1:2/mqtt']\nonly = '3.12'\njobs = 3\n");
    let run = project.check(&["--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.error);
    assert_eq!(run.error, "mqttspec: options from mqttspec.toml: jobs, only, urls\n");
    assert!(run.text.contains("on mqtt://127.0.0.1:1\n") && run.text.contains("on ws://127.0.0.1:2/mqtt\n"));
    assert!(run.text.contains("3.12-pingreq") && !run.text.contains("3.10-"), "{}", run.text);
}

#[test]
fn flags_go_before_variables_and_these_before_the_file() {
    let project = Project::new("urls = 'mqtt://127.0.0.1:1'\nonly = '3.12'\nfail-fast = true\n");
    let run = project.check_with(&["--dry-run"], &[("MQTTSPEC_URLS", "mqtt://127.0.0.1:2")]);
    assert!(run.text.contains("on mqtt://127.0.0.1:2\n") && !run.text.contains("127.0.0.1:1"), "{}", run.text);
    assert_eq!(run.error, "mqttspec: options from mqttspec.toml: fail-fast, only; given otherwise: urls\n");
    let variables = [("MQTTSPEC_URLS", "mqtt://127.0.0.1:2"), ("MQTTSPEC_FAIL_FAST", "0")];
    let run = project.check_with(&["--dry-run", "--only", "3.10", "mqtt://127.0.0.1:3"], &variables);
    assert!(run.text.contains("on mqtt://127.0.0.1:3\n") && !run.text.contains("127.0.0.1:2"), "{}", run.text);
    assert!(run.text.contains("3.10-") && !run.text.contains("3.12-"), "{}", run.text);
    assert_eq!(run.error, "mqttspec: options from mqttspec.toml: none; given otherwise: fail-fast, only, urls\n");
}

/// `--strict` and `--update-baseline` exclude each other; the flag is meant, not an error.
#[test]
fn a_flag_goes_before_what_it_excludes() {
    let project = Project::new("strict = true\nbaseline = 'known.yaml'\nonly = '3.12-pingreq'\n");
    let run = project.check(&["--update-baseline"]);
    assert_eq!(run.code, Some(0), "{}", run.error);
    assert!(run.error.contains("baseline, only; given otherwise: strict\n"), "{}", run.error);
    assert!(run.text.contains("known.yaml has 0 entries now"), "{}", run.text);
}

#[test]
fn another_file_is_named_and_none_can_be_asked_for() {
    let project = Project::new("only = '3.12'\n");
    project.write("ci/fast.toml", "only = '3.10'\n");
    let other = project.check(&["--dry-run", "--config", "ci/fast.toml"]);
    assert!(other.text.contains("3.10-") && !other.text.contains("3.12-"), "{}", other.text);
    assert_eq!(other.error, "mqttspec: options from ci/fast.toml: only\n");
    let other = project.check_with(&["--dry-run"], &[("MQTTSPEC_CONFIG", "ci/fast.toml")]);
    assert_eq!(other.error, "mqttspec: options from ci/fast.toml: only\n");
    let none = project.check(&["--dry-run", "--no-config"]);
    assert!(none.text.contains("3.10-") && none.text.contains("3.12-") && none.error.is_empty(), "{}", none.error);
    let missing = project.check(&["--dry-run", "--config", "missing.toml"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.error.starts_with("mqttspec: cannot read the configuration missing.toml: "), "{}", missing.error);
}

#[test]
fn paths_are_relative_to_the_file() {
    let project = Project::new("");
    project.write(
        "ci/mqttspec.toml",
        "baseline = 'known.yaml'\nreport = ['json=out/report.json', 'badge=-']\nonly = '3.12'\n",
    );
    project.write("ci/known.yaml", "expected:\n  - case: 3.12-pingreq\n    flaky: true\n    reason: on purpose\n");
    fs::create_dir(project.path("ci/out")).unwrap();
    let run = project.check(&["--config", "ci/mqttspec.toml"]);
    assert_eq!(run.code, Some(0), "{}", run.error);
    assert!(project.path("ci/out/report.json").is_file());
    assert!(run.text.starts_with("<svg"), "{}", run.text);
    let inside = project.path("ci");
    fs::remove_file(project.path("ci/out/report.json")).unwrap();
    let here = run_in(&inside);
    assert_eq!(here.code, Some(0), "{}", here.error);
    assert!(project.path("ci/out/report.json").is_file());
}

fn run_in(folder: &Path) -> Run {
    run(folder, &[], &[])
}

#[test]
fn unknown_keys_have_a_place_and_a_suggestion() {
    Project::new("# ours\n\nbaselin = 'x'\n")
        .refused(&["mqttspec.toml:3:1: unknown key `baselin`; did you mean `baseline`?"]);
    Project::new("user_name = 'x'\n")
        .refused(&["mqttspec.toml:1:1: unknown key `user_name`; did you mean `user-name`?"]);
    Project::new("url = 'x'\n").refused(&["unknown key `url`; did you mean `urls`?"]);
    Project::new("[check]\njobs = 1\n").refused(&[":1:2: unknown key `check`; the keys are the long options"]);
    Project::new("config = 'x'\n").refused(&["`config` cannot be set in the configuration itself"]);
}

#[test]
fn wrong_types_and_values_have_a_place() {
    let line = |text: &str, fragment: &str| Project::new(text).refused(&[fragment]);
    line("jobs = '8'", "mqttspec.toml:1:8: `jobs` is wrong: expected a decimal number, found a string");
    line("only = '3.12'\nbaseline = 3", "mqttspec.toml:2:12: `baseline` is wrong: expected a string, found a number");
    line("strict = 'yes'", ":1:10: `strict` is wrong: expected true or false, found a string");
    line("baseline = ['a', 'b']", "`baseline` is wrong: expected a string, found an array");
    line("only = ['3.12', 5]", ":1:17: `only` is wrong: expected a string or an array of strings, found a number");
    line("jobs = 0x10", "expected a decimal number, found a number that is not decimal");
    line("jobs = 0", "mqttspec.toml:1:8: `jobs`: invalid value '0' for '--jobs <N>': 0 is not in 1..=1024");
    line("timeout = '5'", ":1:11: `timeout`: invalid value '5' for '--timeout <TIME>': expected a time such as 500ms");
    line("jobs = \n", "mqttspec.toml:1:8: not TOML: ");
    line("jobs = 1\njobs = 2\n", "mqttspec.toml:2:1: not TOML: duplicate key");
    line("ca = 'a'\ninsecure = true\n", "mqttspec.toml: the argument '--ca <FILE>' cannot be used with '--insecure'");
}

#[test]
fn passwords_are_in_a_file_of_their_own() {
    Project::new("user-name = 'a'\npassword = 'secret'\n").refused(&["mqttspec.toml:2:1: a password does not belong"]);
    let run = Project::new("password = 'secret'\n").check(&[]);
    assert!(!run.error.contains("secret"), "{}", run.error);
    let project = Project::new("user-name = 'alice'\npassword-file = 'secrets/alice'\nurls = 'mqtt://127.0.0.1:1'\n");
    let run = project.check(&[]);
    assert!(run.error.contains("cannot read the password in secrets/alice: "), "{}", run.error);
    project.write("secrets/alice", "wonderland\n");
    let run = project.check(&[]);
    assert!(run.error.contains("is the broker running?"), "{}", run.error);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mqtt://{}", listener.local_addr().unwrap());
    let connect = thread::spawn(move || {
        let mut bytes = [0; 4096];
        let (mut stream, _) = listener.accept().unwrap();
        let len = stream.read(&mut bytes).unwrap();
        bytes[..len].to_vec()
    });
    assert_eq!(project.check(&[&url]).code, Some(2));
    let connect = connect.join().unwrap();
    assert!(connect.ends_with(b"\0\x05alice\0\x0Awonderland"), "{connect:?}");
    // a variable goes first
    let run = project.check_with(&[], &[("MQTTSPEC_PASSWORD", "other")]);
    assert!(run.error.contains("user-name; given otherwise: password-file\n"), "{}", run.error);
}
