//! Writes a history as a case: every packet that was sent is a step, and what is expected is what the model demands, not
//! what was seen.

use std::{collections::BTreeMap, fmt::Write};

use mqttspec_codec::PacketType;

use super::{
    history::{Entry, History, What, flag, number, text},
    model::{Expected, Lag, Right, Rule, Violation, expected},
    plan::CLIENTS,
};
use crate::{
    packet::{Fields, Value, fields},
    text::Text,
};

/// The text of a file with one case, which fails on the broker that showed the violation if the case shows it too.
#[must_use]
pub fn vector(history: &History, violation: &Violation, lag: Lag, seed: u64) -> String {
    let version = history.version;
    let mut writer = Writer::new(history, violation, lag);
    writer.write();
    let cites = violation.rule.cites(version).join(", ");
    let name = if version.has_properties() { "v5" } else { "v3.1.1" };
    let title = capital(violation.rule.says());
    // a broker has said some of it
    let told = Text::from(violation.to_string());
    let mut file = format!(
        "# Found by `mqttspec explore --seed {seed}`.\n# {told}\ntitle: {title}\nversions: [{name}]\ncites:\n  \
         {name}: [{cites}]\ncases:\n  - name: found\n    steps:\n"
    );
    for step in &writer.steps {
        // a string cannot fail
        let _ = writeln!(file, "      {step}");
    }
    file
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct Writer<'h> {
    history: &'h History,
    violation: &'h Violation,
    expected: BTreeMap<(usize, usize), Expected>,
    steps: Vec<String>,
    /// The last step: it says that nothing more comes.
    last: Option<String>,
}

impl<'h> Writer<'h> {
    fn new(history: &'h History, violation: &'h Violation, lag: Lag) -> Self {
        let all = expected(history, lag);
        let expected = all.into_iter().map(|expected| ((expected.line, expected.entry), expected)).collect();
        Self { history, violation, expected, steps: Vec::new(), last: None }
    }

    /// The name of the client of a connection: each has its own, as the connections of one client can overlap.
    fn name(&self, line: usize) -> String {
        let lines = &self.history.lines;
        let Some(of) = lines.get(line) else { return "x".to_owned() };
        let turn = lines.iter().take(line).filter(|other| other.client == of.client).count();
        let name = CLIENTS.get(of.client).unwrap_or(&"x");
        if turn == 0 { (*name).to_owned() } else { format!("{name}{}", turn + 1) }
    }

    fn write(&mut self) {
        let history = self.history;
        let mut all: Vec<(usize, usize, &Entry)> = Vec::new();
        for (line, of) in history.lines.iter().enumerate() {
            all.extend(of.log.iter().enumerate().map(|(place, entry)| (line, place, entry)));
        }
        all.sort_by_key(|(.., entry)| entry.at);
        let last_of = |line: usize| history.lines.get(line).map_or(0, |line| line.log.len());
        let line = self.violation.line;
        let wrong = self.violation.entry.map(|entry| (line, entry));
        let wrong_at = all.iter().find(|(line, place, _)| Some((*line, *place)) == wrong).map(|(.., entry)| *entry);
        for (line, place, entry) in all {
            // of what came behind the wrong packet, only what belongs to the same operation
            let is_over = wrong_at.is_some_and(|wrong| entry.op > wrong.op || entry.at > wrong.at && is_sent(entry));
            if !is_over {
                self.entry(line, place, entry, Some((line, place)) == wrong);
            }
        }
        if self.violation.entry.is_none() && last_of(line) > 0 {
            self.missing(line);
        }
        self.steps.extend(self.last.take());
    }

