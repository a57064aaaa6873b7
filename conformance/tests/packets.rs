//! Runs each case of `vectors/packets` as a test with its own name: `packets::v5::subscribe/one-filter`.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use mqttspec::{
    packet::PacketStream,
    vector::{Expected, PacketCase, PacketLibrary, encode},
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let library: &'static PacketLibrary = match PacketLibrary::embedded() {
        Ok(library) => Box::leak(Box::new(library)),
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("{error}"));
            return ExitCode::FAILURE;
        }
    };
    let trials = library.cases().map(|case| {
        let name = format!("packets::{}::{}", case.version, case.id);
        Trial::test(name, move || case.check().and_then(|()| prints_itself(case)).map_err(Failed::from))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Checks that `encode` reads the output of `decode`, and that `decode` prints the same for the resulting bytes.
fn prints_itself(case: &PacketCase) -> Result<(), String> {
    let print = |bytes: &[u8]| -> Vec<String> {
        let parts = PacketStream::new(bytes, case.version).filter(|part| part.is_packet());
        parts.flat_map(|part| part.lines()).collect()
    };
    let [text] = &print(&case.bytes)[..] else { return Ok(()) };
    let encoded = encode(text, case.version).map_err(|error| format!("{text}\n{error}"))?;
    if matches!(case.expected, Expected::Packet(..)) && encoded != case.bytes {
        return Err(format!("{text}\nis encoded to {encoded:02X?}"));
    }
    match &print(&encoded)[..] {
        [again] if again == text => Ok(()),
        other => Err(format!("{text}\nis encoded to {encoded:02X?}, which prints {other:?}")),
    }
}
