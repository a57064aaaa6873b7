//! Instructions per packet, counted by callgrind and compared with limits: `cargo bench --bench instructions`.
//!
//! Unlike times, they are the same on a busy machine. The program runs itself under valgrind twice for each workload and
//! takes the difference, so setup and teardown do not count.

mod workloads;

use std::{
    env,
    hint::black_box,
    process::{Command, ExitCode, Stdio},
};

use workloads::{encode_all, workload};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", name, what, times] => run(name, what, times.parse().expect("a number")),
        // `cargo test --all-targets` starts it too
        arguments if !arguments.contains(&"--bench") => println!("not run: this is for cargo bench"),
        _ if !has_valgrind() => println!("NOT RUN: no valgrind"),
        _ => return compare(),
    }
    ExitCode::SUCCESS
}

/// Prints every count with its limit.
fn compare() -> ExitCode {
    let mut too_many = 0;
    println!("instructions per packet: counted, recorded, at most");
    for (name, what, recorded) in RECORDED {
        let counted = per_packet(name, what);
        let limit = recorded + recorded / 10 + 1;
        let verdict = if counted > limit { "TOO MANY" } else { "" };
        too_many += usize::from(counted > limit);
        println!("{name:7} {what:7} {counted:5} {recorded:5} {limit:5} {verdict}");
    }
    if too_many == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn per_packet(name: &'static str, what: &str) -> u64 {
    (count(name, what, 3) - count(name, what, 1)) / (2 * workload(name).packets)
}

/// The instructions of a whole process.
fn count(name: &str, what: &str, times: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program"))
        .args(["run", name, what, &times.to_string()])
        .output()
        .expect("valgrind starts");
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split("Collected :").nth(1));
    collected.unwrap_or_else(|| panic!("valgrind counted nothing: {text}")).trim().parse().expect("a number")
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The process that is counted.
fn run(name: &str, what: &str, times: u64) {
    let name = workloads::NAMES.into_iter().find(|known| *known == name).expect("a workload");
    let workload = workload(name);
    let packets = workload.decoded();
    let mut buffer = vec![0; 65_536];
    for _ in 0..times {
        let done = match what {
            "decode" => black_box(&workload).decode(),
            "encode" => encode_all(black_box(&packets), workload.version, &mut buffer) as u64,
            piece => black_box(&workload).split(piece.parse().expect("a number"), &mut buffer),
        };
        black_box(done);
    }
}

/// Workload; `decode`, `encode`, or decode in pieces of so many bytes; instructions per packet, recorded on x86-64 with
/// rustc 1.95. A change that needs fewer updates its number.
const RECORDED: [(&str, &str, u64); 17] = [
    ("pub3", "decode", 131),
    ("pub5", "decode", 456),
    ("con5", "decode", 777),
    ("sub5", "decode", 1144),
    ("ack3", "decode", 46),
    ("ack5", "decode", 46),
    ("pub3", "encode", 104),
    ("pub5", "encode", 195),
    ("con5", "encode", 532),
    ("sub5", "encode", 254),
    ("ack5", "encode", 34),
    ("mixed3", "decode", 105),
    ("mixed5", "decode", 176),
    ("mixed5", "encode", 112),
    ("mixed5", "1460", 250),
    ("mixed5", "7", 817),
    ("mixed5", "1", 4036),
];
