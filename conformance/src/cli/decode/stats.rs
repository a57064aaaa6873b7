//! `mqttspec decode --stats`

use std::collections::BTreeMap;

use mqttspec_codec::{Packet, Version};
use serde_json::{Map, Value as Json, json};

use crate::packet::{Found, Part};

/// How many packets there are, by several properties.
#[derive(Debug, Default)]
pub(super) struct Stats {
    /// By the number of the packet type, with its name.
    packets: BTreeMap<(u8, &'static str), Count>,
    malformed: Count,
    incomplete: Count,
    total: Count,
    /// Of PUBLISH, by QoS; the bytes are those of payloads.
    qos: [Count; 3],
    versions: BTreeMap<Version, Count>,
    /// In a capture: the number of connections by protocol.
    pub(super) connections: Option<BTreeMap<&'static str, u64>>,
    /// The number of bytes that a capture does not have.
    pub(super) missing: u64,
    /// The number of bytes behind those that are not decoded.
    pub(super) undecoded: usize,
    /// Why packets may be missing.
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    count: u64,
    bytes: u64,
}

impl Count {
    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }

    fn json(self) -> Json {
        json!({"count": self.count, "bytes": self.bytes})
    }
}

impl Stats {
    pub(super) fn add(&mut self, part: &Part<'_>) {
        let bytes = part.bytes.len();
        self.total.add(bytes);
        self.versions.entry(part.version).or_default().add(bytes);
        match &part.found {
            Found::Malformed(_) => self.malformed.add(bytes),
            Found::Incomplete { .. } => self.incomplete.add(bytes),
            Found::Packet(packet) => {
                let packet_type = packet.packet_type();
                self.packets.entry((packet_type.number(), packet_type.name())).or_default().add(bytes);
                if let Packet::Publish(publish) = packet
                    && let Some(count) = self.qos.get_mut(usize::from(publish.delivery.qos().number()))
                {
                    count.add(publish.payload.len());
                }
            }
        }
    }

    /// Everything with a name, in the order of the table.
    fn groups(&self) -> Vec<(&'static str, Vec<(String, Count)>)> {
        let named = |name: &str, count: Count| (name.to_owned(), count);
        let mut packets: Vec<_> = self.packets.iter().map(|((_, name), count)| named(name, *count)).collect();
        packets.extend([named("malformed", self.malformed), named("incomplete", self.incomplete)]);
        packets.push(named("total", self.total));
        let qos = self.qos.iter().enumerate().map(|(qos, count)| (qos.to_string(), *count)).collect();
        let versions = self.versions.iter().map(|(version, count)| (version.to_string(), *count)).collect();
        vec![("packets", packets), ("publish_qos", qos), ("versions", versions)]
    }

    /// An object with an object for each group, in which each name has `count` and `bytes`.
    pub(super) fn json(&self) -> Json {
        let group = |counts: Vec<(String, Count)>| {
            counts.into_iter().map(|(name, count)| (name, count.json())).collect::<Map<_, _>>()
        };
        let mut object: Map<String, Json> =
            self.groups().into_iter().map(|(name, counts)| (name.to_owned(), Json::Object(group(counts)))).collect();
        if let Some(connections) = &self.connections {
            object.insert("connections".to_owned(), json!(connections));
            object.insert("missing_bytes".to_owned(), json!(self.missing));
            object.insert("undecoded_bytes".to_owned(), json!(self.undecoded));
            object.insert("notes".to_owned(), json!(self.notes));
        }
        Json::Object(object)
    }

    /// A table for each group.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, counts) in self.groups() {
            let (title, bytes) = match name {
                "publish_qos" => ("QoS of PUBLISH", "payload bytes"),
                "versions" => ("version", "bytes"),
                _ => ("packet", "bytes"),
            };
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("{title:<16} {:>12} {bytes:>16}", "count"));
            lines.extend(
                counts.iter().map(|(name, Count { count, bytes })| format!("{name:<16} {count:>12} {bytes:>16}")),
            );
        }
        if let Some(connections) = &self.connections {
            lines.extend([String::new(), format!("{:<16} {:>12}", "connections", "count")]);
            lines.extend(connections.iter().map(|(protocol, count)| format!("{protocol:<16} {count:>12}")));
            if self.missing > 0 {
                lines.extend([
                    String::new(),
                    format!(
                        "{} bytes are missing in the capture; {} bytes after them are not decoded",
                        self.missing, self.undecoded
                    ),
                ]);
            }
            lines.extend(self.notes.iter().cloned());
        }
        lines
    }
}
