//! Text for people that may repeat what a broker sent, so that nothing from a broker reaches a terminal or a file as it
//! is. Everything in a report that a broker can influence is a [`Text`].

use std::{borrow::Borrow, fmt, fmt::Write as _, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Text without control characters, line breaks and invisible format characters, of bounded length. Every way to make
/// one escapes them, so a broker can neither write to a terminal nor forge a line of a report. Cheap to clone.
///
/// ```
/// use mqttspec::Text;
/// assert_eq!(Text::from("red: \x1B[31m"), "red: \\x1B[31m");
/// assert_eq!(Text::from("one\ntwo \u{202E}"), "one\\ntwo \\u202E");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Bytes as text: what is not UTF-8 becomes U+FFFD, the replacement character.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // not more than can be kept, since the copy is as large as the bytes
        Self::from(String::from_utf8_lossy(bytes.get(..LONGEST * 2).unwrap_or(bytes)).as_ref())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.len() <= LONGEST && !text.chars().any(must_escape) {
            return Self(Arc::from(text));
        }
        let mut escaped = String::new();
        for (at, c) in text.char_indices() {
            if escaped.len() > LONGEST {
                // writing to a String cannot fail
                let _ = write!(escaped, "... ({} more bytes)", text.len() - at);
                break;
            }
            match must_escape(c) {
                true => escape(c, &mut escaped),
                false => escaped.push(c),
            }
        }
        Self(Arc::from(escaped))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.as_ref().to_owned()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::from("")
    }
}

/// Whether a character is not shown as itself: a control, a line or paragraph separator, a format character such as the
/// bidirectional overrides, or one that no font has.
pub(crate) fn must_escape(c: char) -> bool {
    match c {
        ' '..='~' => false,
        _ => c.is_control() || c.escape_debug().to_string().starts_with("\\u"),
    }
}

/// Writes an escaped character as YAML and most languages do.
pub(crate) fn escape(c: char, into: &mut String) {
    // writing to a String cannot fail
    let _ = match (c, u32::from(c)) {
        ('\0', _) => write!(into, "\\0"),
        ('\n', _) => write!(into, "\\n"),
        ('\r', _) => write!(into, "\\r"),
        ('\t', _) => write!(into, "\\t"),
        (_, number @ ..=0xFF) => write!(into, "\\x{number:02X}"),
        (_, number @ ..=0xFFFF) => write!(into, "\\u{number:04X}"),
        (_, number) => write!(into, "\\U{number:08X}"),
    };
}

/// In bytes. Longer texts are cut; reports also have the bytes of packets.
const LONGEST: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character: those that a terminal or an editor acts upon are escaped, and escaping again changes nothing.
    #[test]
    fn no_character_acts_on_a_terminal() {
        for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            let text = Text::from(c.to_string());
            let acts = |c: char| {
                c.is_control()
                    || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
            };
            assert!(!text.chars().any(acts), "{:04X}", u32::from(c));
            assert_eq!(Text::from(text.as_str()), text);
        }
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        for text in ["", "PUBLISH: {topic: \"a b\"}", "späť, 日本", "back\\slash", "\u{FFFD}"] {
            assert_eq!(Text::from(text), text);
        }
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let text = Text::from("\0".repeat(1_000_000));
        assert!(text.len() < LONGEST + 50 && text.ends_with("more bytes)"), "{} bytes", text.len());
        assert!(Text::from_bytes(&[0xFF; 1_000_000]).len() < LONGEST + 50);
    }
}