    /// What is missing at the end.
    fn missing(&mut self, line: usize) {
        let name = self.name(line);
        let answer = |packet: &str| format!("- {name} <- {packet}");
        let step = match (self.violation.rule, &self.violation.message) {
            (Rule::TakenOver, _) => answer("closed"),
            (Rule::NoPuback, _) => answer("PUBACK: {}"),
            (Rule::NoPubrec, _) => answer("PUBREC: {}"),
            (Rule::NoPubrel, _) => answer("PUBREL: {}"),
            (Rule::NoPubcomp, _) => answer("PUBCOMP: {}"),
            (Rule::NoSuback, _) => answer("SUBACK: {}"),
            (Rule::NoUnsuback, _) => answer("UNSUBACK: {}"),
            (Rule::NotSentAgain, Some((topic, payload))) => {
                let (topic, payload) = (Value::text(topic), Value::text(payload));
                let fields = Fields::from([("topic", topic), ("payload", payload), ("dup", Value::Bool(true))]);
                answer(&fields::describe_in_full(PacketType::Publish, &fields))
            }
            (_, Some((topic, payload))) => {
                let right = self.violation.right.clone();
                let right = right.unwrap_or(Right { qos: Vec::new(), retain: Vec::new(), identifiers: Vec::new() });
                format!("- {name} <= PUBLISH: {}", publish(topic, payload, &right, ""))
            }
            _ => format!("- {name} <- nothing"),
        };
        self.steps.push(step);
    }

    fn entry(&mut self, line: usize, place: usize, entry: &Entry, is_wrong: bool) {
        let name = self.name(line);
        // what is read after the Client has closed its side is not expected: a broker need not send it
        let is_late = matches!(entry.what, What::Received(..)) && !self.is_open(line, entry);
        match &entry.what {
            _ if is_late && !is_wrong => {}
            What::Sent(packet_type, fields) => self.sent(line, place, *packet_type, fields),
            What::Received(PacketType::Connack, fields) => {
                let present = if is_wrong && self.violation.rule == Rule::SessionLost {
                    true
                } else {
                    !is_wrong && flag(fields, "session_present")
                };
                self.steps.push(format!("- {name} <- CONNACK: {{session_present: {present}}}"));
            }
            What::Received(PacketType::Publish, fields) => self.delivery(line, place, fields, is_wrong),
            What::Received(PacketType::Puback | PacketType::Pubrec | PacketType::Pubcomp, fields) => {
                let what = entry.what.received().map_or("", |(packet_type, _)| packet_type.name());
                let of = self.own(line, place, number(fields, "packet_id"));
                self.steps.push(format!("- {name} <- {what}: {{packet_id: ${of}}}"));
            }
            What::Received(PacketType::Pubrel, fields) => {
                if let Some(of) = self.bound(line, place, number(fields, "packet_id")) {
                    self.steps.push(format!("- {name} <- PUBREL: {{packet_id: ${of}}}"));
                }
            }
            What::Received(PacketType::Suback, _) => self.steps.push(format!("- {name} <- SUBACK: {{}}")),
            What::Received(PacketType::Unsuback, _) => self.steps.push(match is_wrong {
                true => format!("- {name} <- UNSUBACK: {{reason_codes: [success]}}"),
                false => format!("- {name} <- UNSUBACK: {{}}"),
            }),
            What::Closing { reset: true } => self.steps.push(format!("- {name} -> drop")),
            What::Closing { reset: false } if !self.has_left(line) => self.steps.push(format!("- {name} -> close")),
            What::Ended if self.is_open(line, entry) => self.steps.push(format!("- {name} <- closed")),
            // such bytes fail a case wherever they come
            What::Malformed(..) => self.steps.push(format!("- {name} => PINGREQ")),
            What::Silent => {
                self.steps.push(format!("- {name} -> PINGREQ"));
                self.steps.push(format!("- {name} <- PINGRESP"));
            }
            _ => {}
        }
    }

    fn has_left(&self, line: usize) -> bool {
        let log = self.history.lines.get(line).map(|line| line.log.as_slice()).unwrap_or_default();
        log.iter().any(|entry| matches!(entry.what, What::Sent(PacketType::Disconnect, _)))
    }

    /// Whether the Client had not ended the connection by itself.
    fn is_open(&self, line: usize, end: &Entry) -> bool {
        let log = self.history.lines.get(line).map(|line| line.log.as_slice()).unwrap_or_default();
        !log.iter().any(|entry| entry.at < end.at && matches!(entry.what, What::Closing { .. }))
    }

