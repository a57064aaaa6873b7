//! See the library.

use std::process::ExitCode;

use mqttspec_codec_peers::{malformed, times};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => times::print(),
        ["malformed"] => malformed::print(false),
        ["malformed", "--list"] => malformed::print(true),
        _ => {
            eprintln!("nothing for times, or `malformed`, or `malformed --list`");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
