//! Which bytes of a packet are which field, for people who look at bytes.
//!
//! The bytes need not be legal: what can be told of them is told, up to the first field that is cut off. What lies behind
//! a wrong length is read as if it were right, since a decoder would do the same.

use std::ops::Range;

use mqttspec_codec::{DataType, PacketType, Property, Version};

/// A field in the bytes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes, with the length before a text.
    pub at: Range<usize>,
    /// Its name in the vector language where it has one there, or else the standard's.
    pub name: &'static str,
}

/// The fields of one packet in the order of their bytes. Every byte is in one of them, if need be as `unknown`.
///
/// ```
/// use mqttspec::packet::layout;
/// use mqttspec_codec::Version;
/// let pieces = layout(&[0x32, 7, 0, 1, b't', 0, 7, 0, b'm'], Version::V5);
/// let names: Vec<_> = pieces.iter().map(|piece| piece.name).collect();
/// assert_eq!(names, ["packet type and flags", "remaining length", "topic", "packet_id", "property length", "payload"]);
/// ```
#[must_use]
pub fn layout(bytes: &[u8], version: Version) -> Vec<Piece> {
    let mut reader = Reader { bytes, at: 0, version, pieces: Vec::new() };
    // `None` says that the bytes have ended early, and what there is of the last field is noted
    let _ = reader.packet();
    let read = reader.at;
    if read < bytes.len() {
        reader.pieces.push(Piece { at: read..bytes.len(), name: "unknown" });
    }
    reader.pieces
}

/// Reads one field after the other, and notes where it is.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    version: Version,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn packet(&mut self) -> Option<()> {
        let first = self.fixed("packet type and flags", 1)?;
        self.variable("remaining length")?;
        let packet_type = PacketType::from_number(self.bytes[first] >> 4)?;
        match packet_type {
            PacketType::Connect => self.connect(),
            PacketType::Connack => {
                self.fixed("session_present", 1)?;
                self.fixed("reason_code", 1)?;
                self.properties(&PROPERTY)
            }
            PacketType::Publish => {
                self.text("topic")?;
                if self.bytes[first] & 0b110 != 0 {
                    self.fixed("packet_id", 2)?;
                }
                self.properties(&PROPERTY)?;
                self.rest("payload")
            }
            PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => {
                self.fixed("packet_id", 2)?;
                self.reason()
            }
            PacketType::Subscribe => self.list("filter", Some("options")),
            PacketType::Unsubscribe => self.list("filter", None),
            PacketType::Suback | PacketType::Unsuback => {
                self.fixed("packet_id", 2)?;
                self.properties(&PROPERTY)?;
                self.rest("reason_codes")
            }
            PacketType::Disconnect | PacketType::Auth => self.reason(),
            PacketType::Pingreq | PacketType::Pingresp => Some(()),
        }
    }

    fn connect(&mut self) -> Option<()> {
        self.text("protocol name")?;
        let level = self.fixed("protocol level", 1)?;
        self.version = if self.bytes[level] < 5 { Version::V3_1_1 } else { Version::V5 };
        let flags = self.fixed("connect flags", 1)?;
        let flags = self.bytes[flags];
        self.fixed("keep_alive", 2)?;
        self.properties(&PROPERTY)?;
        self.text("client_id")?;
        if flags & 0b100 != 0 {
            self.properties(&WILL_PROPERTY)?;
            self.text("will.topic")?;
            self.text("will.payload")?;
        }
        if flags & 0x80 != 0 {
            self.text("user_name")?;
        }
        if flags & 0x40 != 0 {
            self.text("password")?;
        }
        Some(())
    }

    /// Packet Identifier, properties and Topic Filters, each with a byte behind it.
    fn list(&mut self, item: &'static str, behind: Option<&'static str>) -> Option<()> {
        self.fixed("packet_id", 2)?;
        self.properties(&PROPERTY)?;
        while self.at < self.bytes.len() {
            self.text(item)?;
            if let Some(name) = behind {
                self.fixed(name, 1)?;
            }
        }
        Some(())
    }

    /// Reason Code and properties, which may be left out from the end.
    fn reason(&mut self) -> Option<()> {
        if self.at < self.bytes.len() {
            self.fixed("reason_code", 1)?;
        }
        if self.at < self.bytes.len() { self.properties(&PROPERTY) } else { Some(()) }
    }

    fn properties(&mut self, names: &Names) -> Option<()> {
        if !self.version.has_properties() {
            return Some(());
        }
        let length = self.variable(names.length)?;
        let end = self.at.checked_add(length)?.min(self.bytes.len());
        while self.at < end {
            let id = self.bytes[self.at];
            let name = Property::ALL.iter().find(|(known, _)| *known == id).map_or(names.unknown, |(_, name)| *name);
            let length = match Property::data_type(id)? {
                DataType::Byte => 1,
                DataType::TwoByteInteger => 2,
                DataType::FourByteInteger => 4,
                DataType::VariableByteInteger => self.variable_at(self.at + 1)?.0,
                DataType::Utf8String | DataType::BinaryData => self.text_at(self.at + 1)?,
                DataType::Utf8StringPair => {
                    let first = self.text_at(self.at + 1)?;
                    first + self.text_at(self.at + 1 + first)?
                }
            };
            self.fixed(name, 1 + length)?;
        }
        Some(())
    }

    /// A field of so many bytes. Returns where it begins, or `None` if it is cut off.
    fn fixed(&mut self, name: &'static str, length: usize) -> Option<usize> {
        let begin = self.at;
        let end = begin.checked_add(length)?;
        self.at = end.min(self.bytes.len());
        if begin < self.at {
            self.pieces.push(Piece { at: begin..self.at, name });
        }
        (end <= self.bytes.len()).then_some(begin)
    }

    fn text(&mut self, name: &'static str) -> Option<usize> {
        let length = self.text_at(self.at);
        self.fixed(name, length.unwrap_or(2))
    }

    fn rest(&mut self, name: &'static str) -> Option<()> {
        self.fixed(name, self.bytes.len() - self.at).map(|_| ())
    }

    /// A Variable Byte Integer. Returns its value.
    fn variable(&mut self, name: &'static str) -> Option<usize> {
        let (length, value) = self.variable_at(self.at)?;
        self.fixed(name, length)?;
        Some(value)
    }

    /// How many bytes a text takes, with its length; `None` if the length is cut off.
    fn text_at(&self, at: usize) -> Option<usize> {
        let length = self.bytes.get(at..at + 2)?;
        Some(2 + usize::from(u16::from_be_bytes([length[0], length[1]])))
    }

    /// How many bytes a Variable Byte Integer takes, at most four, and its value.
    fn variable_at(&self, at: usize) -> Option<(usize, usize)> {
        let mut value = 0;
        for (length, byte) in (1..=4).zip(self.bytes.get(at..)?) {
            value |= usize::from(byte & 0x7F) << (7 * (length - 1));
            if byte & 0x80 == 0 {
                return Some((length, value));
            }
        }
        None
    }
}

