//! Prints a file, or without an argument the path of each: `cargo run --example show -- packets/subscribe.yaml`.

fn main() {
    if let Some(path) = std::env::args().nth(1) {
        match mqttspec_vectors::get(&path) {
            Some(text) => print!("{}", text),
            None => {
                eprintln!("show: no file {}; without an argument all paths are listed", path);
                std::process::exit(1);
            }
        }
    } else {
        println!("vector language, version {}", mqttspec_vectors::LANGUAGE_VERSION);
        mqttspec_vectors::files().iter().for_each(|file| println!("{}", file.path));
    }
}
