//! [`EventStream`]: the format of Server-Sent Events (HTML standard, section 9.2.6).

use std::time::Duration;

/// Bytes of a stream, cut into events.
#[derive(Debug, Default)]
pub(super) struct EventStream {
    /// The beginning of a line.
    line: Vec<u8>,
    data: Option<String>,
    /// Of the last event that had one. It outlives the connection.
    pub(super) last_id: Option<String>,
    /// How long to wait before connecting again, if the server has said so.
    pub(super) retry: Option<Duration>,
}

impl EventStream {
    /// The data of the events that end in these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.is_empty() {
                events.extend(self.data.take());
            } else {
                self.field(line);
            }
        }
        events
    }

    /// Forgets an event that was cut off.
    pub(super) fn restart(&mut self) {
        self.line.clear();
        self.data = None;
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" => self.last_id = Some(value.to_owned()),
            "retry" => self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry),
            _ => {} // a comment has an empty name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_in_pieces() {
        let mut stream = EventStream::default();
        assert!(stream.push(b"retry: 1000\n\n: heartbeat\n\nid: 7\nda").is_empty());
        assert_eq!(stream.push(b"ta: a\ndata:b\n\ndata: c\r\n\r\ndata: d"), ["a\nb", "c"]);
        assert_eq!((stream.last_id.as_deref(), stream.retry), (Some("7"), Some(Duration::from_secs(1))));
        stream.restart();
        assert_eq!(stream.push(b"data: e\n\n"), ["e"]);
    }
}
