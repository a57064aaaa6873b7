//! `mqttspec decode --pcap`

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::output::Output;
use crate::{
    cli::CliError,
    packet::Part,
    pcap::{Capture, Conversation, End, Event, Heard, Ignored, Kind, Side},
};

/// Decodes every connection of a capture, one after another.
pub(super) fn decode(name: &str, file: &[u8], output: &mut Output) -> Result<(), CliError> {
    let capture = Capture::read(file).map_err(|error| CliError(format!("{name}: {error}")))?;
    let mut first = None;
    for (number, conversation) in (1..).zip(capture.conversations()) {
        if !output.is_open() {
            break;
        }
        let zero = *first.get_or_insert(conversation.opened.at);
        Shown { number, conversation: &conversation, zero, output }.all();
    }
    for note in notes(&capture.ignored, first.is_some()) {
        match (&mut output.stats, output.json) {
            (Some(stats), _) => stats.notes.push(note),
            (None, true) => output.print(&json!({"ok": false, "kind": "note", "text": note}).to_string()),
            (None, false) => output.print(&note),
        }
    }
    if let Some(broken) = &capture.broken {
        output.cannot_read(&format!("{name}: {broken}; what comes before it was decoded"));
    }
    Ok(())
}

/// A connection on its way to the output.
struct Shown<'a> {
    number: u64,
    conversation: &'a Conversation,
    /// When the capture begins.
    zero: Duration,
    output: &'a mut Output,
}

impl Shown<'_> {
    fn all(&mut self) {
        let conversation = self.conversation;
        self.heading();
        if matches!(conversation.kind, Kind::Other(_)) {
            return;
        }
        for heard in conversation.events(self.output.version, self.output.refused) {
            if !self.output.is_open() {
                break;
            }
            match &heard.event {
                Event::Part(part) => self.part(&heard, part),
                Event::Gap { missing, undecoded } => {
                    if let Some(stats) = &mut self.output.stats {
                        stats.missing = stats.missing.saturating_add(*missing);
                        stats.undecoded += undecoded;
                    }
                    self.other(&heard);
                }
                Event::Trouble(_) | Event::Closed(_) => self.other(&heard),
            }
        }
    }

    fn heading(&mut self) {
        let Conversation { client, server, kind, is_whole, .. } = self.conversation;
        let (protocol, mut text) = match kind {
            Kind::Mqtt => ("mqtt", "MQTT".to_owned()),
            Kind::WebSocket => ("websocket", "MQTT over WebSocket".to_owned()),
            Kind::Other(why) => ("other", format!("not decoded: {why}")),
        };
        if !is_whole && protocol != "other" {
            text += "; the capture begins inside this connection, so the first packets may be misread";
        }
        if let Some(stats) = &mut self.output.stats {
            *stats.connections.get_or_insert_default().entry(protocol).or_default() += 1;
        } else if self.output.json {
            let object = json!({
                "ok": true, "kind": "connection", "connection": self.number, "client": client.to_string(),
                "server": server.to_string(), "protocol": protocol, "whole": is_whole,
                "at": seconds(self.conversation.opened.at), "text": text,
            });
            self.output.print(&object.to_string());
        } else {
            self.output.print(&format!("connection {}: {client} -> {server}, {text}", self.number));
        }
    }

    fn part(&mut self, heard: &Heard<'_>, part: &Part<'_>) {
        // a capture may end anywhere
        self.output.found(&part.found, false);
        if let Some(stats) = &mut self.output.stats {
            stats.add(part);
        } else if self.output.json {
            self.object(heard, part.json());
        } else {
            self.lines(heard, &part.lines());
        }
    }

    /// Bytes, or an event of the connection, that are not a packet.
    fn other(&mut self, heard: &Heard<'_>) {
        let (text, mut object) = match &heard.event {
            Event::Part(_) => return,
            Event::Gap { missing, undecoded } => {
                let lost = match undecoded {
                    0 => String::new(),
                    _ => format!(
                        "; the {undecoded} bytes after them are not decoded, since no packet is known to begin there"
                    ),
                };
                let text = format!("{missing} bytes are missing in the capture{lost}");
                (text, json!({"ok": false, "kind": "gap", "missing": missing, "undecoded": undecoded}))
            }
            Event::Trouble(why) => ((*why).to_owned(), json!({"ok": false, "kind": "note"})),
            Event::Closed(End::Fin) => ("closes the connection".to_owned(), json!({"ok": true, "kind": "closed"})),
            Event::Closed(End::Reset) => ("resets the connection".to_owned(), json!({"ok": true, "kind": "reset"})),
        };
        if self.output.stats.is_some() {
        } else if self.output.json {
            object["text"] = json!(text);
            self.object(heard, object);
        } else {
            self.lines(heard, &[format!("({text})")]);
        }
    }

    fn object(&mut self, heard: &Heard<'_>, mut object: Json) {
        object["connection"] = json!(self.number);
        object["from"] = json!(name(heard.from));
        object["at"] = json!(seconds(heard.moment.at));
        self.output.print(&object.to_string());
    }

    fn lines(&mut self, heard: &Heard<'_>, lines: &[String]) {
        let since = heard.moment.at.saturating_sub(self.zero).as_secs_f64();
        let arrow = match heard.from {
            Side::Client => "->",
            Side::Server => "<-",
        };
        for (index, line) in lines.iter().enumerate() {
            match index {
                0 => self.output.print(&format!("{since:>12.6} s  {arrow} {line}")),
                _ => self.output.print(&format!("{:>14}  {line}", "")),
            }
        }
    }
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

/// Seconds since the Unix epoch, to the microsecond: more does not fit a number of JSON.
fn seconds(at: Duration) -> f64 {
    at.as_secs_f64()
}

/// Why packets may be missing.
fn notes(ignored: &Ignored, has_connections: bool) -> Vec<String> {
    let Ignored { other, fragments, cut, unknown_link } = ignored;
    let mut notes = Vec::new();
    if let Some((link, count)) = unknown_link {
        notes.push(format!("{count} frames are not decoded: interfaces of LINKTYPE {link} are not supported"));
    }
    if *fragments > 0 {
        notes.push(format!("{fragments} fragments of IP packets are not decoded"));
    }
    if *cut > 0 {
        notes.push(format!("{cut} frames are cut off; capture with `tcpdump -s 0`"));
    }
    if !has_connections {
        notes.push(format!("no TCP segment is in the capture, but {other} other frames"));
    }
    notes
}
