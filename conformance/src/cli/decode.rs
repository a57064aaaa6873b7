//! `mqttspec decode`

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::packet::{HexReader, NotHex, PacketStream};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use mqttspec_codec::{Reject, Tolerated, Version};
use serde_json::json;

use super::{COULD_NOT_RUN, CliError, any_version};

#[derive(Debug, Args)]
pub(super) struct Decode {
    /// Packets in hex; spaces are ignored [default: read standard input]
    hex: Vec<String>,
    /// Read the packets from this file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "hex")]
    file: Option<PathBuf>,
    /// Read binary input instead of hex
    #[arg(long, conflicts_with_all = ["hex", "lines"])]
    raw: bool,
    /// Decode each line of the file or of standard input separately (not with HEX)
    #[arg(long, conflicts_with = "hex")]
    lines: bool,
    /// Version of MQTT; a CONNECT in the stream overrides it
    #[arg(long, value_name = "v3.1|v3.1.1|v5", value_parser = any_version, default_value = "v5")]
    mqtt_version: Version,
    /// Also reject what a receiver may, but need not, reject (comma-separated)
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = freedoms())]
    refuse: Vec<Reject>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

impl Decode {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let is_refused = |freedom: &&Tolerated| self.refuse.iter().any(|set| set.contains(**freedom));
        let mut output = Output {
            out: io::stdout().lock(),
            version: self.mqtt_version,
            refused: Tolerated::ALL.iter().filter(is_refused).copied().collect(),
            json: self.json,
            code: 0,
            open: true,
        };
        match (&self.file, self.hex.is_empty()) {
            (_, false) => {
                let bytes = bytes(self.hex.join(" ").as_bytes());
                output.stream(&bytes.map_err(|error| CliError(format!("arguments: {error}")))?, None);
            }
            (Some(path), _) if path != Path::new("-") => {
                let name = path.display().to_string();
                let file = File::open(path).map_err(|error| CliError(format!("cannot read {name}: {error}")))?;
                self.read(&name, BufReader::new(file), &mut output)?;
            }
            _ => self.read("standard input", io::stdin().lock(), &mut output)?,
        }
        Ok(ExitCode::from(output.code))
    }

    fn read(&self, name: &str, mut input: impl BufRead, output: &mut Output) -> Result<(), CliError> {
        let unreadable = |error: io::Error| CliError(format!("cannot read {name}: {error}"));
        if self.lines {
            return lines(name, input, output).map_err(unreadable);
        }
        let mut text = Vec::new();
        input.read_to_end(&mut text).map_err(unreadable)?;
        match self.raw {
            true => output.stream(&text, None),
            false => output.stream(&bytes(&text).map_err(|error| CliError(format!("{name}: {error}")))?, None),
        }
        Ok(())
    }
}

/// Decodes line by line, with only one line in memory.
fn lines(name: &str, mut input: impl BufRead, output: &mut Output) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 || !output.open {
            break;
        }
        if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            input.skip_until(b'\n')?;
            let what = format!("a line has at most {LONGEST_LINE} characters; decode a longer one without --lines");
            output.not_hex(name, &NotHex { line: number, column: LONGEST_LINE, what });
            continue;
        }
        match bytes(&line) {
            Ok(bytes) => output.stream(&bytes, Some(number)),
            Err(error) => output.not_hex(name, &NotHex { line: number, ..error }),
        }
    }
    Ok(())
}

/// Parses the names of optional violations, and `all`.
fn freedoms() -> impl TypedValueParser<Value = Reject> {
    let names = Tolerated::ALL.iter().map(|freedom| freedom.name());
    PossibleValuesParser::new(names.chain([ALL])).map(|name| match &name[..] {
        ALL => Reject::ALL,
        name => Tolerated::from_name(name).into_iter().collect(),
    })
}

fn bytes(text: &[u8]) -> Result<Vec<u8>, NotHex> {
    let mut digits = HexReader::default();
    digits.read(text)?;
    digits.end()
}

struct Output {
    out: io::StdoutLock<'static>,
    version: Version,
    refused: Reject,
    json: bool,
    code: u8,
    /// Whether standard output is still open: `mqttspec decode | head` is not an error.
    open: bool,
}

impl Output {
    fn stream(&mut self, bytes: &[u8], line: Option<u64>) {
        for part in PacketStream::new(bytes, self.version).refusing(self.refused) {
            if !part.is_packet() {
                self.code = self.code.max(MALFORMED);
            }
            if self.json {
                self.print(&part.json(line));
                continue;
            }
            let place = line.filter(|_| !part.is_packet()).map_or(String::new(), |line| format!("line {line}: "));
            for (index, text) in part.lines().into_iter().enumerate() {
                self.print(&format!("{}{text}", if index == 0 { &place[..] } else { "" }));
            }
        }
    }

    /// Reports a line that is not hex. The other lines are still decoded.
    fn not_hex(&mut self, name: &str, error: &NotHex) {
        self.code = COULD_NOT_RUN;
        eprintln!("mqttspec: {name}: {error}");
        if self.json {
            let text = format!("not hex: {}", error.what);
            let object =
                json!({"ok": false, "kind": "not_hex", "line": error.line, "column": error.column, "text": text});
            self.print(&object.to_string());
        }
    }

    fn print(&mut self, line: &str) {
        self.open = self.open && writeln!(self.out, "{line}").is_ok();
    }
}

const ALL: &str = "all";
const MALFORMED: u8 = 1;
/// The maximum length of a line: the hex of 32 MiB of packets.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;
