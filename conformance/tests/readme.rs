//! The console blocks of the READMEs are what the program prints, and the picture of a failure is a real one.
//!
//! `MQTTSPEC_UPDATE=1 cargo test --test readme` draws the picture anew.

#[expect(dead_code, reason = "one answer is needed here")]
mod common;

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::fake::{Answer, fake};

/// `$ mqttspec ..` and the lines that it prints; `...` leaves some out. What needs a broker of the reader's, or prints
/// nothing worth showing, has no lines and is checked for its options only.
#[test]
fn console_blocks_are_what_the_program_prints() {
    let mut checked = 0;
    for file in ["README.md", "conformance/README.md", "broker-ref/README.md"] {
        let text = fs::read_to_string(root().join(file)).expect("readable");
        for (command, expected) in blocks(&text) {
            let Some(arguments) = command.strip_prefix("mqttspec ") else { continue };
            checked += 1;
            let arguments = words(arguments);
            if expected.is_empty() {
                assert!(is_understood(&arguments), "{file}: `{command}` is refused");
                continue;
            }
            let printed = printed(&arguments);
            assert!(fits(&expected, &printed), "{file}: `{command}` prints\n{}", printed.join("\n"));
        }
    }
    assert!(checked > 8, "only {checked} commands were found");
}

/// The lines of a console block, by command.
fn blocks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line, inside) {
            ("```console", false) => inside = true,
            ("```", true) => inside = false,
            (line, true) => match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => {
                    commands.push((command.split("  #").next().unwrap_or(command).to_owned(), Vec::new()))
                }
                (None, Some((command, lines))) if lines.is_empty() && command.ends_with('\\') => {
                    *command = format!("{}{}", command.trim_end_matches('\\'), line.trim());
                }
                (None, Some((_, lines))) => lines.push(line.to_owned()),
                (None, None) => {}
            },
            _ => {}
        }
    }
    commands
}

/// A command line without the shell: single and double quotes only.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for sign in text.trim().chars() {
        match (sign, quote) {
            ('\'' | '"', None) => quote = Some(sign),
            (sign, Some(open)) if sign == open => quote = None,
            (' ', None) => words.push(String::new()),
            (sign, _) => words.last_mut().expect("one at least").push(sign),
        }
    }
    words
}

/// Whether clap takes the options: a wrong one ends with a usage.
fn is_understood(arguments: &[String]) -> bool {
    let output = mqttspec(&[&["help"][..], &[arguments[0].as_str()]].concat());
    let help = output.join("\n");
    arguments.iter().filter(|argument| argument.starts_with("--")).all(|option| {
        let name = option.split('=').next().unwrap_or(option);
        help.contains(name) || help.contains("Commands:")
    })
}

/// What a command prints. A broker is stopped once it listens, on ports that are free.
fn printed(arguments: &[String]) -> Vec<String> {
    let plain: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if plain.first() != Some(&"broker") {
        return mqttspec(&plain);
    }
    let free: Vec<String> =
        arguments.iter().map(|argument| argument.replace(":8083", ":0").replace(":1883", ":0")).collect();
    let listeners = free.iter().filter(|argument| argument.as_str() == "--listen").count();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(&free)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines().take(listeners);
    let lines = lines.map(|line| line.expect("text")).collect();
    child.kill().expect("it runs");
    child.wait().expect("it has ended");
    lines
}

fn mqttspec(arguments: &[&str]) -> Vec<String> {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    assert!(start.elapsed() < Duration::from_secs(120), "took {:?}", start.elapsed());
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// Numbers differ from run to run where they are ports and times; all others must be the same.
fn fits(expected: &[String], printed: &[String]) -> bool {
    let mut printed = printed.iter().map(|line| settled(line)).peekable();
    let mut skipping = false;
    for line in expected {
        if line == "..." {
            skipping = true;
            continue;
        }
        let line = settled(line);
        let found = if skipping { printed.any(|other| other == line) } else { printed.next() == Some(line) };
        if !found {
            return false;
        }
        skipping = false;
    }
    skipping || printed.next().is_none()
}

/// Without ports, times and the run's letters.
fn settled(line: &str) -> String {
    let mut settled = String::new();
    for (index, word) in line.split(' ').enumerate() {
        let space = if index == 0 { "" } else { " " };
        let port = word.split_once("127.0.0.1:").map(|(before, after)| {
            let rest = after.trim_start_matches(|sign: char| sign.is_ascii_digit());
            format!("{before}127.0.0.1:1883{rest}")
        });
        let is_time = word.contains('.') && word.parse::<f64>().is_ok();
        settled.push_str(space);
        settled.push_str(&port.unwrap_or_else(|| if is_time { "0.000".to_owned() } else { word.to_owned() }));
    }
    settled
}

/// A broker that accepts a malformed SUBSCRIBE, drawn as the terminal shows it.
#[test]
fn the_picture_of_a_failure_is_what_the_program_prints() {
    let url = fake("mqtt", Answer::Deaf { v5: true });
    let case = "3.08-subscribe/malformed/without-payload";
    let output = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(["check", &url, "--mqtt-version", "v5", "--only", case])
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .output()
        .expect("the binary starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let start = text.find("\u{1b}[1m\u{1b}[31mFAIL").expect("a failure is shown");
    let end = text[start..].find("skipped").or_else(|| text[start..].find("statements tested")).expect("an end");
    let block: Vec<String> =
        text[start..start + end].trim_end().lines().map(|line| settled(&without_run(line))).collect();
    let drawn = anstyle_svg::Term::new().render_svg(&block.join("\n"));
    let file = root().join("conformance/report.svg");
    if env::var("MQTTSPEC_UPDATE").is_ok() {
        fs::write(&file, &drawn).expect("writable");
    }
    let kept = fs::read_to_string(&file).expect("readable");
    assert!(
        kept == drawn,
        "report.svg is not what is printed: MQTTSPEC_UPDATE=1 cargo test --test readme draws it anew"
    );
}

/// A Client Identifier begins with six letters and digits that are unique to the run, and is quoted if they begin with a
/// digit.
fn without_run(line: &str) -> String {
    const LETTERS: usize = 6;
    let Some((before, rest)) = line.split_once("client_id: ") else { return line.to_owned() };
    let (identifier, after) = rest.split_once(',').unwrap_or((rest, ""));
    let own = identifier.trim_matches('"').get(LETTERS..).unwrap_or_default();
    format!("{before}client_id: k3x9qa{own},{after}")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}
