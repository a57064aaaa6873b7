//! What `mqttspec decode` prints.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use mqttspec_codec::{Reject, Version};
use serde_json::json;

use super::stats::Stats;
use crate::{
    cli::COULD_NOT_RUN,
    packet::{Found, NotHex, PacketStream},
};

/// Prints to standard output, and remembers the exit code.
pub(super) struct Output {
    out: io::StdoutLock<'static>,
    pub(super) version: Version,
    pub(super) refused: Reject,
    pub(super) json: bool,
    /// Counts instead of packets.
    pub(super) stats: Option<Stats>,
    code: u8,
    /// Whether standard output is still open: `mqttspec decode | head` is not an error.
    open: bool,
}

impl Output {
    pub(super) fn new(version: Version, refused: Reject, json: bool, stats: bool) -> Self {
        let out = io::stdout().lock();
        Output { out, version, refused, json, stats: stats.then(Stats::default), code: 0, open: true }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Decodes a stream, that of a line if there is one.
    pub(super) fn stream(&mut self, bytes: &[u8], line: Option<u64>) {
        for part in PacketStream::new(bytes, self.version).refusing(self.refused) {
            if !self.open {
                break;
            }
            self.found(&part.found, true);
            if let Some(stats) = &mut self.stats {
                stats.add(&part);
                continue;
            }
            if self.json {
                let mut object = part.json();
                if let Some(line) = line {
                    object["line"] = json!(line);
                }
                self.print(&object.to_string());
                continue;
            }
            let place = line.filter(|_| !part.is_packet()).map_or(String::new(), |line| format!("line {line}: "));
            for (index, text) in part.lines().into_iter().enumerate() {
                self.print(&format!("{}{text}", if index == 0 { &place[..] } else { "" }));
            }
        }
    }

    /// Notes what a part means for the exit code.
    pub(super) fn found(&mut self, found: &Found<'_>, is_complete: bool) {
        let is_wrong = match found {
            Found::Packet(_) => false,
            Found::Malformed(_) => true,
            Found::Incomplete { .. } => is_complete,
        };
        if is_wrong {
            self.code = self.code.max(MALFORMED);
        }
    }

    /// Reports a line that is not hex. The other lines are still decoded.
    pub(super) fn not_hex(&mut self, name: &str, error: &NotHex) {
        self.cannot_read(&format!("{name}: {error}"));
        if self.json {
            let text = format!("not hex: {}", error.what);
            let object =
                json!({"ok": false, "kind": "not_hex", "line": error.line, "column": error.column, "text": text});
            self.print(&object.to_string());
        }
    }

    /// Reports an input that cannot be read to its end.
    pub(super) fn cannot_read(&mut self, why: &str) {
        self.code = COULD_NOT_RUN;
        eprintln!("mqttspec: {why}");
    }

    pub(super) fn print(&mut self, line: &str) {
        self.open = self.open && writeln!(self.out, "{line}").is_ok();
    }

    /// Prints the counts, if they are wanted.
    pub(super) fn end(mut self) -> ExitCode {
        match self.stats.take() {
            Some(stats) if self.json => self.print(&stats.json().to_string()),
            Some(stats) => stats.lines().iter().for_each(|line| self.print(line)),
            None => {}
        }
        ExitCode::from(self.code)
    }
}

const MALFORMED: u8 = 1;