    fn sent(&mut self, line: usize, place: usize, packet_type: PacketType, sent: &Fields) {
        let name = self.name(line);
        let mut written = sent.clone();
        let arrow = if packet_type == PacketType::Disconnect
            || packet_type == PacketType::Publish && number(sent, "qos") == 0
        {
            "=>"
        } else {
            "->"
        };
        written.remove("packet_id");
        if packet_type == PacketType::Connect {
            written.remove("keep_alive");
            let own = self.history.lines.get(line).and_then(|line| CLIENTS.get(line.client)).unwrap_or(&"x");
            if **own != name {
                written.insert("client_id", Value::text(own));
            }
        }
        let mut packet = fields::describe_in_full(packet_type, &written);
        let id = match packet_type {
            PacketType::Publish if number(sent, "qos") > 0 => {
                Some(self.own(line, place + 1, number(sent, "packet_id")))
            }
            PacketType::Pubrel => Some(self.own(line, place, number(sent, "packet_id"))),
            PacketType::Puback | PacketType::Pubrec | PacketType::Pubcomp => {
                // what a `<=` has received is acknowledged already
                match self.bound(line, place, number(sent, "packet_id")) {
                    Some(bound) => Some(bound),
                    None => return,
                }
            }
            _ => None,
        };
        if let Some(id) = id {
            packet = match packet.strip_suffix('}') {
                Some(rest) => format!("{rest}, packet_id: ${id}}}"),
                None => format!("{packet}: {{packet_id: ${id}}}"),
            };
        }
        self.steps.push(format!("- {name} {arrow} {packet}"));
        if packet_type == PacketType::Publish && flag(sent, "retain") {
            // some Servers store it only after they have acknowledged it
            self.steps.push("- wait: 500ms".to_owned());
        }
    }

    /// The name of the identifier that this Client gave to the message which was the last to have it.
    fn own(&self, line: usize, place: usize, packet_id: u64) -> String {
        let client = self.history.lines.get(line).map_or(0, |line| line.client);
        let before = self.history.lines.iter().enumerate().take(line + 1).filter(|(_, of)| of.client == client);
        let sent = before.flat_map(|(index, of)| of.log.iter().take(if index == line { place } else { usize::MAX }));
        let sent = sent.filter_map(|entry| entry.what.sent());
        let mut publish = sent.filter(|(packet_type, fields)| {
            *packet_type == PacketType::Publish && number(fields, "qos") > 0 && number(fields, "packet_id") == packet_id
        });
        let payload = publish.next_back().map(|(_, fields)| text(fields, "payload")).unwrap_or_default();
        if payload.is_empty() { format!("own{packet_id}") } else { format!("own_{payload}") }
    }

    /// The name of the identifier of a message that the Client acknowledges by steps of its own; `None` if it has
    /// none. It is that of the first PUBLISH with it.
    fn bound(&self, line: usize, place: usize, packet_id: u64) -> Option<String> {
        let client = self.history.lines.get(line)?.client;
        let before = self.history.lines.iter().enumerate().take(line + 1).filter(|(_, of)| of.client == client).rev();
        for (index, of) in before {
            let until = if index == line { place } else { usize::MAX };
            let publish = of.log.iter().enumerate().take(until).rev().find(|(_, entry)| {
                matches!(entry.what.received(), Some((PacketType::Publish, fields)) if number(fields, "packet_id") == packet_id)
            });
            if let Some((at, _)) = publish {
                let is_expected = self.expected.get(&(index, at)).is_some_and(|expected| expected.required);
                return (is_expected && !self.at_once(index, at)).then(|| format!("id{index}_{at}"));
            }
        }
        None
    }

    /// Whether a message was acknowledged in full before anything else was sent, so that `<=` says it all.
    fn at_once(&self, line: usize, place: usize) -> bool {
        let Some(of) = self.history.lines.get(line) else { return false };
        let Some(entry) = of.log.get(place) else { return false };
        let Some((_, publish)) = entry.what.received() else { return false };
        let last = if number(publish, "qos") == 2 { PacketType::Pubcomp } else { PacketType::Puback };
        let same = of.log.iter().skip(place + 1).find(|later| {
            matches!(later.what.sent(), Some((what, fields)) if what == last && number(fields, "packet_id") == number(publish, "packet_id"))
        });
        number(publish, "qos") == 0 || same.is_some_and(|later| later.op == entry.op)
    }

