//! `mqttspec encode`

use std::{
    io::{self, BufRead, Write},
    process::ExitCode,
};

use crate::{packet::hex, vector::encode};
use clap::Args;
use mqttspec_codec::Version;

use super::{COULD_NOT_RUN, CliError, any_version};

#[derive(Debug, Args)]
pub(super) struct Encode {
    /// Packets such as 'PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: m}' [default: read standard input, one
    /// packet per line]
    packets: Vec<String>,
    /// Version of MQTT
    #[arg(long, value_name = "v3.1|v3.1.1|v5", value_parser = any_version, default_value = "v5")]
    mqtt_version: Version,
}

impl Encode {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let mut output = Output { out: io::stdout().lock(), version: self.mqtt_version, code: 0 };
        if self.packets.is_empty() {
            for (number, line) in (1..).zip(io::stdin().lock().lines()) {
                let line = line.map_err(|error| CliError(format!("cannot read standard input: {error}")))?;
                if !line.trim().is_empty() && !output.write("standard input", number, &line) {
                    break;
                }
            }
        } else {
            for (number, packet) in (1..).zip(&self.packets) {
                if !output.write(&format!("argument {number}"), 1, packet) {
                    break;
                }
            }
        }
        Ok(ExitCode::from(output.code))
    }
}

struct Output {
    out: io::StdoutLock<'static>,
    version: Version,
    code: u8,
}

impl Output {
    /// Prints one line of hex, or the mistake. Returns `false` if standard output is closed.
    fn write(&mut self, name: &str, line: u64, text: &str) -> bool {
        match encode(text, self.version) {
            Ok(bytes) => writeln!(self.out, "{}", hex(&bytes)).is_ok(),
            Err(mut error) => {
                error.place.file = name.into();
                error.place.line += line - 1;
                eprintln!("mqttspec: {error}");
                self.code = COULD_NOT_RUN;
                true
            }
        }
    }
}
