//! How much the core does in one go where a peer has made a lot to do: the most instructions of one call of
//! `handle_event` or `handle_timeout`, which no connection can be served within.
//!
//! Each scenario is set up first; what happens then goes through [`step`], and callgrind counts the calls of that
//! function one by one.

mod scenarios;
mod world;

use std::{env, fs, path::Path, process::Command};

pub(crate) use scenarios::{SCENARIOS, run};

/// Prints the largest step of each scenario, at two sizes, beside the limit of a step. Returns how many exceed it.
pub(crate) fn compare(only: Option<&str>) -> usize {
    let mut too_many = 0;
    println!("instructions of the largest step, and how many steps there are: at a size, and at twice that size");
    for (name, size) in SCENARIOS {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let [once, twice] = [size, 2 * size].map(|size| largest(name, size));
        let verdict = if once.0.max(twice.0) > LIMIT { "TOO MANY" } else { "" };
        too_many += usize::from(!verdict.is_empty());
        println!("{name:12} {size:6} {:12} of {:4} {:12} of {:4} {verdict}", once.0, once.1, twice.0, twice.1);
    }
    too_many
}

/// The instructions of the largest step, and the number of steps.
fn largest(name: &str, size: usize) -> (u64, usize) {
    let folder = env::temp_dir().join(format!("mqttspec-steps-{}-{name}-{size}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for callgrind");
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=instructions::steps::world::step",
            "--dump-after=instructions::steps::world::step",
        ])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(env::current_exe().expect("this program"))
        .args(["step", name, &size.to_string()])
        .output()
        .expect("valgrind starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let steps: Vec<u64> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|file| total(&file.expect("a file").path()))
        .filter(|instructions| *instructions > 0)
        .collect();
    fs::remove_dir_all(&folder).expect("the folder is ours");
    (steps.iter().copied().max().expect("callgrind counted nothing"), steps.len())
}

/// The sum that callgrind writes at the end of a dump.
fn total(dump: &Path) -> u64 {
    let text = fs::read_to_string(dump).expect("a dump");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    total.map_or(0, |total| total.trim().parse().expect("a number"))
}

/// 5 ms at three instructions a nanosecond.
const LIMIT: u64 = 15_000_000;