    fn delivery(&mut self, line: usize, place: usize, came: &Fields, is_wrong: bool) {
        let name = self.name(line);
        let (topic, payload) = (text(came, "topic"), text(came, "payload"));
        let Some(expected) = self.expected.get(&(line, place)).cloned() else { return };
        let at_once = self.at_once(line, place);
        if is_wrong {
            match self.right_one(came).filter(|_| !self.came_before(line, place, payload)) {
                Some(step) => self.steps.push(format!("- {name} <- PUBLISH: {step}")),
                None => self.last = Some(format!("- {name} <- nothing")),
            }
            return;
        }
        if !expected.required {
            let step = publish(topic, payload, &expected.right, "");
            self.steps.push(format!("- may: [{{{name} <= PUBLISH: {step}}}]"));
            return;
        }
        let again = flag(came, "dup");
        let id = match (at_once, again) {
            (true, false) => String::new(),
            (true, true) => ", dup: true".to_owned(),
            (false, _) => format!(", packet_id: $id{line}_{place}{}", if again { ", dup: true" } else { "" }),
        };
        let step = publish(topic, payload, &expected.right, &id);
        self.steps.push(format!("- {name} {} PUBLISH: {step}", if at_once { "<=" } else { "<-" }));
    }

    /// Whether the same message had come to the Client already.
    fn came_before(&self, line: usize, place: usize, payload: &str) -> bool {
        let log = self.history.lines.get(line).map(|line| line.log.as_slice()).unwrap_or_default();
        log.iter().take(place).any(|entry| {
            matches!(entry.what.received(), Some((PacketType::Publish, fields)) if text(fields, "payload") == payload)
        })
    }

    /// The fields with which the wrong message should have come; `None` if it should not have come.
    fn right_one(&self, came: &Fields) -> Option<String> {
        let violation = self.violation;
        let (topic, payload) = (text(came, "topic"), text(came, "payload"));
        let field = match violation.rule {
            Rule::RetainSet | Rule::RetainClear | Rule::Qos | Rule::Identifiers => "",
            Rule::DupSet => ", dup: false",
            _ => return None,
        };
        let seen =
            Right { qos: vec![number(came, "qos")], retain: vec![flag(came, "retain")], identifiers: Vec::new() };
        let right = violation.right.clone().unwrap_or(seen);
        let mut step = publish(topic, payload, &right, field);
        if violation.rule == Rule::Identifiers && !right.identifiers.is_empty() {
            let list: Vec<String> = right.identifiers.iter().map(ToString::to_string).collect();
            step = format!("{}, subscription_identifiers: [{}]}}", step.trim_end_matches('}'), list.join(", "));
        }
        Some(step)
    }
}

fn is_sent(entry: &Entry) -> bool {
    matches!(entry.what, What::Sent(..) | What::Closing { .. })
}

/// The fields of an expected PUBLISH.
fn publish(topic: &str, payload: &str, right: &Right, more: &str) -> String {
    let of = |text: &str| fields::describe_value(PacketType::Publish, fields::Kind::Text, &Value::text(text));
    let payload = if payload.is_empty() { "\"\"".to_owned() } else { of(payload) };
    let mut written = format!("{{topic: {}, payload: {payload}", of(topic));
    let one_of = |values: Vec<String>| match values.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("{{any of: [{}]}}", several.join(", "))),
    };
    if let Some(qos) = one_of(right.qos.iter().map(ToString::to_string).collect()) {
        let _ = write!(written, ", qos: {qos}");
    }
    if let Some(retain) = one_of(right.retain.iter().map(ToString::to_string).collect()) {
        let _ = write!(written, ", retain: {retain}");
    }
    written + more + "}"
}
