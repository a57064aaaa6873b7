//! Loads every vector below a folder and prints all mistakes: `cargo run --example load [folder]`.

use std::{path::Path, process::ExitCode};

use mqttspec::vector::Library;

fn main() -> ExitCode {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "vectors/exchange".to_owned());
    match Library::load(Path::new(&folder)) {
        Ok(library) => {
            println!("{} cases", library.cases().count());
            if std::env::args().any(|argument| argument == "--list") {
                library.cases().for_each(|case| println!("{} {}", case.version, case.id));
            }
            ExitCode::SUCCESS
        }
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("{error}\n"));
            eprintln!("{} mistakes", errors.len());
            ExitCode::FAILURE
        }
    }
}
