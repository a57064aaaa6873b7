//! `mqttspec decode`

mod capture;
mod output;
mod stats;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    packet::{NotHex, Notation, read_pasted},
    pcap,
};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use mqttspec_codec::{Reject, Tolerated, Version};

use self::output::Output;
use super::{CliError, any_version};

#[derive(Debug, Args)]
#[command(after_help = NOTATIONS)]
pub(super) struct Decode {
    /// Packets in any notation below; `-` is standard input [default: read standard input]
    #[arg(value_name = "PACKETS", allow_hyphen_values = false)]
    hex: Vec<String>,
    /// Read the packets from this file; `-` is standard input. A pcap or pcapng file is recognised
    #[arg(long, value_name = "FILE", conflicts_with = "hex")]
    file: Option<PathBuf>,
    /// Decode the MQTT connections in this pcap or pcapng file, over TCP and WebSocket; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hex", "file", "lines", "raw", "as_hex", "dump", "base64"])]
    pcap: Option<PathBuf>,
    /// Read binary input
    #[arg(long, conflicts_with_all = ["hex", "lines", "as_hex", "dump", "base64"])]
    raw: bool,
    /// Read hex digits with any separators
    #[arg(long = "hex", conflicts_with_all = ["dump", "base64"])]
    as_hex: bool,
    /// Read a dump: lines of offset, hex, and perhaps text
    #[arg(long, conflicts_with_all = ["base64", "lines"])]
    dump: bool,
    /// Read base64
    #[arg(long)]
    base64: bool,
    /// Decode each line of the file or of standard input separately (not with PACKETS)
    #[arg(long, conflicts_with = "hex")]
    lines: bool,
    /// Version of MQTT; a CONNECT in the stream overrides it
    #[arg(long, value_name = "v3.1|v3.1.1|v5", value_parser = any_version, default_value = "v5")]
    mqtt_version: Version,
    /// Also reject what a receiver may, but need not, reject (comma-separated)
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = freedoms())]
    refuse: Vec<Reject>,
    /// Print counts by packet type, QoS and version instead of the packets
    #[arg(long)]
    stats: bool,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

impl Decode {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let is_refused = |freedom: &&Tolerated| self.refuse.iter().any(|set| set.contains(**freedom));
        let refused = Tolerated::ALL.iter().filter(is_refused).copied().collect();
        let mut output = Output::new(self.mqtt_version, refused, self.json, self.stats);
        match (self.pcap.as_ref().or(self.file.as_ref()), &self.hex[..]) {
            (None, [one]) if one == "-" => self.read(STANDARD_INPUT, io::stdin().lock(), &mut output)?,
            (None, [_, ..]) => {
                let bytes = read_pasted(self.hex.join(" ").as_bytes(), self.notation());
                output.stream(&bytes.map_err(|error| CliError(format!("arguments: {error}")))?, None);
            }
            (Some(path), _) if path != Path::new("-") => {
                let name = path.display().to_string();
                let file = File::open(path).map_err(|error| CliError(format!("cannot read {name}: {error}")))?;
                self.read(&name, BufReader::new(file), &mut output)?;
            }
            _ => self.read(STANDARD_INPUT, io::stdin().lock(), &mut output)?,
        }
        Ok(output.end())
    }

    fn read(&self, name: &str, mut input: impl BufRead, output: &mut Output) -> Result<(), CliError> {
        let unreadable = |error: io::Error| CliError(format!("cannot read {name}: {error}"));
        if self.lines {
            return self.lines(name, input, output).map_err(unreadable);
        }
        let mut text = Vec::new();
        input.read_to_end(&mut text).map_err(unreadable)?;
        if self.pcap.is_some() || (!self.raw && self.notation().is_none() && pcap::is_capture(&text)) {
            return capture::decode(name, &text, output);
        }
        match self.raw {
            true => output.stream(&text, None),
            false => {
                let bytes = read_pasted(&text, self.notation());
                output.stream(&bytes.map_err(|error| CliError(format!("{name}: {error}")))?, None);
            }
        }
        Ok(())
    }

    /// Decodes line by line, with only one line in memory.
    fn lines(&self, name: &str, mut input: impl BufRead, output: &mut Output) -> io::Result<()> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            if read == 0 || !output.is_open() {
                break;
            }
            if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
                input.skip_until(b'\n')?;
                let what = format!("a line has at most {LONGEST_LINE} characters; decode a longer one without --lines");
                output.not_hex(name, &NotHex { line: number, column: LONGEST_LINE, what });
                continue;
            }
            match read_pasted(&line, self.notation()) {
                Ok(bytes) => output.stream(&bytes, Some(number)),
                Err(error) => output.not_hex(name, &NotHex { line: number, ..error }),
            }
        }
        Ok(())
    }

    fn notation(&self) -> Option<Notation> {
        let chosen = [(self.as_hex, Notation::Hex), (self.dump, Notation::Dump), (self.base64, Notation::Base64)];
        chosen.into_iter().find_map(|(is_chosen, notation)| is_chosen.then_some(notation))
    }
}

/// Parses the names of optional violations, and `all`.
fn freedoms() -> impl TypedValueParser<Value = Reject> {
    let names = Tolerated::ALL.iter().map(|freedom| freedom.name());
    PossibleValuesParser::new(names.chain([ALL])).map(|name| match &name[..] {
        ALL => Reject::ALL,
        name => Tolerated::from_name(name).into_iter().collect(),
    })
}

const STANDARD_INPUT: &str = "standard input";
const ALL: &str = "all";
/// The maximum length of a line: the hex of 32 MiB of packets.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

const NOTATIONS: &str = r"Notations, which are recognised; an option is only needed if a text can be read in two ways:
  hex       C000   c0 00   c0:00   c0-00   0xC0, 0x00   \xc0\x00   {0xC0, 0x00}   [0xC0, 0x00]
  string    b'\xc0\x00' or '\xc0\x00', in any quotes, as programming languages write them
  dump      xxd, hexdump -C, od -A x -t x1, tcpdump -X, tshark -x, Wireshark: offset, hex, perhaps text
  base64    wAA=
  capture   a pcap or pcapng file, with --pcap, --file or from standard input

Exit code 0: all packets are legal; 1: one is malformed or, except in a capture, incomplete; 2: the input cannot be read.";