/// How the parts of properties are called that have no name of their own.
struct Names {
    length: &'static str,
    unknown: &'static str,
}

const PROPERTY: Names = Names { length: "property length", unknown: "unknown property" };
const WILL_PROPERTY: Names = Names { length: "will property length", unknown: "unknown property" };

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8], version: Version) -> Vec<&'static str> {
        layout(bytes, version).iter().map(|piece| piece.name).collect()
    }

    #[test]
    fn a_connect_with_everything() {
        let mut bytes = vec![0x10, 0, 0, 4, b'M', b'Q', b'T', b'T', 5, 0xC6, 0, 60, 5, 0x11, 0, 0, 0, 9, 0, 1, b'c'];
        bytes.extend([5, 0x18, 0, 0, 0, 1, 0, 1, b'w', 0, 2, b'h', b'i', 0, 1, b'u', 0, 1, b'p']);
        bytes[1] = u8::try_from(bytes.len() - 2).unwrap();
        let expected = [
            "packet type and flags",
            "remaining length",
            "protocol name",
            "protocol level",
            "connect flags",
            "keep_alive",
            "property length",
            "session_expiry_interval",
            "client_id",
            "will property length",
            "will_delay_interval",
            "will.topic",
            "will.payload",
            "user_name",
            "password",
        ];
        // its own level counts, not the version of the stream
        assert_eq!(names(&bytes, Version::V3_1_1), expected);
    }

    #[test]
    fn what_is_cut_off_is_noted_as_far_as_it_goes() {
        let pieces = layout(&[0x82, 9, 0, 1, 0, 0, 5, b'a'], Version::V5);
        assert_eq!(pieces.last(), Some(&Piece { at: 5..8, name: "filter" }));
        assert_eq!(names(&[0x30], Version::V5), ["packet type and flags"]);
        assert_eq!(names(&[], Version::V5), [""; 0]);
        assert_eq!(names(&[0x30, 0xFF, 0xFF, 0xFF, 0xFF], Version::V5), ["packet type and flags", "unknown"]);
        assert_eq!(names(&[0x00, 2, 7, 7], Version::V5), ["packet type and flags", "remaining length", "unknown"]);
    }

    proptest::proptest! {
        #[test]
        fn every_byte_is_in_one_field(bytes: Vec<u8>, first: u8, is_v5: bool) {
            let mut bytes = bytes;
            bytes.insert(0, first);
            let mut next = 0;
            for piece in layout(&bytes, if is_v5 { Version::V5 } else { Version::V3_1_1 }) {
                proptest::prop_assert_eq!(piece.at.start, next);
                proptest::prop_assert!(piece.at.end > next);
                next = piece.at.end;
            }
            proptest::prop_assert_eq!(next, bytes.len());
        }
    }
}
